//! A proxy for a URL, as WinHttpGetProxyForUrl and its successors are asked.
//!
//! Scripts are looked for and run with the cargo feature `pac` only: `docs/decisions/proxy-scripts.md` says why. What is left
//! without it are the fixed settings, which the caller allows with `WINHTTP_AUTOPROXY_ALLOW_STATIC`.

use std::sync::Arc;

use winhttp_abi as abi;
use winhttp_proto::http::location::Target;

use super::settings::Settings;
use super::{NamedProxy, Way};
use crate::Error;

/// What is asked (contract: WINHTTP_AUTOPROXY_OPTIONS).
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The absolute URL.
    pub url: String,
    /// `WINHTTP_AUTOPROXY_*`.
    pub flags: u32,
    /// `WINHTTP_AUTO_DETECT_TYPE_*`.
    pub detect: u32,
    /// The URL of a script.
    pub script: Option<String>,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyScheme {
    /// In plain HTTP.
    Http,
    /// In HTTP over TLS.
    Https,
    /// In SOCKS.
    Socks,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The server is reached directly.
    Direct,
    /// It is on the list of those that are reached past the proxy.
    Past,
    /// Through this proxy.
    Proxy {
        /// How it is spoken to.
        scheme: ProxyScheme,
        /// Its host.
        host: Arc<str>,
        /// Its port.
        port: u16,
    },
}

impl Question {
    /// Whether the question is one, and what it is about.
    ///
    /// # Errors
    /// contract: api-behaviour section 26. `ERROR_INVALID_PARAMETER` for no URL, for flags that ask for nothing, for
    /// detection by no means and for a script without its URL; `ERROR_WINHTTP_INVALID_URL` and
    /// `ERROR_WINHTTP_UNRECOGNIZED_SCHEME`.
    pub fn check(&self) -> Result<Target, Error> {
        const ASKS: u32 = abi::WINHTTP_AUTOPROXY_AUTO_DETECT
            | abi::WINHTTP_AUTOPROXY_CONFIG_URL
            | abi::WINHTTP_AUTOPROXY_ALLOW_AUTOCONFIG
            | abi::WINHTTP_AUTOPROXY_ALLOW_STATIC
            | abi::WINHTTP_AUTOPROXY_ALLOW_CM;
        let asks = |flag| self.flags & flag != 0;
        let vain = self.url.is_empty()
            || !asks(ASKS)
            || asks(abi::WINHTTP_AUTOPROXY_AUTO_DETECT) && self.detect == 0
            || asks(abi::WINHTTP_AUTOPROXY_CONFIG_URL) && self.script.as_deref().is_none_or(str::is_empty);
        if vain {
            return Err(Error::INVALID_PARAMETER);
        }
        Target::parse(self.url.as_bytes()).map(|(target, _)| target).map_err(Error)
    }

    /// Whether it takes a script to answer.
    #[cfg(feature = "pac")]
    pub(super) fn waits(&self, settings: &Settings) -> bool {
        let own = abi::WINHTTP_AUTOPROXY_AUTO_DETECT | abi::WINHTTP_AUTOPROXY_CONFIG_URL;
        self.flags & own != 0
            || self.flags & abi::WINHTTP_AUTOPROXY_ALLOW_AUTOCONFIG != 0
                && (settings.detects || settings.script.is_some())
    }
}

/// Answers from scripts where the question allows them and they can be run, otherwise from settings; what is to be tried
/// first is in front, and there is always something.
///
/// Where a script has to be fetched and run this waits, half a minute at most: it is not for threads of the reactor.
///
/// # Errors
/// As [`Question::check`].
///
/// Without the feature `pac`: `ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR` where a script would have to run,
/// `ERROR_WINHTTP_AUTODETECTION_FAILED` where one would have to be found.
///
/// With it: the same where no run could begin or only another process may run it, and where none was found;
/// `ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT`, `ERROR_WINHTTP_LOGIN_FAILURE` (the script's server asks who one is),
/// `ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT` (it is wrong, fails, takes too much or says nothing usable), those of a URL for the
/// script's.
pub fn find(question: &Question, settings: &Settings) -> Result<Vec<Found>, Error> {
    let target = question.check()?;
    let asks = |flag| question.flags & flag != 0;
    let fixed = || vec![fixed(settings.proxy.as_deref(), &target)];
    match by_script(question, settings, &target) {
        // A script that answers counts before what is fixed, and what is fixed before its failure.
        Err(_) if asks(abi::WINHTTP_AUTOPROXY_ALLOW_STATIC) => Ok(fixed()),
        answer => answer,
    }
}

#[cfg(not(feature = "pac"))]
fn by_script(question: &Question, settings: &Settings, _target: &Target) -> Result<Vec<Found>, Error> {
    let asks = |flag| question.flags & flag != 0;
    let scripted = asks(abi::WINHTTP_AUTOPROXY_CONFIG_URL)
        || asks(abi::WINHTTP_AUTOPROXY_ALLOW_AUTOCONFIG) && settings.script.is_some();
    Err(Error(if scripted {
        abi::ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR
    } else {
        abi::ERROR_WINHTTP_AUTODETECTION_FAILED
    }))
}

#[cfg(feature = "pac")]
use super::pac::by_script;

/// Looks for the URL of a configuration script on the network (contract: WinHttpDetectAutoProxyConfigUrl). `ways` are
/// `WINHTTP_AUTO_DETECT_TYPE_*`: names are asked for with the feature `pac`, DHCP never.
///
/// # Errors
/// `ERROR_WINHTTP_AUTODETECTION_FAILED` where nothing is found.
pub fn detect(ways: u32) -> Result<String, Error> {
    #[cfg(feature = "pac")]
    if ways & abi::WINHTTP_AUTO_DETECT_TYPE_DNS_A != 0
        && let Some(url) = super::pac::detect()
    {
        return Ok(url);
    }
    let _ = ways;
    Err(Error(abi::ERROR_WINHTTP_AUTODETECTION_FAILED))
}

/// Forgets what was learnt of scripts (contract: WinHttpResetAutoProxy). `flags` are `WINHTTP_RESET_*`.
pub fn forget(flags: u32) {
    #[cfg(feature = "pac")]
    if flags & abi::WINHTTP_RESET_SCRIPT_CACHE != 0 {
        crate::core::core().pac().forget();
    }
    let _ = flags;
}

fn fixed(proxy: Option<&NamedProxy>, target: &Target) -> Found {
    match proxy.map(|proxy| proxy.way(&target.host, target.port, target.secure)) {
        None | Some(Way::Direct) => Found::Direct,
        Some(Way::Past) => Found::Past,
        Some(Way::Proxy(entry)) => {
            Found::Proxy { scheme: ProxyScheme::Http, host: entry.host, port: entry.port }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(url: &str, flags: u32, detect: u32, script: Option<&str>) -> Result<Found, u32> {
        let proxy = NamedProxy::new("http=p:1", "*.past.org").expect("a list");
        let settings = Settings { proxy: Some(Arc::new(proxy)), ..Settings::default() };
        let question = Question { url: url.into(), flags, detect, script: script.map(Into::into) };
        let mut found = find(&question, &settings).map_err(|error| error.0)?;
        assert_eq!(found.len(), 1);
        Ok(found.remove(0))
    }

    /// contract: api-behaviour section 26
    #[test]
    fn vain_questions() {
        const URL: &str = "http://host.org/";
        let (detect, script) = (abi::WINHTTP_AUTOPROXY_AUTO_DETECT, abi::WINHTTP_AUTOPROXY_CONFIG_URL);
        for (url, flags, by, from) in [
            ("", detect, 1, None),
            (URL, 0, 0, None),
            (URL, abi::WINHTTP_AUTOPROXY_HOST_LOWERCASE, 0, None),
            (URL, detect, 0, None),
            (URL, detect | script, 1, None),
            (URL, script, 0, Some("")),
        ] {
            assert_eq!(ask(url, flags, by, from), Err(abi::ERROR_INVALID_PARAMETER), "{url} {flags:#x}");
        }
        assert_eq!(ask("http:", detect, 1, None), Err(abi::ERROR_WINHTTP_INVALID_URL));
        assert_eq!(ask("ftp://h/", detect, 1, None), Err(abi::ERROR_WINHTTP_UNRECOGNIZED_SCHEME));
        let dhcp = abi::WINHTTP_AUTO_DETECT_TYPE_DHCP;
        assert_eq!(ask(URL, detect, dhcp, None), Err(abi::ERROR_WINHTTP_AUTODETECTION_FAILED));
        let apart = script | abi::WINHTTP_AUTOPROXY_RUN_OUTPROCESS_ONLY;
        assert_eq!(ask(URL, apart, 0, Some("http://s/")), Err(abi::ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR));
    }

    #[test]
    fn fixed_settings_answer_where_they_may() {
        let fixed = abi::WINHTTP_AUTOPROXY_ALLOW_STATIC;
        let proxy = Found::Proxy { scheme: ProxyScheme::Http, host: "p".into(), port: 1 };
        assert_eq!(ask("http://host.org/", fixed, 0, None), Ok(proxy));
        assert_eq!(ask("http://a.past.org/", fixed, 0, None), Ok(Found::Past));
        assert_eq!(ask("https://host.org/", fixed, 0, None), Ok(Found::Direct));
        let dhcp = abi::WINHTTP_AUTO_DETECT_TYPE_DHCP;
        let either = fixed | abi::WINHTTP_AUTOPROXY_AUTO_DETECT;
        assert_eq!(ask("http://a.past.org/", either, dhcp, None), Ok(Found::Past));
    }
}
