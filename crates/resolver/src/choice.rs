//! Whether the machine's configuration says nothing the own resolver would not understand.
//!
//! The rule is that of Go's resolver: the own one where the answer would be the same, the system's wherever the
//! configuration asks for more than a hosts file and plain DNS.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::stamp::Stamp;

/// Environment variables that change how the C library resolves (resolver(3), hostname(7)).
const VARIABLES: [&str; 3] = ["LOCALDOMAIN", "RES_OPTIONS", "HOSTALIASES"];

/// The files that decide.
#[derive(Clone, Debug)]
pub(super) struct Files {
    /// Name servers and options (resolv.conf(5)).
    pub(super) resolv_conf: PathBuf,
    /// Where names are looked up (nsswitch.conf(5)).
    pub(super) nsswitch: PathBuf,
    /// The order of addresses (gai.conf(5)).
    pub(super) gai: PathBuf,
    /// Which names multicast DNS takes besides `.local`.
    pub(super) mdns_allow: PathBuf,
}

impl Files {
    /// The machine's.
    pub(super) fn machine() -> Self {
        Self {
            resolv_conf: "/etc/resolv.conf".into(),
            nsswitch: "/etc/nsswitch.conf".into(),
            gai: "/etc/gai.conf".into(),
            mdns_allow: "/etc/mdns.allow".into(),
        }
    }

    fn all(&self) -> [&Path; 4] {
        [&self.resolv_conf, &self.nsswitch, &self.gai, &self.mdns_allow]
    }

    fn stamps(&self) -> [Option<Stamp>; 4] {
        self.all().map(Stamp::of)
    }
}

/// The standing decision, looked at again when the files change.
pub(super) struct Judge {
    files: Files,
    fresh: Duration,
    verdict: Mutex<Option<Verdict>>,
}

#[derive(Clone, Copy)]
struct Verdict {
    own: bool,
    stamps: [Option<Stamp>; 4],
    checked: Instant,
}

impl Judge {
    /// A judge of the given files, which looks for changes no more often than every `fresh`.
    pub(super) fn new(files: Files, fresh: Duration) -> Self {
        Self { files, fresh, verdict: Mutex::default() }
    }

    /// Whether the own resolver serves this machine.
    pub(super) fn prefers_own(&self) -> bool {
        if !cfg!(target_os = "linux") {
            return false;
        }
        let mut verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(known) = verdict.as_mut() {
            if now.duration_since(known.checked) < self.fresh {
                return known.own;
            }
            known.checked = now;
            if known.stamps == self.files.stamps() {
                return known.own;
            }
        }
        // Stamped before reading: a change in between is seen the next time.
        let stamps = self.files.stamps();
        let own = is_plain(&self.files);
        *verdict = Some(Verdict { own, stamps, checked: now });
        own
    }
}

fn is_plain(files: &Files) -> bool {
    let plain_environment = VARIABLES.iter().all(|name| std::env::var_os(name).is_none());
    // As the files are small and local, a lookup may read them where it is asked for.
    let plain = |path: &Path, test: fn(&[u8]) -> bool| match fs::read(path) {
        Ok(text) => test(&text),
        Err(error) => error.kind() == ErrorKind::NotFound,
    };
    plain_environment
        && plain(&files.resolv_conf, plain_resolv_conf)
        && plain(&files.nsswitch, plain_nsswitch)
        && plain(&files.gai, plain_gai)
        && !files.mdns_allow.exists()
}

/// Whether the options are ones the own resolver follows. One that is unknown is for the system.
fn plain_resolv_conf(text: &[u8]) -> bool {
    let Ok(conf) = resolv_conf::Config::parse(text) else { return false };
    let special = conf.rotate
        || conf.use_vc
        || conf.single_request
        || conf.single_request_reopen
        || conf.no_tld_query
        || conf.no_aaaa
        || conf.inet6;
    let elsewhere = !conf.sortlist.is_empty() || !conf.lookup.is_empty() || !conf.family.is_empty();
    let scoped = conf.nameservers.iter().any(|server| server.to_string().contains('%'));
    !special && !elsewhere && !scoped
}

/// Whether hosts are looked up in files and then in DNS. Multicast DNS in its minimal form may stand between
/// them: it takes `.local` alone, which goes to the system anyway.
fn plain_nsswitch(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().map(|line| line.split('#').next().unwrap_or(""));
    let Some(sources) = lines.find_map(|line| line.trim().strip_prefix("hosts:").map(str::to_owned)) else {
        // The C library's default: files, then DNS.
        return true;
    };
    let mut sources = sources.split_whitespace();
    if sources.next() != Some("files") {
        return false;
    }
    let mut after_mdns = false;
    for source in sources.by_ref() {
        match source {
            "dns" => return sources.next().is_none(),
            "mdns_minimal" | "mdns4_minimal" | "mdns6_minimal" => after_mdns = true,
            criteria if after_mdns && criteria.eq_ignore_ascii_case("[NOTFOUND=return]") => {
                after_mdns = false
            }
            _ => return false,
        }
    }
    false
}

/// Whether nothing is set: the order is then the standard's (RFC 6724), which the own resolver keeps too.
fn plain_gai(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.lines().all(|line| line.split('#').next().unwrap_or("").trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_of_names() {
        let table = [
            ("", true),
            ("passwd: files\n", true),
            ("hosts: files dns\n", true),
            ("  hosts:\tfiles dns # comment\n", true),
            ("hosts: files mdns4_minimal [NOTFOUND=return] dns\n", true),
            ("#hosts: files dns\nhosts: dns files\n", false),
            ("hosts: files\n", false),
            ("hosts: dns\n", false),
            ("hosts:\n", false),
            ("hosts: files dns myhostname\n", false),
            ("hosts: files myhostname dns\n", false),
            ("hosts: files resolve [!UNAVAIL=return] dns\n", false),
            ("hosts: files [NOTFOUND=return] dns\n", false),
            ("hosts: files mdns4 dns\n", false),
            ("hosts: files ldap dns\n", false),
            ("hosts: \u{fffd}\0 dns\n", false),
        ];
        for (text, plain) in table {
            assert_eq!(plain_nsswitch(text.as_bytes()), plain, "{text:?}");
        }
        assert!(plain_nsswitch(b"hosts: files dns\n\xff\xfe\n"));
    }

    #[test]
    fn options_of_servers() {
        let table = [
            ("", true),
            (
                "nameserver 192.0.2.1\nsearch a.example b.example\noptions ndots:5 timeout:1 attempts:3\n",
                true,
            ),
            ("nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n", true),
            ("options no-reload\n", true),
            ("options rotate\n", false),
            ("options use-vc\n", false),
            ("options single-request\n", false),
            ("options single-request-reopen\n", false),
            ("options no-aaaa\n", false),
            ("options something-new\n", false),
            ("sortlist 192.0.2.0/255.255.255.0\n", false),
            ("lookup file bind\n", false),
            ("family inet4\n", false),
            ("nameserver fe80::1%eth0\n", false),
            ("nameserver not-an-address\n", false),
            ("nameserver 192.0.2.1\n\u{0}\n", false),
        ];
        for (text, plain) in table {
            assert_eq!(plain_resolv_conf(text.as_bytes()), plain, "{text:?}");
        }
    }

    #[test]
    fn order_of_addresses() {
        assert!(plain_gai(b"# label ::1/128 0\n\n   # precedence\n"));
        assert!(!plain_gai(b"precedence ::ffff:0:0/96 100\n"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn follows_the_files() {
        let folder = super::super::scratch::Folder::new();
        let files = Files {
            resolv_conf: folder.path("resolv.conf"),
            nsswitch: folder.path("nsswitch.conf"),
            gai: folder.path("gai.conf"),
            mdns_allow: folder.path("mdns.allow"),
        };
        // Missing files are the defaults.
        let judge = Judge::new(files.clone(), Duration::ZERO);
        if VARIABLES.iter().any(|name| std::env::var_os(name).is_some()) {
            assert!(!judge.prefers_own());
            return;
        }
        assert!(judge.prefers_own());
        fs::write(&files.nsswitch, "hosts: files resolve dns\n").unwrap();
        assert!(!judge.prefers_own());
        fs::remove_file(&files.nsswitch).unwrap();
        assert!(judge.prefers_own());
        fs::write(&files.mdns_allow, ".example\n").unwrap();
        assert!(!judge.prefers_own());
        // Until the time is over, what was found stands.
        let lazy = Judge::new(files.clone(), Duration::from_secs(3600));
        assert!(!lazy.prefers_own());
        fs::remove_file(&files.mdns_allow).unwrap();
        assert!(!lazy.prefers_own());
        assert!(judge.prefers_own());
    }
}
