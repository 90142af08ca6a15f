//! Everything that belongs to the process, in one place, and again in a forked child.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use winhttp_proto::clock::Moment;

use crate::handle::Table;
use crate::proxy::NamedProxy;
#[cfg(feature = "pac")]
use crate::proxy::pac::Pac;
use crate::reactor::Reactor;
use crate::resolver::Resolver;
use crate::revocation::Revocation;
use crate::slot::{Guard, Kind, Slot};
use crate::sync::Mutex;
use crate::wire::Pool;
use crate::wire::cell::Cells;
use crate::wire::tls::TlsConfigs;
use crate::{Error, Handle};

/// How often a process may fork and its child fork again, each using the library.
#[cfg(not(shuttle))]
const LIVES: usize = 16;

/// What all sessions of a process share. It is made on first use and never freed.
pub(crate) struct Core {
    pub(crate) table: Table,
    pub(crate) cells: Cells,
    pub(crate) pool: Pool,
    pub(crate) reactor: Reactor,
    pub(crate) resolver: Resolver,
    /// What WinHttpSetDefaultProxyConfiguration was given.
    pub(crate) default_proxy: Mutex<Option<Option<Arc<NamedProxy>>>>,
    tls: OnceLock<TlsConfigs>,
    revocation: OnceLock<Revocation>,
    #[cfg(feature = "pac")]
    pac: OnceLock<Pac>,
}

/// The first life's: where it stands is known when the library is built.
#[cfg(not(shuttle))]
static FIRST: Core = Core::new();

/// Those of children, and of their children. Few processes have any.
#[cfg(not(shuttle))]
static LATER: [OnceLock<Box<Core>>; LIVES - 1] = [const { OnceLock::new() }; LIVES - 1];

static CURRENT: AtomicUsize = AtomicUsize::new(0);

/// The process' core.
#[cfg(not(shuttle))]
#[inline]
pub(crate) fn core() -> &'static Core {
    match CURRENT.load(Ordering::Relaxed) {
        0 => &FIRST,
        life => later(life),
    }
}

/// Finds what a handle names and locks it.
#[inline]
pub(crate) fn enter(handle: Handle) -> Result<(&'static Slot, Guard), Error> {
    let slot = core().table.slot(handle).ok_or(Error::INVALID_HANDLE)?;
    let guard = slot.enter(handle).ok_or(Error::INVALID_HANDLE)?;
    Ok((slot, guard))
}

/// As [`enter`], for a handle of the kind that is wanted.
#[inline]
pub(crate) fn enter_as(
    handle: Handle,
    wanted: impl FnOnce(&Kind) -> bool,
) -> Result<(&'static Slot, Guard), Error> {
    let (slot, guard) = enter(handle)?;
    if wanted(&guard.kind) { Ok((slot, guard)) } else { Err(Error::INCORRECT_TYPE) }
}

#[cfg(not(shuttle))]
#[cold]
fn later(life: usize) -> &'static Core {
    LATER[life.min(LIVES - 1) - 1].get_or_init(|| Box::new(Core::new()))
}

#[cfg(shuttle)]
pub(crate) use crate::model::core;

/// Which of its lives the process is in: what a thread kept in an earlier one is the parent's.
#[inline]
pub(crate) fn life() -> usize {
    CURRENT.load(Ordering::Relaxed)
}

/// Tells the engine that this process is a child made by fork without exec: it starts afresh.
///
/// The parent's handles are invalid here, its threads do not exist, and its locks are never taken again. Meant for
/// `pthread_atfork`; it only changes one number and may be called in any state.
pub fn forked() {
    CURRENT.fetch_add(1, Ordering::Relaxed);
}

impl Core {
    pub(crate) const fn new() -> Self {
        Core {
            table: Table::new(),
            cells: Cells::new(),
            pool: Pool::new(),
            reactor: Reactor::new(),
            resolver: Resolver::new(),
            default_proxy: Mutex::new(None),
            tls: OnceLock::new(),
            revocation: OnceLock::new(),
            #[cfg(feature = "pac")]
            pac: OnceLock::new(),
        }
    }

    /// TLS configurations, made once per policy.
    pub(crate) fn tls(&self) -> &TlsConfigs {
        self.tls.get_or_init(|| TlsConfigs::with_revocation(self.revocation().cache().clone()))
    }

    /// What is known of revocation, and who fetches it.
    pub(crate) fn revocation(&self) -> &Revocation {
        self.revocation.get_or_init(Revocation::default)
    }

    /// What is known of configuration scripts, and who runs them.
    #[cfg(feature = "pac")]
    pub(crate) fn pac(&self) -> &Pac {
        self.pac.get_or_init(Pac::default)
    }

    /// The time, by the machine's monotonic clock at the cost of a look: good to a few milliseconds. 0 is never
    /// given: it means "no moment" elsewhere.
    #[cfg(all(any(target_os = "linux", target_os = "android"), not(shuttle)))]
    pub(crate) fn now(&self) -> Moment {
        use nix::time::{ClockId, clock_gettime};
        // This clock exists on every kernel that has epoll.
        let now = clock_gettime(ClockId::CLOCK_MONOTONIC_COARSE).map_or(0, |now| {
            (now.tv_sec() as u64).wrapping_mul(1000).wrapping_add(now.tv_nsec() as u64 / 1_000_000)
        });
        Moment(now.max(1))
    }

    /// The time as the model has it.
    #[cfg(shuttle)]
    pub(crate) fn now(&self) -> Moment {
        crate::model::now()
    }

    /// The time, by the process' monotonic clock. 0 is never given: it means "no moment" elsewhere.
    #[cfg(not(any(target_os = "linux", target_os = "android", shuttle)))]
    pub(crate) fn now(&self) -> Moment {
        static ORIGIN: OnceLock<std::time::Instant> = OnceLock::new();
        let elapsed = ORIGIN.get_or_init(std::time::Instant::now).elapsed();
        Moment(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).saturating_add(1))
    }
}

/// A number for the calling thread, unique in the process.
#[cfg(shuttle)]
pub(crate) fn me() -> u32 {
    crate::here::with(|here| here.number().get())
}
