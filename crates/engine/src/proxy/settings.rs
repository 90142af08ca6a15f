//! What the machine and the process are set to.
//!
//! The environment comes first: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, then the same in capitals. On
//! macOS the system's settings count where the environment says nothing. What
//! [`set_default`] was given comes before both, for `WINHTTP_ACCESS_TYPE_DEFAULT_PROXY` only, and holds for this process:
//! there is no registry to keep it in.

use std::sync::Arc;

use winhttp_proto::auth::Login;

use super::NamedProxy;
use crate::core::core;
use crate::lock;

/// The settings of a machine's user.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Fixed proxies.
    pub proxy: Option<Arc<NamedProxy>>,
    /// The URL of a script, which nobody runs here.
    pub script: Option<String>,
    /// A script is to be looked for.
    pub detects: bool,
}

/// What the environment, or else the system, is set to at this moment.
pub fn of_machine() -> Settings {
    let environment = of_environment(&|name| std::env::var(name).ok());
    #[cfg(target_os = "macos")]
    if environment.proxy.is_none() {
        return super::macos::of_system();
    }
    environment
}

/// What `WINHTTP_ACCESS_TYPE_DEFAULT_PROXY` comes to at this moment.
pub fn default() -> Option<Arc<NamedProxy>> {
    // Taken out of the lock, which is a leaf.
    let set = lock(&core().default_proxy).clone();
    set.unwrap_or_else(|| of_machine().proxy)
}

/// Sets what `WINHTTP_ACCESS_TYPE_DEFAULT_PROXY` comes to, for sessions that this process opens from now on
/// (contract: WinHttpSetDefaultProxyConfiguration).
pub fn set_default(proxy: Option<Arc<NamedProxy>>) {
    *lock(&core().default_proxy) = Some(proxy);
}

/// A value of the environment: lower case counts before capitals, and empty means "none" without a look further.
fn value(of: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    let capitals = name.to_ascii_uppercase();
    // In a program behind a web server this one is a header that a client has sent.
    let forged = name == "http_proxy" && of("REQUEST_METHOD").is_some();
    of(name).or_else(|| if forged { None } else { of(&capitals) })
}

fn of_environment(of: &dyn Fn(&str) -> Option<String>) -> Settings {
    let all = value(of, "all_proxy");
    let [http, https] = ["http_proxy", "https_proxy"]
        .map(|name| value(of, name).or_else(|| all.clone()).and_then(|url| place(url.trim())));
    let list = match (&http, &https) {
        (None, None) => return Settings::default(),
        (Some((http, _)), Some((https, _))) if http == https => http.clone(),
        (http, https) => {
            let of = |scheme, proxy: &Option<(String, _)>| {
                proxy.as_ref().map(|(place, _)| format!("{scheme}={place}"))
            };
            [of("http", http), of("https", https)].into_iter().flatten().collect::<Vec<_>>().join(";")
        }
    };
    let bypass = value(of, "no_proxy").map(|list| bypass(&list)).unwrap_or_default();
    // A value that names nothing sets nothing.
    let proxy = NamedProxy::new(&list, &bypass).ok();
    let logins = [http, https].map(|proxy| proxy.and_then(|(_, login)| login));
    let [http, https] = logins;
    Settings { proxy: proxy.map(|proxy| Arc::new(proxy.with_logins(http, https))), ..Settings::default() }
}

/// `[scheme://][user[:password]@]host[:port][/]`: the place as a list has it, and the login.
fn place(url: &str) -> Option<(String, Option<Login>)> {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, url),
    };
    let rest = rest.split('/').next().unwrap_or_default();
    let (login, place) = match rest.rsplit_once('@') {
        None => (None, rest),
        Some((login, place)) => {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            (Some(Login { user: unescaped(user), password: unescaped(password) }), place)
        }
    };
    if place.is_empty() {
        return None;
    }
    Some(match scheme {
        Some(scheme) if !scheme.eq_ignore_ascii_case("http") => (format!("{scheme}://{place}"), login),
        _ => (place.to_owned(), login),
    })
}

/// `%41` becomes `A`; what is no escape stays.
fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = text.get(at + 1..at + 3).filter(|_| byte == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(escaped) => {
                plain.push(escaped);
                at += 3;
            }
            None => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// The environment's list in the form of the contract's: a name stands for its subdomains too.
fn bypass(list: &str) -> String {
    let mut patterns = Vec::new();
    for item in list.split(|unit: char| unit == ',' || unit.is_whitespace()) {
        let domain = item.strip_prefix("*.").or(item.strip_prefix('.')).unwrap_or(item);
        let numeric = domain.starts_with('[')
            || domain.contains('/')
            || domain.split(':').next().is_some_and(|host| host.parse::<std::net::Ipv4Addr>().is_ok())
            || domain.parse::<std::net::Ipv6Addr>().is_ok();
        if domain.is_empty() || domain.contains([';', '<', '>']) {
            continue;
        }
        patterns.push(domain.to_owned());
        if !numeric && domain != "*" {
            patterns.push(format!("*.{domain}"));
        }
    }
    patterns.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::Way;

    fn settings(variables: &[(&str, &str)]) -> Option<Arc<NamedProxy>> {
        let of =
            |name: &str| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
        of_environment(&of).proxy
    }

    fn list(variables: &[(&str, &str)]) -> Option<String> {
        settings(variables).map(|proxy| proxy.list.to_string())
    }

    #[test]
    fn one_variable_for_each_scheme() {
        assert_eq!(list(&[]), None);
        assert_eq!(list(&[("http_proxy", "http://p:1/")]).as_deref(), Some("http=p:1"));
        assert_eq!(list(&[("http_proxy", "p:1"), ("https_proxy", "p:1")]).as_deref(), Some("p:1"));
        assert_eq!(
            list(&[("HTTP_PROXY", "http://a:1"), ("HTTPS_PROXY", "b:2")]).as_deref(),
            Some("http=a:1;https=b:2")
        );
        assert_eq!(
            list(&[("ALL_PROXY", "a:1"), ("https_proxy", "b:2")]).as_deref(),
            Some("http=a:1;https=b:2")
        );
        assert_eq!(list(&[("all_proxy", "socks5://s:1080")]).as_deref(), Some("socks5://s:1080"));
        for nothing in ["", " ", "http://", "http:///x", "user@", "p:99999", "p q:1 r:x"] {
            assert_eq!(list(&[("http_proxy", nothing)]), None, "{nothing}");
        }
    }

    #[test]
    fn lower_case_counts_first_and_empty_is_none() {
        assert_eq!(list(&[("http_proxy", "a"), ("HTTP_PROXY", "b")]).as_deref(), Some("http=a"));
        let emptied = [("http_proxy", ""), ("HTTP_PROXY", "b"), ("all_proxy", "c")];
        assert_eq!(list(&emptied).as_deref(), Some("https=c"));
    }

    #[test]
    fn a_header_of_a_client_is_no_setting() {
        let cgi = [("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "evil:1")];
        assert_eq!(list(&cgi), None);
        assert_eq!(list(&[cgi[0], cgi[1], ("http_proxy", "good:1")]).as_deref(), Some("http=good:1"));
    }

    #[test]
    fn a_login_is_taken_out_of_the_url() {
        let proxy = settings(&[("https_proxy", "http://us%65r:p%40%zz@p:1")]).expect("a proxy");
        assert_eq!(&*proxy.list, "https=p:1");
        let Way::Proxy(entry) = proxy.way("h", 443, true) else { panic!("the proxy serves https") };
        let login = entry.login.expect("a login");
        assert_eq!((login.user.as_str(), login.password.as_str()), ("user", "p@%zz"));
        assert_eq!(proxy.way("h", 80, false), Way::Direct);
    }

    #[test]
    fn names_stand_for_their_subdomains() {
        let proxy = settings(&[
            ("all_proxy", "p:1"),
            (
                "no_proxy",
                "example.org, .dotted.net,*.starred.net 10.0.0.0/8,192.168.1.1,[::1],ported.net:81,,<local>",
            ),
        ])
        .expect("a proxy");
        for (host, port) in [
            ("example.org", 80),
            ("a.example.org", 80),
            ("dotted.net", 80),
            ("a.dotted.net", 80),
            ("starred.net", 80),
            ("10.2.3.4", 80),
            ("192.168.1.1", 80),
            ("[::1]", 80),
            ("a.ported.net", 81),
        ] {
            assert_eq!(proxy.way(host, port, false), Way::Past, "{host}");
        }
        for (host, port) in [
            ("badexample.org", 80),
            ("ported.net", 80),
            ("a.192.168.1.1", 80),
            ("printer", 80),
            ("[::2]", 80),
        ] {
            assert!(matches!(proxy.way(host, port, false), Way::Proxy(_)), "{host}");
        }
        let none = settings(&[("all_proxy", "p:1"), ("NO_PROXY", "*")]).expect("a proxy");
        assert_eq!(none.way("anything.at.all", 80, true), Way::Past);
        // What the contract's functions give out means the same when it is named.
        let named = NamedProxy::new(&proxy.list, &proxy.bypass).expect("the same list");
        assert_eq!(named.way("a.example.org", 80, false), Way::Past);
    }
}
