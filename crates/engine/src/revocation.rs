//! Fetching what verdicts lack: revocation lists and responders' answers.
//!
//! A verdict that lacks something names it; [`Revocation::fetch`] gets it over requests of this library, from
//! threads of its own, and tells whoever waits. So no callback of the application is involved, no lock of a request is held, and
//! the request that waits is as cancellable as ever.
//!
//! * Only `http` is fetched, and what it redirects to; a redirect to `https` is judged without revocation. A fetch can
//!   therefore never wait for another one.
//! * Requests that lack the same thing share one fetch.
//! * One fetch has 15 seconds (what Windows gives one retrieval) and 10 MiB; each of its steps has 5 seconds. The request that waits
//!   has its own `WINHTTP_OPTION_RECEIVE_TIMEOUT` beside that. What does not come in time is unreachable.
//! * At most four fetches run at a time, others wait their turn; a fifth does not lengthen anybody's own limit.
//! * A thread ends with its last fetch. In a forked child there are none, and what the parent had fetched is its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use winhttp_abi as abi;
use winhttp_proto::http::location::Target;

use crate::Error;
use crate::desk::Desk;
use crate::fetch::Fetch;
use crate::proxy::NamedProxy;
use crate::wire::verdict::{RevocationCache, RevocationFetch};

/// The longest that one fetch takes, in whole.
const LIMIT: Duration = Duration::from_secs(15);
/// The longest that one step of it takes, in milliseconds.
const STEP: u32 = 5_000;
/// The largest answer, in bytes.
const LARGEST: usize = 10 * 1024 * 1024;
/// Fetches at a time.
const THREADS: usize = 4;

/// Called once, when a fetch is over, on its thread.
type Told = Arc<Countdown>;

/// What is known of revocation in this process, and the fetches under way.
pub(crate) struct Revocation {
    cache: OnceLock<Arc<RevocationCache>>,
    /// Who waits for what: for as long as it is under way.
    waiting: Mutex<HashMap<RevocationFetch, Vec<Told>>>,
    desk: Desk<(RevocationFetch, Option<Arc<NamedProxy>>)>,
}

impl Default for Revocation {
    fn default() -> Self {
        Revocation {
            cache: OnceLock::new(),
            waiting: Mutex::default(),
            desk: Desk::new("winhttp-crl", THREADS),
        }
    }
}

/// Calls when the last of several fetches is over.
struct Countdown {
    left: Mutex<usize>,
    then: Box<dyn Fn() + Send + Sync>,
}

impl Countdown {
    fn one(&self) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_sub(1);
        if *left == 0 {
            drop(left);
            (self.then)();
        }
    }
}

impl Revocation {
    /// What was fetched.
    pub(crate) fn cache(&self) -> &Arc<RevocationCache> {
        self.cache.get_or_init(Arc::default)
    }

    /// Fetches all of these, through this proxy where one was named, and calls `told` once when nothing of them is under way any
    /// more: on another thread, or at once when there is nothing to fetch or no thread to be had.
    pub(crate) fn fetch(
        &'static self,
        lacking: &[RevocationFetch],
        proxy: &Option<Arc<NamedProxy>>,
        told: impl Fn() + Send + Sync + 'static,
    ) {
        // One more than there are: nobody is told before all are asked for.
        let told = Arc::new(Countdown { left: Mutex::new(lacking.len() + 1), then: Box::new(told) });
        for fetch in lacking {
            let mut waiting = self.waiting();
            if let Some(others) = waiting.get_mut(fetch) {
                others.push(told.clone());
                continue;
            }
            waiting.insert(fetch.clone(), vec![told.clone()]);
            drop(waiting);
            let put =
                self.desk.put((fetch.clone(), proxy.clone()), |(fetch, proxy)| self.serve(&fetch, proxy));
            for (fetch, _) in put.err().into_iter().flatten() {
                self.cache().unreachable(&fetch, now());
                self.over(&fetch);
            }
        }
        told.one();
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<RevocationFetch, Vec<Told>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches, on a thread of the desk.
    fn serve(&self, fetch: &RevocationFetch, proxy: Option<Arc<NamedProxy>>) {
        match get(fetch, proxy) {
            // What cannot be read is remembered as unreachable.
            Ok(answer) => drop(self.cache().insert(fetch, answer, now())),
            Err(_) => self.cache().unreachable(fetch, now()),
        }
        self.over(fetch);
    }

    /// A fetch is over, and told.
    fn over(&self, fetch: &RevocationFetch) {
        let waiting = self.waiting().remove(fetch).unwrap_or_default();
        waiting.iter().for_each(|told| told.one());
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Fetches one list or answer.
fn get(fetch: &RevocationFetch, proxy: Option<Arc<NamedProxy>>) -> Result<Vec<u8>, Error> {
    let (target, _) = Target::parse(fetch.address.as_bytes()).map_err(Error)?;
    if target.secure {
        return Err(Error::INVALID_PARAMETER);
    }
    let post = fetch.request.clone().map(|body| ("Content-Type: application/ocsp-request\r\n", body));
    let fetch = Fetch { target: &target, post, proxy, limit: LIMIT, step: STEP, largest: LARGEST };
    fetch.make(|_| {})?.map_err(|_| Error(abi::ERROR_WINHTTP_INVALID_SERVER_RESPONSE))
}
