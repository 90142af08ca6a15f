//! WinHttpCreateUrl (api-behaviour section 1), WinHttpCrackUrl (section 2), redirect targets, header queries.
use proptest::prelude::*;
use winhttp_abi::{ICU_DECODE, ICU_ESCAPE, ICU_INCLUDE_DEFAULT_PORT, ICU_REJECT_USERPWD};
use winhttp_proto::http::location::Target;
use winhttp_proto::http::query::{Attribute, attribute, date, header_name, number, number64};
use winhttp_proto::http::url::{Cracked, CreateParts, Scheme, component, crack, create};

const INVALID_PARAMETER: u32 = 87;
const INVALID_URL: u32 = 12005;
const UNRECOGNIZED_SCHEME: u32 = 12006;

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

// ---- section 1

#[derive(Clone, Default)]
struct Parts {
    scheme: Option<&'static str>,
    kind: i32,
    user: Option<&'static str>,
    password: Option<&'static str>,
    host: Option<&'static str>,
    port: u16,
    path: Option<&'static str>,
    extra: Option<&'static str>,
}

fn base() -> Parts {
    Parts {
        scheme: Some("http"),
        kind: 1,
        user: Some("username"),
        password: Some("password"),
        host: Some("www.winehq.org"),
        port: 80,
        path: Some("/site/about"),
        extra: Some("?query"),
    }
}

fn created(parts: Parts, flags: u32) -> Result<String, u32> {
    let texts = [parts.scheme, parts.user, parts.password, parts.host, parts.path, parts.extra]
        .map(|text| text.map(wide));
    let [scheme, user, password, host, path, extra] = &texts;
    let mut out = Vec::new();
    create(
        &CreateParts {
            scheme: scheme.as_deref(),
            kind: parts.kind,
            user: user.as_deref(),
            password: password.as_deref(),
            host: host.as_deref(),
            port: parts.port,
            path: path.as_deref(),
            extra: extra.as_deref(),
        },
        flags,
        &mut out,
    )
    .map(|()| String::from_utf16(&out).unwrap())
}

fn length(parts: Parts) -> usize {
    created(parts, 0).unwrap().len()
}

#[test]
fn section_1_the_whole_url() {
    assert_eq!(created(base(), 0).unwrap(), "http://username:password@www.winehq.org/site/about?query");
    assert_eq!(length(base()), 56);
}

/// Mistakes: 25.
#[test]
fn section_1_schemes() {
    assert_eq!(length(Parts { scheme: None, ..base() }), 56, "from nScheme");
    assert_eq!(length(Parts { kind: 0, ..base() }), 56, "the string suffices");
    let ftp = created(Parts { scheme: Some("ftp"), ..base() }, 0).unwrap();
    assert_eq!(ftp.len(), 58, "the string wins");
    assert!(ftp.starts_with("ftp://") && ftp.contains(":80/"));
    let nothing = created(Parts { scheme: None, kind: 0, port: 0, ..base() }, 0).unwrap();
    assert_eq!(nothing.len(), 58);
    assert!(nothing.starts_with("http://") && nothing.contains(":0/"), "port 0 is written");
    assert!(
        created(Parts { scheme: None, kind: 2, port: 443, ..base() }, 0)
            .unwrap()
            .starts_with("https://username:password@www.winehq.org/")
    );
    assert_eq!(created(Parts { scheme: None, kind: 9, ..base() }, 0), Err(UNRECOGNIZED_SCHEME));
}

/// Mistakes: 25.
#[test]
fn section_1_ports() {
    assert_eq!(length(Parts { port: 42, ..base() }), 59);
    assert!(created(base(), ICU_INCLUDE_DEFAULT_PORT).unwrap().contains("org:80/"));
}

/// Mistakes: 25.
#[test]
fn section_1_credentials() {
    assert!(created(Parts { password: None, ..base() }, 0).is_ok());
    let empty_password = created(Parts { password: Some(""), ..base() }, 0).unwrap();
    assert_eq!(empty_password.len(), 48);
    assert!(empty_password.contains("username:@www"));
    assert_eq!(created(Parts { user: None, ..base() }, 0), Err(INVALID_PARAMETER));
    assert!(created(Parts { user: Some(""), ..base() }, 0).unwrap().starts_with("http://:password@"));
    assert_eq!(length(Parts { user: None, password: None, ..base() }), 38);
    let both_empty = created(Parts { user: Some(""), password: Some(""), ..base() }, 0).unwrap();
    assert_eq!(both_empty.len(), 40);
    assert!(both_empty.starts_with("http://:@www"));
    assert_eq!(created(base(), ICU_REJECT_USERPWD), Err(INVALID_URL));
    assert!(created(Parts { user: None, password: None, ..base() }, ICU_REJECT_USERPWD).is_ok());
}

const ALL_SIGNS: &str = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const ALL_ESCAPED: &str = "%20!%22%23$%25&'()*+,-./:;%3C=%3E?@%5B%5C%5D%5E_%60%7B%7C%7D%7E";

/// Mistakes: 26.
#[test]
fn section_1_escapes() {
    let url = created(Parts { extra: Some(ALL_SIGNS), ..base() }, ICU_ESCAPE).unwrap();
    assert_eq!(url.len(), 113);
    assert!(url.ends_with(ALL_ESCAPED));
    let controls = Some("\r\x1f \n\x7f\r\n");
    let only_extra = created(Parts { extra: controls, ..Parts::default() }, ICU_ESCAPE).unwrap();
    assert_eq!(only_extra, "http://%0D%1F%20%0A%7F%0D%0A");
    assert_eq!(only_extra.len(), 28);
    assert_eq!(created(Parts { path: controls, ..Parts::default() }, ICU_ESCAPE).unwrap(), only_extra);
}

/// Mistakes: 26.
#[test]
fn section_1_non_ascii() {
    let extra = Parts { extra: Some("?text=\u{fb00}"), ..Parts::default() };
    let path = Parts { path: Some("/text=\u{fb00}"), ..Parts::default() };
    assert_eq!(created(extra.clone(), ICU_ESCAPE), Err(INVALID_PARAMETER));
    assert_eq!(created(path.clone(), ICU_ESCAPE), Err(INVALID_PARAMETER));
    assert_eq!(created(extra, 0).unwrap(), "http://?text=\u{fb00}");
    assert_eq!(created(path, 0).unwrap(), "http:///text=\u{fb00}");
}

// ---- section 2

fn cracked(url: &str) -> Result<Cracked, u32> {
    let answer = crack(&wide(url));
    assert_eq!(answer, crack(&url.chars().map(u32::from).collect::<Vec<_>>()));
    answer
}

fn part(url: &str, range: std::ops::Range<usize>) -> (usize, String) {
    (range.start, String::from_utf16(&wide(url)[range]).unwrap())
}

#[test]
fn section_2_the_whole_url() {
    let url = "http://username:password@www.winehq.org/site/about?query";
    let parts = cracked(url).unwrap();
    assert_eq!((parts.kind, parts.kind as i32, parts.port), (Scheme::Http, 1, 80));
    assert_eq!(part(url, parts.scheme), (0, "http".into()));
    assert_eq!(part(url, parts.user.unwrap()), (7, "username".into()));
    assert_eq!(part(url, parts.password.unwrap()), (16, "password".into()));
    assert_eq!(part(url, parts.host), (25, "www.winehq.org".into()));
    assert_eq!(part(url, parts.path), (39, "/site/about".into()));
    assert_eq!(part(url, parts.extra), (50, "?query".into()));
}

/// Mistakes: 29.
#[test]
fn section_2_absent_parts() {
    let parts = cracked("http://username:password@www.winehq.org/site/about").unwrap();
    assert_eq!(parts.extra, 50..50, "empty extra at the end");
    let parts = cracked("http://www.winehq.org").unwrap();
    assert_eq!(
        (parts.user, parts.password, parts.path, parts.extra, parts.port),
        (None, None, 21..21, 21..21, 80)
    );
    let parts = cracked("https://www.winehq.org/post?").unwrap();
    assert_eq!((parts.kind as i32, parts.scheme.len(), parts.port), (2, 5, 443));
    assert_eq!((parts.path.len(), parts.extra.len()), (5, 1));
    let parts = cracked("http://winehq?").unwrap();
    assert_eq!((parts.path, parts.extra), (14..14, 14..14), "the lone ? is swallowed");
    let parts = cracked("http://winehq?a").unwrap();
    assert_eq!((parts.path, parts.extra), (13..13, 13..15));
    let parts = cracked("http://winehq/post;a").unwrap();
    assert_eq!((parts.path, parts.extra), (13..20, 20..20));
}

/// Mistakes: 28.
#[test]
fn section_2_faults() {
    for url in [
        "HTTP:www.winehq.org",
        "http:/www.winehq.org",
        "http://",
        "http://h:65536",
        "http://h:x",
        "http://:80",
        "http://u@",
        "http:",
    ] {
        assert_eq!(cracked(url), Err(INVALID_URL), "{url}");
    }
    for url in ["www.winehq.org", "www", "http", "", "ftp://host/", ":", "www.winehq.org:80/"] {
        assert_eq!(cracked(url), Err(UNRECOGNIZED_SCHEME), "{url}");
    }
}

/// Mistakes: 28.
#[test]
fn section_2_ports() {
    let port = |url: &str| cracked(url).unwrap().port;
    assert_eq!(port("http://www.winehq.org:42/site"), 42);
    assert_eq!(cracked("http://www.winehq.org:42/site").unwrap().host, 7..21, "the host without its port");
    assert_eq!(port("http://www.winehq.org:0/site"), 0);
    assert_eq!(port("http://winehq.org:0"), 0);
    assert_eq!(port("http://winehq.org:80"), 80);
    assert_eq!(port("https://winehq.org:443"), 443);
    assert_eq!(port("http://winehq.org:"), 80);
    assert_eq!(port("http://winehq.org:/"), 80);
    assert_eq!(port("https://winehq.org:65535"), 65535);
}

#[test]
fn section_2_an_at_sign_in_the_query_is_no_credential() {
    let parts = cracked("http://example.net/path?var1=example@example.com&var2=x&var3=yyyyyy").unwrap();
    assert_eq!((parts.user, parts.host, parts.path), (None, 7..18, 18..23));
}

#[test]
fn section_2_path_takes_the_query() {
    let url = "https://nba2k19-ws.2ksports.com:19133/nba/v4/Accounts/get_account?x=3789526775265663876";
    let parts = cracked(url).unwrap();
    assert_eq!(part(url, parts.path_and_extra()).1, "/nba/v4/Accounts/get_account?x=3789526775265663876");
}

#[test]
fn section_2_credentials() {
    let parts = cracked("http://user@h/").unwrap();
    assert_eq!((parts.user.clone(), parts.password.clone()), (Some(7..11), None));
    assert_eq!(parts.check_credentials(ICU_REJECT_USERPWD), Err(INVALID_URL));
    assert_eq!(parts.check_credentials(0), Ok(()));
    let parts = cracked("http://:@h/").unwrap();
    assert_eq!((parts.user, parts.password), (Some(7..7), Some(8..8)));
    assert_eq!(cracked("http://h/").unwrap().check_credentials(ICU_REJECT_USERPWD), Ok(()));
}

#[test]
fn ipv6_literals() {
    let parts = cracked("http://[::1]:8080/x").unwrap();
    assert_eq!((parts.host, parts.port), (7..12, 8080));
    assert_eq!(cracked("http://[::1]/x").unwrap().port, 80);
    assert_eq!(cracked("http://[::1/x"), Err(INVALID_URL));
    assert_eq!(cracked("http://[::1]x/"), Err(INVALID_URL));
}

fn componented(text: &str, flags: u32) -> String {
    let mut out = Vec::new();
    component(&wide(text), flags, &mut out);
    String::from_utf16(&out).unwrap()
}

/// Mistakes: 30.
#[test]
fn section_2_decode_comes_behind_the_split() {
    let url = format!("http://www.winehq.org/site/about{ALL_ESCAPED}");
    let parts = cracked(&url).unwrap();
    let path = componented(&part(&url, parts.path).1, ICU_DECODE);
    let extra = componented(&part(&url, parts.extra).1, ICU_DECODE);
    assert_eq!((path.as_str(), path.len()), ("/site/about !\"#$%&'()*+,-./:;<=>", 32));
    assert_eq!((extra.as_str(), extra.len()), ("?@[\\]^_`{|}~", 12));
}

#[test]
fn section_2_escape_and_decode() {
    let url = "http://winehq.o g/path with spaces";
    let parts = cracked(url).unwrap();
    assert_eq!(part(url, parts.host).1, "winehq.o g");
    let path = componented(&part(url, parts.path).1, ICU_ESCAPE | ICU_DECODE);
    assert_eq!((path.as_str(), path.len()), ("/path%20with%20spaces", 21));
    assert_eq!(componented("a%25b%zz%", ICU_DECODE), "a%b%zz%");
    assert_eq!(componented("%C3%A9", ICU_DECODE), "\u{c3}\u{a9}", "no UTF-8");
    assert_eq!(componented("a%25\u{e9}", ICU_ESCAPE), "a%25%C3%A9");
    assert_eq!(componented("a%25", ICU_ESCAPE | ICU_DECODE), "a%25");
    assert_eq!(componented("a b", 0), "a b");
}

// ---- redirects

fn start(url: &str) -> Target {
    Target::parse(url.as_bytes()).unwrap().0
}

fn joined(base: &str, location: &str) -> Result<String, u32> {
    start(base).join(location.as_bytes()).map(|(_, url)| url)
}

#[test]
fn rfc_3986_section_5_4_examples() {
    const BASE: &str = "http://a/b/c/d;p?q";
    for (reference, expected) in [
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q#s"),
        ("g#s", "http://a/b/c/g#s"),
        ("g?y#s", "http://a/b/c/g?y#s"),
        (";x", "http://a/b/c/;x"),
        ("g;x", "http://a/b/c/g;x"),
        ("g;x?y#s", "http://a/b/c/g;x?y#s"),
        (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../", "http://a/"),
        ("../../g", "http://a/g"),
        ("../../../g", "http://a/g"),
        ("../../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"),
        ("g..", "http://a/b/c/g.."),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"),
        ("./g/.", "http://a/b/c/g/"),
        ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"),
        ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/./x", "http://a/b/c/g?y/./x"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("g#s/../x", "http://a/b/c/g#s/../x"),
    ] {
        assert_eq!(joined(BASE, reference).as_deref(), Ok(expected), "{reference}");
    }
}

#[test]
fn absolute_locations() {
    assert_eq!(
        joined("http://a/", "HTTPS://B.example:8443/x/../y?z#f").as_deref(),
        Ok("https://B.example:8443/y?z#f")
    );
    let (target, _) = start("http://a:81/q").join(b"https://u:p@h").unwrap();
    assert_eq!(target, Target { secure: true, host: "h".into(), port: 443, path: b"/".to_vec() });
    assert_eq!(start("http://a:81/q").join(b"/r").unwrap().0.port, 81, "a relative reference keeps the port");
    assert_eq!(joined("https://a/", "//b/c").as_deref(), Ok("https://b/c"), "scheme-relative");
    assert_eq!(joined("http://a/", "http://[::1]:8080/x").as_deref(), Ok("http://[::1]:8080/x"));
    assert_eq!(joined("http://a/", "http://h?q").as_deref(), Ok("http://h/?q"));
    assert_eq!(joined("http://a/", "http://h:80/").as_deref(), Ok("http://h/"));
}

#[test]
fn evidence_q4_fragments() {
    let (target, url) = start("http://a/x").join(b"/y#frag").unwrap();
    assert_eq!((target.path.as_slice(), url.as_str()), (&b"/y"[..], "http://a/y#frag"));
    let with_fragment = Target::parse(b"http://a/x#old").unwrap().0;
    assert_eq!(with_fragment.join(b"y").unwrap().1, "http://a/y", "the original fragment is not inherited");
    assert_eq!(with_fragment.url(), "http://a/x");
}

#[test]
fn locations_are_escaped_but_not_twice() {
    assert_eq!(
        joined("http://a/", " /x y%20z?a[]=\u{e9} ").as_deref(),
        Ok("http://a/x%20y%20z?a%5B%5D=%C3%A9")
    );
    assert_eq!(start("http://a/").join(b"/\xe9\r").unwrap().0.path, b"/%E9%0D");
}

#[test]
fn locations_that_are_refused() {
    for location in ["ftp://a/", "mailto:x@y", "javascript:alert(1)", "localhost:8080/x"] {
        assert_eq!(joined("http://a/", location), Err(UNRECOGNIZED_SCHEME), "{location}");
    }
    for location in [
        "",
        "  ",
        "http:",
        "http:/x",
        "http:x",
        "http://",
        "//",
        "http://h:99999/",
        "http://a b/",
        "http://a\u{7f}/",
    ] {
        assert_eq!(joined("http://a/", location), Err(INVALID_URL), "{location:?}");
    }
    assert_eq!(start("http://a/").join(b"http://\xff\xfe/"), Err(INVALID_URL));
    assert_eq!(Target::parse(b"/relative"), Err(UNRECOGNIZED_SCHEME));
}

#[test]
fn hosts_beyond_ascii_become_punycode() {
    let (target, url) = start("http://a/").join("https://B\u{dc}CHER.example:81/\u{fc}".as_bytes()).unwrap();
    assert_eq!((&*target.host, target.port), ("xn--bcher-kva.example", 81));
    assert_eq!(url, "https://xn--bcher-kva.example:81/%C3%BC");
    assert_eq!(joined("http://a/", "//\u{4f8b}\u{3002}\u{6d4b}").as_deref(), Ok("http://xn--fsq.xn--0zw/"));
    // What would be a slash, a blank, an at-sign or nothing at all in ASCII.
    for host in ["a\u{ff0f}b", "a\u{3000}b", "a\u{ff20}b", "a\u{ff1a}80", "\u{ad}"] {
        assert_eq!(joined("http://a/", &format!("http://{host}/")), Err(INVALID_URL), "{host:?}");
    }
    // ASCII stays what it is, and so does an address.
    assert_eq!(&*start("http://EXAMPLE/").host, "EXAMPLE");
    assert_eq!(&*start("http://[fe80::1%25lo]/").host, "[fe80::1%25lo]");
}

// ---- section 36

#[test]
fn section_36_attributes() {
    assert_eq!(attribute(79), Err(INVALID_PARAMETER), "above WINHTTP_QUERY_MAX");
    assert_eq!(attribute(0x8000_0000 | 0xFFFF), Ok(Attribute::Custom));
    assert_eq!(attribute(0x2000_0000 | 19), Ok(Attribute::StatusCode));
    assert_eq!(attribute(5), Ok(Attribute::Header("Content-Length")));
    assert_eq!(attribute(72), Err(12150));
    assert_eq!(attribute(45), Ok(Attribute::RequestMethod));
    for (id, name) in [
        (0, "MIME-Version"),
        (10, "Expires"),
        (17, "Pragma"),
        (23, "Connection"),
        (32, "If-Modified-Since"),
        (33, "Location"),
        (34, "Orig-URI"),
        (40, "WWW-Authenticate"),
        (43, "Set-Cookie"),
        (46, "Refresh"),
        (54, "ETag"),
        (62, "Range"),
        (63, "Transfer-Encoding"),
        (64, "Upgrade"),
        (67, "Warning"),
        (69, "Proxy-Connection"),
        (70, "Unless-Modified-Since"),
        (75, "Proxy-Support"),
        (78, "PassportConfig"),
    ] {
        assert_eq!(header_name(id), Some(name), "{id}");
    }
    assert_eq!(header_name(18), None);
}

#[test]
fn section_36_numbers_and_dates() {
    assert_eq!(number(b"100"), Ok(100));
    assert_eq!(number(b" 12 seconds"), Ok(12));
    assert_eq!(number(b"4294967295"), Ok(u32::MAX));
    assert_eq!(number64(b"4294967296"), Ok(4_294_967_296));
    for text in [&b""[..], b"abc", b"-1", b"+1"] {
        assert_eq!(number64(text), Err(12153));
    }
    assert_eq!(number(b"4294967296"), Err(12153));
    assert_eq!(number64(b"18446744073709551616"), Err(12153));
    assert_eq!(date(b"Mon, 28 Jul 2008 10:05:52 GMT").map(|time| time.day), Ok(28));
    assert_eq!(date(b"0"), Err(12153));
}

proptest! {
    #[test]
    fn any_url_is_answered(text in "(https?://)?[a-z0-9:/?#@\\[\\]%. \u{e9}]{0,40}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(parts) = crack(&wide(&text)) {
            prop_assert!(parts.host.end <= parts.path.start && parts.path.end == parts.extra.start);
        }
        let base = start("http://a/b/c?d");
        for reference in [text.as_bytes(), &bytes] {
            if let Ok((target, url)) = base.join(reference) {
                prop_assert!(target.path.starts_with(b"/"));
                prop_assert!(target.path.iter().all(u8::is_ascii_graphic));
                prop_assert!(!url.contains(['\r', '\n', '\0']));
                // What was resolved once resolves to itself.
                prop_assert_eq!(base.join(url.as_bytes()).map(|(again, _)| again), Ok(target));
            }
        }
    }

    #[test]
    fn any_component_is_answered(units in prop::collection::vec(any::<u16>(), 0..40), flags in any::<u32>()) {
        let mut out = Vec::new();
        component(&units, flags, &mut out);
        let _ = create(&CreateParts { path: Some(&units), ..CreateParts::default() }, flags, &mut out);
        let _ = crack(&units);
    }
}
