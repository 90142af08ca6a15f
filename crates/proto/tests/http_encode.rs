//! The request on the wire: encode and target.
use winhttp_abi::WINHTTP_ADDREQ_FLAG_ADD as ADD;
use winhttp_proto::http::encode::{HeadParts, TargetForm, Version, encode_head, is_token};
use winhttp_proto::http::headers::HeaderList;
use winhttp_proto::http::target::{Escape, request_target};

fn head(parts: &HeadParts<'_>) -> String {
    let mut out = Vec::new();
    encode_head(&mut out, parts);
    String::from_utf8(out).unwrap()
}

fn list(text: &str) -> HeaderList {
    let mut list = HeaderList::new();
    list.apply(text.as_bytes(), ADD).unwrap();
    list
}

fn lines(parts: &HeadParts<'_>, name: &str) -> Vec<String> {
    head(parts).lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect()
}

#[test]
fn the_order_that_captures_show() {
    let headers = list("Content-Type: text/plain\r\nAccept: */*");
    let parts = HeadParts {
        method: b"POST",
        host: b"example.test",
        path: b"/a?b=c",
        headers: &headers,
        user_agent: b"agent/1",
        body: Some(5),
        ..HeadParts::new()
    };
    assert_eq!(
        head(&parts),
        "POST /a?b=c HTTP/1.1\r\nConnection: Keep-Alive\r\nContent-Type: text/plain\r\nAccept: */*\r\n\
         User-Agent: agent/1\r\nContent-Length: 5\r\nHost: example.test\r\n\r\n"
    );
}

#[test]
fn a_get_without_agent_has_neither_agent_nor_length() {
    let parts = HeadParts { host: b"h", ..HeadParts::new() };
    assert_eq!(head(&parts), "GET / HTTP/1.1\r\nConnection: Keep-Alive\r\nHost: h\r\n\r\n");
}

#[test]
fn host_and_port() {
    let base = HeadParts { host: b"h", ..HeadParts::new() };
    assert_eq!(lines(&HeadParts { port: 8080, ..base }, "Host"), ["Host: h:8080"]);
    assert_eq!(lines(&HeadParts { port: 443, secure: true, ..base }, "Host"), ["Host: h"]);
    assert_eq!(lines(&HeadParts { port: 80, secure: true, ..base }, "Host"), ["Host: h:80"]);
    assert_eq!(lines(&HeadParts { host: b"::1", port: 81, ..base }, "Host"), ["Host: [::1]:81"]);
    assert_eq!(lines(&HeadParts { host: b"[::1]", ..base }, "Host"), ["Host: [::1]"]);
    // RFC 6874 section 4: the zone stays here, in either spelling.
    for host in [&b"[fe80::1%1]"[..], b"[fe80::1%25eth0]"] {
        assert_eq!(lines(&HeadParts { host, port: 81, ..base }, "Host"), ["Host: [fe80::1]:81"]);
        let parts = HeadParts { host, form: TargetForm::Authority, ..base };
        assert!(head(&parts).starts_with("GET [fe80::1]:80 HTTP"));
    }
}

#[test]
fn content_length_rules() {
    let base = HeadParts { host: b"h", ..HeadParts::new() };
    let length = |parts: &HeadParts<'_>| lines(parts, "Content-Length");
    assert_eq!(length(&HeadParts { method: b"PUT", ..base }), ["Content-Length: 0"], "section 14");
    assert_eq!(length(&HeadParts { method: b"POST", ..base }), ["Content-Length: 0"]);
    assert!(length(&HeadParts { method: b"DELETE", ..base }).is_empty());
    assert_eq!(
        length(&HeadParts { body: Some(u64::MAX), ..base }),
        [format!("Content-Length: {}", u64::MAX)]
    );
    let chunked = list("Transfer-Encoding: chunked");
    let parts = HeadParts { method: b"POST", headers: &chunked, body: Some(4), ..base };
    assert!(length(&parts).is_empty(), "section 15: none beside Transfer-Encoding");
    let own = list("Content-Length: 4294967296");
    let parts = HeadParts { method: b"POST", headers: &own, body: None, ..base };
    assert_eq!(length(&parts), ["Content-Length: 4294967296"]);
}

#[test]
fn application_headers_suppress_automatic_ones() {
    let own = list(
        "connection: Upgrade\r\nuser-agent: mine\r\nhost: other\r\npragma: x\r\ncache-control: y\r\nAuthorization: z",
    );
    let parts = HeadParts {
        host: b"h",
        headers: &own,
        user_agent: b"agent",
        refresh: true,
        authorization: b"Basic AAAA",
        ..HeadParts::new()
    };
    assert_eq!(
        head(&parts),
        format!("GET / HTTP/1.1\r\n{}\r\n", std::str::from_utf8(own.as_bytes()).unwrap())
    );
}

#[test]
fn refresh_keep_alive_and_version() {
    let base = HeadParts { host: b"h", refresh: true, ..HeadParts::new() };
    assert_eq!(
        head(&base),
        "GET / HTTP/1.1\r\nConnection: Keep-Alive\r\nCache-Control: no-cache\r\nPragma: no-cache\r\nHost: h\r\n\r\n"
    );
    let old = HeadParts { version: Version::Http10, keep_alive: false, ..base };
    assert_eq!(head(&old), "GET / HTTP/1.0\r\nConnection: close\r\nPragma: no-cache\r\nHost: h\r\n\r\n");
}

#[test]
fn proxies() {
    let base = HeadParts { host: b"h", port: 8080, path: b"/p", user_agent: b"a", ..HeadParts::new() };
    assert_eq!(
        head(&HeadParts { form: TargetForm::Absolute, proxy_authorization: b"Basic A", ..base }),
        "GET http://h:8080/p HTTP/1.1\r\nProxy-Connection: Keep-Alive\r\nUser-Agent: a\r\nHost: h:8080\r\n\
         Proxy-Authorization: Basic A\r\n\r\n"
    );
    assert_eq!(
        head(&HeadParts { method: b"CONNECT", form: TargetForm::Authority, secure: true, port: 443, ..base }),
        "CONNECT h:443 HTTP/1.1\r\nProxy-Connection: Keep-Alive\r\nUser-Agent: a\r\nHost: h:443\r\n\r\n"
    );
}

#[test]
fn section_22_cookies_are_joined_behind_the_application_text() {
    let own = list("Cookie: name=value2\r\nX: 1");
    let base = HeadParts { host: b"h", cookies: b"NAME=value; name=value", ..HeadParts::new() };
    assert_eq!(
        head(&HeadParts { headers: &own, ..base }),
        "GET / HTTP/1.1\r\nConnection: Keep-Alive\r\nCookie: name=value2; NAME=value; name=value\r\nX: 1\r\nHost: h\r\n\r\n"
    );
    assert_eq!(lines(&base, "Cookie"), ["Cookie: NAME=value; name=value"]);
}

#[test]
fn automatic_texts_cannot_add_lines() {
    let parts = HeadParts {
        host: b"h\r\nA: b",
        user_agent: b"x\r\nEvil: 1\0",
        extra: b"X: y\r\n",
        ..HeadParts::new()
    };
    assert_eq!(
        head(&parts),
        "GET / HTTP/1.1\r\nConnection: Keep-Alive\r\nUser-Agent: xEvil: 1\r\nHost: [hA: b]\r\nX: y\r\n\r\n"
    );
}

#[test]
fn tokens() {
    assert!(is_token(b"GET") && is_token(b"X-%"));
    assert!(!is_token(b"") && !is_token(b"A B") && !is_token(b"A\r\n") && !is_token(b"\xc3\xa9"));
}

fn target(path: &str, flags: u32) -> String {
    let wide: Vec<u16> = path.encode_utf16().collect();
    let (mut out, mut out8, mut out32) = (Vec::new(), Vec::new(), Vec::new());
    request_target(&wide, Escape::from_flags(flags), &mut out);
    request_target(path.as_bytes(), Escape::from_flags(flags), &mut out8);
    let scalars: Vec<u32> = path.chars().map(u32::from).collect();
    request_target(&scalars, Escape::from_flags(flags), &mut out32);
    assert_eq!(out, out8);
    assert_eq!(out, out32);
    String::from_utf8(out).unwrap()
}

const ESCAPE_PERCENT: u32 = 0x4;
const ESCAPE_DISABLE: u32 = 0x40;
const ESCAPE_DISABLE_QUERY: u32 = 0x80;

fn input(word: &str) -> String {
    format!("/escape\r\n\x1f\x7f< %{word}?\x1f\x7f !\"#$%&'()*+,-./:;<=>?@[\\]^_`{{|}}~\r\n")
}

#[test]
fn section_21_default() {
    assert_eq!(
        target(&input("one"), 0),
        "/escape%0D%0A%1F%7F%3C%20%one?%1F%7F%20!%22%23$%&'()*+,-./:;%3C=%3E?@%5B%5C%5D%5E_%60%7B%7C%7D~%0D%0A"
    );
}

#[test]
fn section_21_escape_percent() {
    assert_eq!(
        target(&input("two"), ESCAPE_PERCENT),
        "/escape%0D%0A%1F%7F%3C%20%25two?%1F%7F%20!%22%23$%25&'()*+,-./:;%3C=%3E?@%5B%5C%5D%5E_%60%7B%7C%7D~%0D%0A"
    );
}

#[test]
fn section_21_escape_disable() {
    assert_eq!(
        target(&input("three"), ESCAPE_DISABLE),
        "/escape\x1f\x7f<%20%three?\x1f\x7f%20!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    );
}

#[test]
fn section_21_escape_disable_query() {
    assert_eq!(
        target(&input("four"), ESCAPE_DISABLE_QUERY),
        "/escape%0D%0A%1F%7F%3C%20%four?\x1f\x7f%20!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    );
}

#[test]
fn section_21_non_ascii_is_always_escaped_utf8() {
    assert_eq!(target("/?&text=one\u{80}\x7f~", 0), "/?&text=one%C2%80%7F~");
    assert_eq!(target("/?&text=two\u{80}\x7f~", ESCAPE_DISABLE), "/?&text=two%C2%80\x7f~");
    assert_eq!(
        target("/&text=\u{541b}\u{306e}\u{540d}\u{306f}", ESCAPE_DISABLE),
        "/&text=%E5%90%9B%E3%81%AE%E5%90%8D%E3%81%AF"
    );
    let mut out = Vec::new();
    request_target(&[0xd800u16], Escape::default(), &mut out);
    assert_eq!(out, b"/%EF%BF%BD");
}

#[test]
fn sections_4_and_5_leading_slash() {
    assert_eq!(target("", 0), "/");
    assert_eq!(target("big", 0), "/big");
    assert_eq!(target("tests/post.php", 0), "/tests/post.php");
    assert_eq!(target("?q", 0), "/?q");
}

#[test]
fn a_second_head_uses_the_memory_of_the_first() {
    let headers = list("Accept: */*");
    let parts =
        HeadParts { host: b"example.test", headers: &headers, user_agent: b"agent/1", ..HeadParts::new() };
    let mut out = Vec::new();
    encode_head(&mut out, &parts);
    let (place, room) = (out.as_ptr(), out.capacity());
    for _ in 0..3 {
        out.clear();
        encode_head(&mut out, &parts);
    }
    assert_eq!((out.as_ptr(), out.capacity()), (place, room));
}
