//! Time as an argument.

use std::num::NonZeroU64;

/// A moment of the driver's monotonic clock, in milliseconds since an origin of its choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// The moment `limit` milliseconds later; `None` when the limit means "no limit".
    ///
    /// 0 and `0xFFFFFFFF` (-1) both mean that nothing is limited (contract: WinHttpSetTimeouts).
    pub fn after(self, limit: u32) -> Option<Moment> {
        match limit {
            0 | u32::MAX => None,
            limit => Some(Moment(self.0.saturating_add(u64::from(limit)))),
        }
    }

    /// The earlier of two deadlines, where `None` is "never".
    pub fn earlier(a: Option<Moment>, b: Option<Moment>) -> Option<Moment> {
        match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

/// The present moment, read when somebody asks for it and then kept: most steps need no time.
pub struct Present<'a> {
    read: Option<&'a dyn Fn() -> Moment>,
    known: Option<Moment>,
}

impl<'a> Present<'a> {
    /// A moment that is known already.
    pub fn at(now: Moment) -> Present<'static> {
        Present { read: None, known: Some(now) }
    }

    /// What `read` says when it is asked, once.
    pub fn read_by(read: &'a dyn Fn() -> Moment) -> Present<'a> {
        Present { read: Some(read), known: None }
    }

    /// The present.
    pub fn now(&mut self) -> Moment {
        match (self.known, self.read) {
            (Some(known), _) => known,
            (None, Some(read)) => *self.known.insert(read()),
            (None, None) => Moment::default(),
        }
    }

    /// Time may have passed: it is read anew.
    #[inline]
    pub fn pass(&mut self) {
        if self.read.is_some() {
            self.known = None;
        }
    }
}

/// A wait with a limit that starts at the first poll that finds it waiting and starts over on progress.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    /// The moment when it began, and one, which is never 0: every open request has room for some of these.
    since: Option<NonZeroU64>,
}

impl Patience {
    /// Something moved: the limit counts from the next poll.
    pub(crate) fn renew(&mut self) {
        self.since = None;
    }

    /// Whether the limit is counting.
    pub(crate) fn running(&self) -> bool {
        self.since.is_some()
    }

    /// When the wait ends, given the limit in milliseconds. `Err` when it has ended.
    pub(crate) fn deadline(&mut self, now: &mut Present<'_>, limit: u32) -> Result<Option<Moment>, Expired> {
        let now = now.now();
        let since = *self.since.get_or_insert(NonZeroU64::MIN.saturating_add(now.0));
        match Moment(since.get() - 1).after(limit) {
            Some(end) if end <= now => Err(Expired),
            end => Ok(end),
        }
    }
}

/// A limit has run out.
#[derive(Debug)]
pub(crate) struct Expired;
