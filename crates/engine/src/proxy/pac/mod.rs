//! Proxy configuration scripts: looked for, fetched, kept, run and understood (cargo feature `pac`).
//!
//! ```text
//!   mod      a question from the URL of a script to its answer; scripts that are kept; questions that wait
//!   detect   looking for a script by name          script   one run, in bounds      names   what it may ask
//!   answer   what it says                          functions.js   what it may call
//! ```
//!
//! Nothing here runs on a thread of the reactor, and no callback hears of it but the last.

mod answer;
mod detect;
mod names;
mod script;

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use winhttp_abi as abi;
use winhttp_proto::http::location::Target;

use super::find::find;
use super::settings::Settings;
use super::{Found, Question, resolver};
use crate::core::core;
use crate::desk::Desk;
use crate::fetch::Fetch;
use crate::headers::{self, Query};
use crate::{Error, Handle};
use script::{Call, Fault, Turns};

/// The longest that fetching a script takes, in whole.
const FETCH: Duration = Duration::from_secs(15);
/// The longest that one step of it takes, in milliseconds.
const STEP: u32 = 5_000;
/// The largest script, in bytes.
const LARGEST: usize = 1 << 20;
/// How long a script is kept that does not say.
const KEPT: Duration = Duration::from_secs(300);
/// The longest that one is kept.
const LONGEST_KEPT: u32 = 24 * 3600;
/// Scripts that are kept.
const MOST_KEPT: usize = 16;
/// Questions of resolver handles at a time.
const THREADS: usize = 4;

/// What the process knows of scripts.
pub(crate) struct Pac {
    turns: Arc<Turns>,
    kept: Mutex<HashMap<String, Kept>>,
    /// Questions of resolver handles that wait.
    desk: Desk<(Question, Settings, Handle)>,
}

impl Default for Pac {
    fn default() -> Self {
        Pac { turns: Arc::default(), kept: Mutex::default(), desk: Desk::new("winhttp-proxy", THREADS) }
    }
}

/// A script, and until when it holds.
struct Kept {
    script: Arc<str>,
    until: Instant,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The URL of a script that the network offers.
pub(super) fn detect() -> Option<String> {
    detect::find(&names::of_process())
}

/// Answers a question by its scripts: first the one that is found on the network, then the one that is named, then the
/// user's. What the last of them fails with is the answer.
pub(super) fn by_script(
    question: &Question,
    settings: &Settings,
    target: &Target,
) -> Result<Vec<Found>, Error> {
    let asks = |flag| question.flags & flag != 0;
    let mut failed = Error(abi::ERROR_WINHTTP_AUTODETECTION_FAILED);
    if asks(abi::WINHTTP_AUTOPROXY_RUN_OUTPROCESS_ONLY) && question.waits(settings) {
        return Err(Error(abi::ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR));
    }
    let configured = asks(abi::WINHTTP_AUTOPROXY_ALLOW_AUTOCONFIG);
    let by_name = question.detect & abi::WINHTTP_AUTO_DETECT_TYPE_DNS_A != 0;
    if asks(abi::WINHTTP_AUTOPROXY_AUTO_DETECT) && by_name || configured && settings.detects {
        match detect().map(|url| core().pac().ask(&url, question, target)) {
            Some(Ok(found)) => return Ok(found),
            Some(Err(error)) => failed = error,
            None => {}
        }
    }
    let named = question.script.as_deref().filter(|_| asks(abi::WINHTTP_AUTOPROXY_CONFIG_URL));
    let of_user = settings.script.as_deref().filter(|_| configured);
    for url in named.into_iter().chain(of_user) {
        match core().pac().ask(url, question, target) {
            Ok(found) => return Ok(found),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

impl Pac {
    /// Asks one script.
    fn ask(&self, url: &str, question: &Question, target: &Target) -> Result<Vec<Found>, Error> {
        let asks = |flag| question.flags & flag != 0;
        let fresh = asks(abi::WINHTTP_AUTOPROXY_NO_CACHE_CLIENT) || asks(abi::WINHTTP_AUTOPROXY_NO_CACHE_SVC);
        let script = match self.kept(url).filter(|_| !fresh) {
            Some(script) => script,
            None => self.fetch(url)?,
        };
        let mut target = target.clone();
        // contract: api-behaviour section 26, the scheme is in lower case and the host as it came, KEEPCASE counts first
        if asks(abi::WINHTTP_AUTOPROXY_HOST_LOWERCASE) && !asks(abi::WINHTTP_AUTOPROXY_HOST_KEEPCASE) {
            target.host = target.host.to_ascii_lowercase().into();
        }
        // What goes to a server in TLS is not for a script that came from elsewhere.
        if target.secure {
            target.path = b"/".to_vec();
        }
        let host = target.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let call = Call { script, url: target.url(), host };
        let said = script::run(&self.turns, call, names::of_process(), script::LIMIT, script::GRACE)
            .map_err(|fault| {
                Error(match fault {
                    Fault::Script => abi::ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT,
                    Fault::Host => abi::ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR,
                })
            })?;
        answer::read(&said).ok_or(Error(abi::ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT))
    }

    fn kept(&self, url: &str) -> Option<Arc<str>> {
        let kept = lock(&self.kept);
        kept.get(url).filter(|kept| kept.until > Instant::now()).map(|kept| kept.script.clone())
    }

    /// Forgets the scripts that are kept.
    pub(crate) fn forget(&self) {
        lock(&self.kept).clear();
    }

    /// Fetches a script, past any proxy.
    fn fetch(&self, url: &str) -> Result<Arc<str>, Error> {
        let (target, _) = Target::parse(url.as_bytes()).map_err(Error)?;
        let fetch =
            Fetch { target: &target, post: None, proxy: None, limit: FETCH, step: STEP, largest: LARGEST };
        let holds = Cell::new(KEPT);
        let fetched = fetch.make(|request| holds.set(how_long(request)));
        let body = match fetched {
            Ok(Ok(body)) => body,
            // The library has nobody's credentials: who asks for some does not get them.
            Ok(Err(401 | 407)) => return Err(Error(abi::ERROR_WINHTTP_LOGIN_FAILURE)),
            Ok(Err(_)) | Err(_) => {
                return Err(Error(abi::ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT));
            }
        };
        let script: Arc<str> = text(body).into();
        let now = Instant::now();
        let mut kept = lock(&self.kept);
        kept.retain(|_, kept| kept.until > now);
        if holds.get().is_zero() {
            kept.remove(url);
        } else if kept.len() < MOST_KEPT || kept.contains_key(url) {
            kept.insert(url.to_owned(), Kept { script: script.clone(), until: now + holds.get() });
        }
        Ok(script)
    }

    /// Answers a question of a resolver handle on another thread.
    pub(super) fn later(
        &'static self,
        question: Question,
        settings: Settings,
        to: Handle,
    ) -> Result<(), Error> {
        let put = self.desk.put((question, settings, to), |(question, settings, to)| {
            resolver::answered(to, find(&question, &settings));
        });
        let Err(unanswered) = put else { return Ok(()) };
        for (_, _, other) in unanswered.iter().filter(|(_, _, handle)| *handle != to) {
            resolver::answered(*other, Err(Error::NOT_ENOUGH_MEMORY));
        }
        // Unless another thread has come to it. A handle has one question at a time.
        let own = unanswered.iter().any(|(_, _, handle)| *handle == to);
        if own { Err(Error::NOT_ENOUGH_MEMORY) } else { Ok(()) }
    }
}

/// How long a script may be kept: RFC 9111 section 5.2.2, of which a script needs three directives.
fn how_long(request: Handle) -> Duration {
    let query = Query { level: abi::WINHTTP_QUERY_CACHE_CONTROL, name: b"", index: 0 };
    let said = headers::query(request, &query, |found| match found {
        headers::Found::Text(text) => Ok(String::from_utf8_lossy(text).to_ascii_lowercase()),
        _ => Ok(String::new()),
    });
    // No such header: nothing is said.
    directed(&said.unwrap_or_default())
}

fn directed(said: &str) -> Duration {
    let mut holds = KEPT;
    for directive in said.split(',').map(str::trim) {
        if matches!(directive, "no-store" | "no-cache") {
            return Duration::ZERO;
        }
        if let Some(seconds) = directive.strip_prefix("max-age=").and_then(|age| age.parse::<u32>().ok()) {
            holds = Duration::from_secs(u64::from(seconds.min(LONGEST_KEPT)));
        }
    }
    holds
}

/// The text of a script: UTF-8, or else one letter a byte.
fn text(body: Vec<u8>) -> String {
    let body = match String::from_utf8(body) {
        Ok(body) => body,
        Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
    };
    match body.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_scripts_hold() {
        for (said, seconds) in [
            ("", 300),
            ("private", 300),
            ("max-age=7", 7),
            ("public, max-age=99999999", 24 * 3600),
            ("max-age=7, no-cache", 0),
            ("no-store", 0),
            ("max-age=0", 0),
            ("max-age=x", 300),
        ] {
            assert_eq!(directed(said), Duration::from_secs(seconds), "{said}");
        }
    }

    #[test]
    fn texts_of_scripts() {
        assert_eq!(text(b"\xef\xbb\xbfabc".to_vec()), "abc");
        assert_eq!(text("\u{e4}".into()), "\u{e4}");
        assert_eq!(text(b"\xe4".to_vec()), "\u{e4}");
    }
}
