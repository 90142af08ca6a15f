//! Whether a thread that does not come back from a callback overstays, or is excused: a thread that the scheduler has
//! stopped comes back when it gets a processor, and another one in its place would wait for the same processor.
//!
//! A thread that sleeps inside a callback overstays at once. One that could run is looked at again, and overstays when it
//! has used a tick of processor time, or has been excused for long enough. Where the system does not tell, nobody is
//! excused.

use std::time::Duration;

use super::watch::TICK;

/// Looks in a row at which a thread may be excused, a tick from each other: nobody waits longer for a stopped one.
#[cfg(not(shuttle))]
const LOOKS: u32 = 20;
#[cfg(shuttle)]
const LOOKS: u32 = 3;

/// What a thread does, as the system says.
#[cfg_attr(not(any(target_os = "linux", target_os = "android", shuttle)), allow(dead_code))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// It runs or waits for a processor, and has used so much processor time in its life.
    Ready(Duration),
    /// It waits for something else.
    Sleeps,
    /// The system does not tell.
    Unknown,
}

/// What is excused at the moment.
#[derive(Default)]
pub(super) struct Excuse {
    /// Seat and stamp.
    look: (u32, u32),
    looks: u32,
    /// Processor time at the first of these looks.
    used: Duration,
}

impl Excuse {
    /// Whether the callback that was `seen` twice overstays; `ask` asks the system about its thread.
    pub(super) fn overstays(&mut self, seen: (u32, u32), ask: impl FnOnce() -> Doing) -> bool {
        let Doing::Ready(used) = ask() else { return true };
        if self.look != seen || self.looks == 0 {
            *self = Excuse { look: seen, looks: 0, used };
        }
        self.looks += 1;
        let overstays = self.looks > LOOKS || used.saturating_sub(self.used) >= TICK;
        if overstays {
            *self = Excuse::default();
        }
        overstays
    }
}

/// A thread's name for the system; 0 where it cannot be asked.
#[cfg(all(any(target_os = "linux", target_os = "android"), not(shuttle)))]
pub(super) fn own() -> u32 {
    rustix::thread::gettid().as_raw_pid().cast_unsigned()
}

#[cfg(any(shuttle, not(any(target_os = "linux", target_os = "android"))))]
pub(super) fn own() -> u32 {
    0
}

/// What the thread does that calls itself so.
#[cfg(all(any(target_os = "linux", target_os = "android"), not(shuttle)))]
pub(super) fn ask(thread: u32) -> Doing {
    use std::io::Read;

    let mut line = [0u8; 128];
    let read = std::fs::File::open(format!("/proc/self/task/{thread}/stat"))
        .and_then(|mut stat| stat.read(&mut line))
        .unwrap_or(0);
    match (state(&line[..read]), used(thread)) {
        (Some(b'R'), Some(used)) => Doing::Ready(used),
        (Some(b'R') | None, _) => Doing::Unknown,
        _ => Doing::Sleeps,
    }
}

/// The letter of a thread's state in its line under /proc (proc_pid_stat(5)). The name before it is in parentheses, may
/// have any character, and is followed by numbers.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[cfg_attr(shuttle, allow(dead_code))]
fn state(line: &[u8]) -> Option<u8> {
    let name = line.iter().rposition(|&byte| byte == b')')?;
    match line.get(name + 1..name + 4)? {
        [b' ', state, b' '] if state.is_ascii_alphabetic() => Some(*state),
        _ => None,
    }
}

/// Processor time that a thread of this process has used. /proc tells it as of the last interrupt of the clock, which may
/// be 10 ms ago; a thread's clock is exact.
#[cfg(all(any(target_os = "linux", target_os = "android"), not(shuttle)))]
fn used(thread: u32) -> Option<Duration> {
    use nix::time::{ClockId, clock_gettime};

    // The clock of a thread is named by its number, turned over, before three bits (clock_getcpuclockid(3) and the
    // kernel's `CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_SCHED`).
    let clock = ClockId::from_raw(!thread.cast_signed() << 3 | 0b110);
    clock_gettime(clock).ok().map(Duration::from)
}

#[cfg(all(not(any(target_os = "linux", target_os = "android")), not(shuttle)))]
pub(super) fn ask(_thread: u32) -> Doing {
    Doing::Unknown
}

/// In the model anything may be so at any moment.
#[cfg(shuttle)]
pub(super) fn ask(_thread: u32) -> Doing {
    use shuttle::rand::{Rng, thread_rng};

    match thread_rng().gen_range(0..4) {
        0 => Doing::Sleeps,
        1 => Doing::Unknown,
        ticks => Doing::Ready(TICK * (ticks - 2)),
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    const SEEN: (u32, u32) = (1, 7);

    fn ready(micros: u64) -> Doing {
        Doing::Ready(Duration::from_micros(micros))
    }

    #[test]
    fn who_sleeps_overstays_and_so_does_who_is_not_known() {
        for doing in [Doing::Sleeps, Doing::Unknown] {
            let mut excuse = Excuse::default();
            assert!(excuse.overstays(SEEN, || doing));
            assert!(!excuse.overstays(SEEN, || ready(5)));
            assert!(excuse.overstays(SEEN, || doing), "an excuse does not outlast what it is for");
        }
    }

    #[test]
    fn who_uses_the_processor_overstays() {
        let mut excuse = Excuse::default();
        let taken: Vec<bool> =
            [5_000, 5_400, 5_999, 6_000].map(|micros| excuse.overstays(SEEN, || ready(micros))).into();
        assert_eq!(taken, [false, false, false, true]);
    }

    #[test]
    fn an_excuse_ends() {
        let mut excuse = Excuse::default();
        let patience = (0..100).position(|_| excuse.overstays(SEEN, || ready(5_000)));
        assert_eq!(patience, Some(LOOKS as usize));
    }

    #[test]
    fn another_callback_is_excused_anew() {
        let mut excuse = Excuse::default();
        for number in 0..100 {
            assert!(!excuse.overstays((1, number), || ready(u64::from(number) * 2_000)));
        }
        for seat in 0..100 {
            assert!(!excuse.overstays((seat, 7), || ready(0)));
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn the_state_stands_behind_the_name() {
        assert_eq!(state(b"4242 (winhttp-io-1) R 1 4242 4242 0 -1"), Some(b'R'));
        assert_eq!(state(b"4242 (a) S (b) D (\xFF) R 1 4242"), Some(b'R'));
        assert_eq!(state(b"4242 (S) S 1 4242"), Some(b'S'));
        for broken in [&b""[..], b"4242", b"4242 (io", b"4242 (io)", b"4242 (io) R", b"4242 (io) 17 3"] {
            assert_eq!(state(broken), None);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_tells_who_works_and_who_waits() {
        use std::hint::spin_loop;
        use std::sync::atomic::{AtomicBool, Ordering};
        use std::sync::mpsc;
        use std::thread;

        let patience = 10_000;
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let (tell, told) = mpsc::channel();
            let (wake, wait) = mpsc::channel::<()>();
            let over = &over;
            let busy = tell.clone();
            scope.spawn(move || {
                busy.send(own()).unwrap();
                while !over.load(Ordering::Relaxed) {
                    spin_loop();
                }
            });
            let busy = told.recv().unwrap();
            scope.spawn(move || {
                tell.send(own()).unwrap();
                let _ = wait.recv();
            });
            let idle = told.recv().unwrap();
            let asked = |thread, wanted: fn(Doing) -> bool| {
                (0..patience).any(|_| {
                    thread::sleep(TICK);
                    wanted(ask(thread))
                })
            };
            // It has told its name and is about to wait.
            let waits = asked(idle, |doing| doing == Doing::Sleeps);
            let works = asked(busy, |doing| matches!(doing, Doing::Ready(used) if used > TICK * 3));
            over.store(true, Ordering::Relaxed);
            drop(wake);
            assert!(waits, "a thread that waits sleeps");
            assert!(works, "a thread that spins uses the processor");
        });
        assert_eq!(ask(u32::MAX >> 1), Doing::Unknown);
    }
}
