//! When a request was where (`WINHTTP_OPTION_REQUEST_TIMES`), and its counts (`WINHTTP_OPTION_REQUEST_STATS`).
//!
//! Nobody says beforehand that he is going to ask. Until somebody in the process has asked once, points get the coarse
//! moments that the exchange reads for its time limits anyway, good to some milliseconds; a clock is read for them only
//! where a name is looked up, a connection made or secured. From the first question on the exact clock is read wherever a point
//! is passed.

use std::sync::atomic::{AtomicBool, Ordering};

use winhttp_abi as abi;
use winhttp_proto::clock::Moment;
use winhttp_proto::point;

use crate::request::{Request, enter};
use crate::wire::tls::TlsReport;
use crate::{Error, Handle};

/// Somebody has asked.
static ASKED: AtomicBool = AtomicBool::new(false);

/// Ticks of the performance counter in a millisecond: 100 ns each, as in `compat/windows.h`.
const TICKS: u64 = 10_000;

/// A moment for each point that was passed, kept short: every open request has room for all of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    seen: u16,
    /// How many times a tick was doubled, so that the time since the first point fits: not at all for seven minutes.
    shift: u8,
    /// The last point, and each of them: since the first one, in ticks of that length.
    last: u32,
    at: [u32; 16],
    /// The first point, in ticks; none comes before it.
    first: u64,
}

/// Points that end what the point one bit below begins. `SENT` ends what begins two bits below.
const ENDS: u16 = point::ACQUIRED
    | point::RESOLVED
    | point::CONNECTED
    | point::TUNNELLED
    | point::SECURED
    | point::HEAD_SENT
    | point::HEAD_RECEIVED
    | point::RECEIVED;

/// Of points that are `fresh` beside those that were `seen`, those that begin something or end what was begun.
fn begun(seen: u16, fresh: u16) -> u16 {
    let have = seen | fresh;
    let kept = fresh & (!(ENDS | point::SENT) | ENDS & have << 1 | point::SENT & have << 2);
    // What the end of the head begins is begun only where the head itself was.
    let lost = have & !(seen | kept) & point::HEAD_RECEIVED;
    kept & !(lost << 1)
}

impl Times {
    /// No point was passed. What stood for those that were is passed over.
    pub(crate) fn clear(&mut self) {
        (self.seen, self.shift, self.last, self.first) = (0, 0, 0, 0);
    }

    /// Notes what the exchange has reached since the last look.
    fn note(&mut self, reached: u16, ticks: impl FnOnce() -> u64) {
        if reached == point::ACQUIRE && self.seen & !point::ACQUIRE != 0 {
            // Another leg: its times are the request's.
            *self = Times { first: self.latest(), ..Times::default() };
        }
        let fresh = begun(self.seen, reached & !self.seen);
        if fresh == 0 {
            return;
        }
        // The coarse clock lags behind the exact one.
        let ticks = ticks().max(self.latest());
        if self.seen == 0 {
            self.first = ticks;
        }
        self.seen |= fresh;
        let since = ticks - self.first;
        if since >> self.shift > u64::from(u32::MAX) {
            self.lengthen(since);
        }
        let since = (since >> self.shift) as u32;
        self.last = since;
        let mut left = fresh;
        while left != 0 {
            self.at[left.trailing_zeros() as usize % 16] = since;
            left &= left - 1;
        }
    }

    /// When the last point was passed, in ticks.
    fn latest(&self) -> u64 {
        self.first + (u64::from(self.last) << self.shift)
    }

    /// Makes room for a longer time.
    #[cold]
    fn lengthen(&mut self, since: u64) {
        while since >> self.shift > u64::from(u32::MAX) {
            self.shift += 1;
            self.last >>= 1;
            self.at.iter_mut().for_each(|at| *at >>= 1);
        }
    }

    /// When a point was passed, in ticks; 0 if it was not.
    fn of(&self, point: u16) -> u64 {
        let since = u64::from(self.at[point.trailing_zeros() as usize]) << self.shift;
        if self.seen & point == 0 { 0 } else { self.first + since }
    }
}

/// Whether points are noted where they are passed.
#[inline]
pub(crate) fn exact() -> bool {
    ASKED.load(Ordering::Relaxed)
}

impl Request {
    /// A point may have been passed, and the coarse moment is known.
    #[inline(never)]
    pub(crate) fn pass(&mut self, now: Moment) {
        let reached = self.exchange.reached();
        self.times.note(reached, || if exact() { ticks() } else { coarse(now) });
    }

    /// A point may have been passed; the exact clock is asked where it was.
    #[inline(never)]
    pub(crate) fn pass_exactly(&mut self) {
        let reached = self.exchange.reached();
        self.times.note(reached, ticks);
    }
}

/// Ticks of the same length, from a beginning of their own: the engine asks no system function of Windows.
#[cfg(windows)]
fn ticks() -> u64 {
    static ORIGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let elapsed = ORIGIN.get_or_init(std::time::Instant::now).elapsed();
    u64::try_from(elapsed.as_nanos() * u128::from(TICKS) / 1_000_000).unwrap_or(u64::MAX)
}

/// The performance counter of `compat/windows.h`.
#[cfg(unix)]
fn ticks() -> u64 {
    use nix::time::{ClockId, clock_gettime};
    // This clock exists wherever the library runs.
    clock_gettime(ClockId::CLOCK_MONOTONIC)
        .map_or(0, |now| (now.tv_sec() as u64).wrapping_mul(TICKS * 1000) + now.tv_nsec() as u64 / 100)
}

/// The same clock in milliseconds.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn coarse(now: Moment) -> u64 {
    now.0 * TICKS
}

/// The engine's own moments have another beginning there.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn coarse(_now: Moment) -> u64 {
    ticks()
}

/// The slots of `WINHTTP_REQUEST_TIMES` (contract: ticks of the performance counter, 0 for what did not happen).
///
/// The whole handshake is its first leg; a lookup, a connection and a handshake are missing where a connection was kept.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` before the
/// request was sent.
pub fn times(handle: Handle) -> Result<[u64; 64], Error> {
    ASKED.store(true, Ordering::Relaxed);
    let (_, mut guard) = enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    request.pass_exactly();
    let times = &request.times;
    if times.seen & point::ACQUIRE == 0 {
        return Err(Error::INCORRECT_STATE);
    }
    let mut slots = [0; 64];
    for (slot, point) in [
        (abi::WinHttpConnectionAcquireStart, point::ACQUIRE),
        (abi::WinHttpConnectionAcquireWaitEnd, point::ACQUIRED),
        (abi::WinHttpConnectionAcquireEnd, point::ACQUIRED),
        (abi::WinHttpNameResolutionStart, point::RESOLVE),
        (abi::WinHttpNameResolutionEnd, point::RESOLVED),
        (abi::WinHttpConnectionEstablishmentStart, point::CONNECT),
        (abi::WinHttpConnectionEstablishmentEnd, point::CONNECTED),
        (abi::WinHttpTlsHandshakeClientLeg1Start, point::SECURE),
        (abi::WinHttpTlsHandshakeClientLeg1End, point::SECURED),
        (abi::WinHttpSendRequestStart, point::SEND),
        (abi::WinHttpSendRequestHeadersEnd, point::HEAD_SENT),
        (abi::WinHttpSendRequestEnd, point::SENT),
        (abi::WinHttpReceiveResponseStart, point::RECEIVE),
        (abi::WinHttpReceiveResponseHeadersEnd, point::HEAD_RECEIVED),
        (abi::WinHttpReceiveResponseEnd, point::RECEIVED),
        (abi::WinHttpProxyTunnelStart, point::TUNNEL),
        (abi::WinHttpProxyTunnelEnd, point::TUNNELLED),
    ] {
        slots[slot as usize] = times.of(point);
    }
    Ok(slots)
}

/// What `WINHTTP_OPTION_REQUEST_STATS` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// `WINHTTP_REQUEST_STAT_FLAG_*`.
    pub flags: u64,
    /// Requests that this one's connection had carried before.
    pub index: u32,
    /// The slots of `WINHTTP_REQUEST_STATS`.
    pub slots: [u64; 32],
}

/// Counts of a request, of its last leg.
///
/// Sizes of handshakes are not counted: their slots are 0.
///
/// # Errors
/// As [`times`].
pub fn stats(handle: Handle) -> Result<Stats, Error> {
    let (_, mut guard) = enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    let index = request.wire.as_ref().map_or(request.index, |wire| wire.served);
    let resumed = |report: &std::sync::Arc<TlsReport>| report.resumed;
    let head = request.exchange.head_sent();
    if head == 0 && request.refused_dials == 0 {
        return Err(Error::INCORRECT_STATE);
    }
    let mut stats = Stats { index, ..Stats::default() };
    if index == 0 {
        stats.flags |= u64::from(abi::WINHTTP_REQUEST_STAT_FLAG_FIRST_REQUEST);
    }
    if request.report.as_ref().is_some_and(resumed) {
        stats.flags |= u64::from(abi::WINHTTP_REQUEST_STAT_FLAG_TLS_SESSION_RESUMPTION);
    }
    let reply = &request.exchange.reply;
    let (body, packed) = reply.body_sizes();
    let head_received = if reply.readable() { reply.head.size() as u64 } else { 0 };
    for (slot, count) in [
        (abi::WinHttpConnectFailureCount, u64::from(request.refused_dials)),
        (abi::WinHttpRequestHeadersSize, head as u64),
        (abi::WinHttpRequestHeadersCompressedSize, head as u64),
        (abi::WinHttpResponseHeadersSize, head_received),
        (abi::WinHttpResponseHeadersCompressedSize, head_received),
        (abi::WinHttpResponseBodySize, body),
        (abi::WinHttpResponseBodyCompressedSize, packed),
    ] {
        stats.slots[slot as usize] = count;
    }
    Ok(stats)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a point that ends something ends, in order.
    const PAIRS: [(u16, u16); 8] = [
        (point::ACQUIRED, point::ACQUIRE),
        (point::RESOLVED, point::RESOLVE),
        (point::CONNECTED, point::CONNECT),
        (point::TUNNELLED, point::TUNNEL),
        (point::SECURED, point::SECURE),
        (point::HEAD_SENT | point::SENT, point::SEND),
        (point::HEAD_RECEIVED, point::RECEIVE),
        (point::RECEIVED, point::HEAD_RECEIVED),
    ];

    #[test]
    fn long_requests_have_times() {
        const HOUR: u64 = 3_600_000 * TICKS;
        let mut times = Times::default();
        let begin = 7 * HOUR;
        for (point, at) in [
            (point::ACQUIRE, begin),
            (point::ACQUIRED, begin + 3),
            (point::SEND, begin + 429 * 1000 * TICKS),
            (point::HEAD_SENT, begin + 24 * HOUR + 1),
            // The clock does not go back.
            (point::RECEIVE, begin + HOUR),
        ] {
            times.note(point, || at);
        }
        assert_eq!(times.of(point::ACQUIRE), begin);
        let near = |point, at: u64| {
            let error = at.abs_diff(times.of(point));
            assert!(error < 1 << times.shift && times.of(point) <= at, "{error} of {}", 1 << times.shift);
        };
        near(point::ACQUIRED, begin + 3);
        near(point::SEND, begin + 429 * 1000 * TICKS);
        near(point::HEAD_SENT, begin + 24 * HOUR + 1);
        near(point::RECEIVE, begin + 24 * HOUR + 1);
        assert_eq!((times.of(point::RESOLVE), times.of(point::RECEIVED)), (0, 0));
        // 26 microseconds for a day, nothing for what takes minutes.
        assert_eq!(times.shift, 8);
        let mut quick = Times::default();
        for (point, at) in [(point::ACQUIRE, begin), (point::ACQUIRED, begin + 400 * 1000 * TICKS + 7)] {
            quick.note(point, || at);
        }
        assert_eq!(quick.of(point::ACQUIRED), begin + 400 * 1000 * TICKS + 7);
    }

    #[test]
    fn an_end_counts_where_its_beginning_was_passed() {
        for seen in (0..=u16::MAX).step_by(1361) {
            for reached in 0..=u16::MAX {
                let mut fresh = reached & !seen;
                let found = begun(seen, fresh);
                for (end, begin) in PAIRS {
                    if (seen | fresh) & begin == 0 {
                        fresh &= !end;
                    }
                }
                assert_eq!(found, fresh, "{seen:#x} {reached:#x}");
            }
        }
    }
}
