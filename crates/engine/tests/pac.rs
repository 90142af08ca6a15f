//! Proxy configuration scripts from a server on loopback (cargo feature `pac`). What scripts may do is tested beside the code.
#![cfg(feature = "pac")]

mod delivery_support;

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use delivery_support::*;
use winhttp_engine::proxy::{self, Found, ProxyScheme, Question, Settings, resolver};
use winhttp_engine::{Error, Handle};

const BY_URL: u32 = abi::WINHTTP_AUTOPROXY_CONFIG_URL;
const NO_SCRIPT: u32 = abi::ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT;
const FOUND: u32 = abi::WINHTTP_CALLBACK_STATUS_GETPROXYFORURL_COMPLETE;

/// Says `PROXY` with the URL's and the host's letters where a host name may have letters.
const ECHO: &str = "function FindProxyForURL(url, host) {
    return 'PROXY ' + url.replace(/[:\\/?=&]+/g, '_') + '.' + host + ':8080'; }";

fn reply(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

/// Serves one script, and counts how often it was fetched.
fn serves(script: impl Into<String>, headers: &'static str) -> (String, Arc<AtomicUsize>) {
    let script = script.into();
    let fetched = Arc::new(AtomicUsize::new(0));
    let count = fetched.clone();
    let port = answer(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        reply("200 OK", headers, &script)
    });
    (format!("http://127.0.0.1:{port}/proxy.pac"), fetched)
}

fn question(url: &str, flags: u32, script: &str) -> Question {
    Question { url: url.into(), flags, detect: 0, script: Some(script.into()) }
}

fn ask(url: &str, flags: u32, script: &str) -> Result<Vec<Found>, u32> {
    proxy::find(&question(url, flags, script), &Settings::default()).map_err(|error| error.0)
}

fn http(host: &str, port: u16) -> Found {
    Found::Proxy { scheme: ProxyScheme::Http, host: host.into(), port }
}

/// contract: api-behaviour section 26, what the script sees of URL and host
#[test]
fn the_scheme_is_lowered_and_the_host_as_asked() {
    let (script, _) = serves(ECHO, "");
    let (keep, lower) = (abi::WINHTTP_AUTOPROXY_HOST_KEEPCASE, abi::WINHTTP_AUTOPROXY_HOST_LOWERCASE);
    let fresh = abi::WINHTTP_AUTOPROXY_NO_CACHE_SVC;
    for (url, flags, seen) in [
        ("HTTP://WINEHQ.ORG/Test.html", 0, "http_WINEHQ.ORG_Test.html.WINEHQ.ORG"),
        ("HTTP://WINEHQ.ORG/Test.html", fresh, "http_WINEHQ.ORG_Test.html.WINEHQ.ORG"),
        ("HTTP://WINEHQ.ORG/Test.html", lower, "http_winehq.org_Test.html.winehq.org"),
        ("HTTP://WINEHQ.ORG/Test.html", lower | keep, "http_WINEHQ.ORG_Test.html.WINEHQ.ORG"),
        ("http://user:word@h.org:81/a?b=c#d", 0, "http_h.org_81_a_b_c.h.org"),
        ("https://h.org/secret?word=1", 0, "https_h.org_.h.org"),
    ] {
        assert_eq!(ask(url, BY_URL | flags, &script), Ok(vec![http(seen, 8080)]), "{url} {flags:#x}");
    }
}

#[test]
fn answers_in_their_order() {
    let (script, _) = serves("function FindProxyForURL() { return 'PROXY a:1; SOCKS b; DIRECT'; }", "");
    let socks = Found::Proxy { scheme: ProxyScheme::Socks, host: "b".into(), port: 1080 };
    assert_eq!(ask("http://h/", BY_URL, &script), Ok(vec![http("a", 1), socks, Found::Direct]));
    let (script, _) = serves("function FindProxyForURL() { return ''; }", "");
    assert_eq!(ask("http://h/", BY_URL, &script), Ok(vec![Found::Direct]));
}

#[test]
fn bad_scripts() {
    for script in [
        "function FindProxyForURL( {",
        "function FindProxyForURL() { throw 1; }",
        "function FindProxyForURL() { return 7; }",
        "function FindProxyForURL() { return 'nonsense'; }",
        "function FindProxyForURL() { var s = 'x'; for (;;) s += s; }",
        "function FindProxyForURL() { return FindProxyForURL(); }",
        "",
    ] {
        let (url, _) = serves(script, "");
        assert_eq!(ask("http://h/", BY_URL, &url), Err(abi::ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT), "{script}");
        // What is fixed counts where the script fails and the caller allows it.
        let fixed = BY_URL | abi::WINHTTP_AUTOPROXY_ALLOW_STATIC;
        assert_eq!(ask("http://h/", fixed, &url), Ok(vec![Found::Direct]), "{script}");
    }
}

#[test]
fn an_endless_script_ends_at_its_limit() {
    let (url, _) = serves("function FindProxyForURL() { for (;;); }", "");
    let began = Instant::now();
    assert_eq!(ask("http://h/", BY_URL, &url), Err(abi::ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT));
    // Not the measure of anything: that it comes back at all, and not at once.
    assert!(began.elapsed() > Duration::from_secs(5));
}

#[test]
fn scripts_that_cannot_be_fetched() {
    let port = answer(|head| match head.split(' ').nth(1).unwrap() {
        "/moved" => reply("302 Found", "Location: /there\r\n", ""),
        "/there" => reply("200 OK", "", "function FindProxyForURL() { return 'PROXY p:1'; }"),
        "/round" => reply("302 Found", "Location: /round\r\n", ""),
        "/login" => reply("401 Unauthorized", "WWW-Authenticate: Basic realm=x\r\n", ""),
        "/large" => reply("200 OK", "", &" ".repeat((1 << 20) + 1)),
        "/short" => b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nfunction".to_vec(),
        "/noise" => b"what?\r\n\r\n".to_vec(),
        "/empty" => reply("204 No Content", "", ""),
        _ => reply("404 Not Found", "", "function FindProxyForURL() { return 'DIRECT'; }"),
    });
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    for (place, found) in [
        (format!("127.0.0.1:{port}/moved"), Ok(vec![http("p", 1)])),
        (format!("127.0.0.1:{port}/round"), Err(NO_SCRIPT)),
        (format!("127.0.0.1:{port}/login"), Err(abi::ERROR_WINHTTP_LOGIN_FAILURE)),
        (format!("127.0.0.1:{port}/large"), Err(NO_SCRIPT)),
        (format!("127.0.0.1:{port}/noise"), Err(NO_SCRIPT)),
        (format!("127.0.0.1:{port}/empty"), Err(NO_SCRIPT)),
        (format!("127.0.0.1:{port}/gone"), Err(NO_SCRIPT)),
        (format!("127.0.0.1:{closed}/x"), Err(NO_SCRIPT)),
        ("no-such-name.invalid/x".into(), Err(NO_SCRIPT)),
    ] {
        assert_eq!(ask("http://h/", BY_URL, &format!("http://{place}")), found, "{place}");
    }
    for (script, error) in [
        ("file:///etc/proxy.pac", abi::ERROR_WINHTTP_UNRECOGNIZED_SCHEME),
        ("proxy.pac", abi::ERROR_WINHTTP_UNRECOGNIZED_SCHEME),
        ("http://", abi::ERROR_WINHTTP_INVALID_URL),
    ] {
        assert_eq!(ask("http://h/", BY_URL, script), Err(error), "{script}");
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let (port, _kept) = silent();
    assert_eq!(ask("http://h/", BY_URL, &format!("http://127.0.0.1:{port}/x")), Err(NO_SCRIPT));
}

#[test]
fn scripts_are_kept_as_long_as_they_hold() {
    let script = "function FindProxyForURL() { return 'DIRECT'; }";
    let direct = Ok(vec![Found::Direct]);
    let (url, fetched) = serves(script, "");
    for _ in 0..3 {
        assert_eq!(ask("http://h/", BY_URL, &url), direct);
    }
    assert_eq!(fetched.load(Ordering::SeqCst), 1);
    for flag in [abi::WINHTTP_AUTOPROXY_NO_CACHE_CLIENT, abi::WINHTTP_AUTOPROXY_NO_CACHE_SVC] {
        assert_eq!(ask("http://h/", BY_URL | flag, &url), direct);
    }
    assert_eq!(fetched.load(Ordering::SeqCst), 3);
    let (other, fetched) = serves(script, "Cache-Control: no-store\r\n");
    for _ in 0..2 {
        assert_eq!(ask("http://h/", BY_URL, &other), direct);
    }
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
}

#[test]
fn only_another_process_may_run_it() {
    let (url, fetched) = serves(ECHO, "");
    let apart = BY_URL | abi::WINHTTP_AUTOPROXY_RUN_OUTPROCESS_ONLY;
    assert_eq!(ask("http://h/", apart, &url), Err(abi::ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR));
    assert_eq!(fetched.load(Ordering::SeqCst), 0);
}

/// The user's own script, as macOS' settings have it.
#[test]
fn the_script_of_the_settings() {
    let (url, _) = serves("function FindProxyForURL() { return 'PROXY own:1'; }", "");
    let settings = Settings { script: Some(url), ..Settings::default() };
    let configured = abi::WINHTTP_AUTOPROXY_ALLOW_AUTOCONFIG;
    let question = Question { url: "http://h/".into(), flags: configured, ..Question::default() };
    assert_eq!(proxy::find(&question, &settings), Ok(vec![http("own", 1)]));
    let nothing = proxy::find(&question, &Settings::default());
    assert_eq!(nothing, Err(Error(abi::ERROR_WINHTTP_AUTODETECTION_FAILED)));
}

fn resolver_of(session: Handle) -> Handle {
    resolver::create(session).unwrap()
}

/// contract: api-behaviour section 33; the fetch is heard by nobody
#[test]
fn asked_of_a_resolver() {
    let app = App::new();
    let session = app.session(true);
    let asks = resolver_of(session);
    let (good, _) = serves(ECHO, "");
    let (bad, _) = serves("throw 1", "");
    resolver::ask(asks, &question("http://h/", BY_URL, &good), 0x71).unwrap();
    let heard = app.wait(asks, FOUND);
    assert_eq!(heard.context, 0x71);
    assert_ne!(heard.thread, me());
    assert_eq!(resolver::result(asks), Ok(vec![http("http_h_.h", 8080)]));
    let mark = app.mark();
    resolver::ask(asks, &question("http://h/", BY_URL, &bad), 0x72).unwrap();
    let heard = app.wait_since(mark, asks, ERROR);
    assert_eq!(
        (heard.context, heard.number, heard.error),
        (0x72, abi::API_GET_PROXY_FOR_URL, abi::ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT)
    );
    app.close_all(&[asks, session]);
    assert!(app.all().iter().all(|heard| [asks, session].contains(&heard.handle)));
}

#[test]
fn closing_a_resolver_cancels() {
    let app = App::new();
    let session = app.session(true);
    let (port, kept) = silent();
    let script = format!("http://127.0.0.1:{port}/x");
    let handles: Vec<Handle> = (0..6).map(|_| resolver_of(session)).collect();
    for &handle in &handles {
        resolver::ask(handle, &question("http://h/", BY_URL, &script), 0x81).unwrap();
        let again = resolver::ask(handle, &question("http://h/", BY_URL, &script), 0x82);
        assert_eq!(again, Err(Error::INCORRECT_STATE), "one question at a time");
    }
    for &handle in &handles {
        winhttp_engine::close(handle).unwrap();
        let heard = app.wait(handle, ERROR);
        assert_eq!((heard.context, heard.number, heard.error), (0x81, abi::API_GET_PROXY_FOR_URL, CANCELLED));
        app.gone(&[handle]);
    }
    // The fetch goes on without them, and ends when the server goes.
    for stream in kept.lock().unwrap().iter_mut() {
        stream.write_all(&reply("200 OK", "", ECHO)).unwrap();
    }
    app.close_all(&[session]);
}

#[test]
fn many_questions_at_once() {
    let app = App::new();
    let session = app.session(true);
    let seen = Arc::new(Mutex::new(0));
    let count = seen.clone();
    let port = answer(move |_| {
        *count.lock().unwrap() += 1;
        reply("200 OK", "Cache-Control: no-store\r\n", ECHO)
    });
    let script = format!("http://127.0.0.1:{port}/x");
    let handles: Vec<Handle> = (0..24).map(|_| resolver_of(session)).collect();
    for (at, &handle) in handles.iter().enumerate() {
        resolver::ask(handle, &question(&format!("http://h{at}/"), BY_URL, &script), at).unwrap();
    }
    for (at, &handle) in handles.iter().enumerate() {
        assert_eq!(app.wait(handle, FOUND).context, at);
        assert_eq!(resolver::result(handle), Ok(vec![http(&format!("http_h{at}_.h{at}"), 8080)]));
    }
    assert_eq!(*seen.lock().unwrap(), handles.len());
    let mut all = handles;
    all.push(session);
    app.close_all(&all);
}
