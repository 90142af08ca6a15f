//! Proxies that a session could not reach: they are tried behind the others of their list for a while.
//!
//! contract: options, PROXY is a list; the WinHTTP team's answer in dotnet/corefx pull request 40082: a list of failing
//! proxies for each session, each for 30 minutes

use std::sync::Arc;
use std::time::{Duration, Instant};

use winhttp_proto::Route;

/// How long a proxy is avoided.
const WHILE: Duration = Duration::from_secs(30 * 60);

/// How many are remembered; the oldest gives way.
const MOST: usize = 64;

/// Who failed, and when.
#[derive(Debug, Default)]
pub(crate) struct Failing(Vec<(Arc<str>, u16, Instant)>);

impl Failing {
    /// A proxy could not be reached.
    pub(super) fn note(&mut self, route: &Route, now: Instant) {
        let Route::Proxy { host, port } = route else { return };
        self.0.retain(|(own, at, since)| {
            now.duration_since(*since) < WHILE && !(own.eq_ignore_ascii_case(host) && at == port)
        });
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((host.clone(), *port, now));
    }

    /// Whether a proxy is avoided.
    pub(super) fn avoids(&self, host: &str, port: u16, now: Instant) -> bool {
        self.0.iter().any(|(own, at, since)| {
            now.duration_since(*since) < WHILE && own.eq_ignore_ascii_case(host) && *at == port
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(host: &str, port: u16) -> Route {
        Route::Proxy { host: Arc::from(host), port }
    }

    #[test]
    fn for_a_while_and_not_without_limit() {
        let mut failing = Failing::default();
        let start = Instant::now();
        failing.note(&Route::Direct, start);
        assert!(failing.0.is_empty());
        failing.note(&proxy("a", 1), start);
        assert!(
            failing.avoids("A", 1, start) && !failing.avoids("a", 2, start) && !failing.avoids("b", 1, start)
        );
        assert!(failing.avoids("a", 1, start + WHILE - Duration::from_secs(1)));
        assert!(!failing.avoids("a", 1, start + WHILE));
        failing.note(&proxy("a", 1), start + WHILE / 2);
        assert!(failing.avoids("a", 1, start + WHILE), "failed again");
        for port in 0..1000 {
            failing.note(&proxy("b", port), start);
        }
        assert_eq!(failing.0.len(), MOST);
        assert!(failing.avoids("b", 999, start) && !failing.avoids("b", 0, start));
    }
}
