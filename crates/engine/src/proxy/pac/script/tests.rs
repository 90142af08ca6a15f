use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A short limit, so that scripts that reach it do not hold the tests up.
const SHORT: Duration = Duration::from_millis(400);
/// Far more than it takes to notice a limit.
const PATIENCE: Duration = Duration::from_secs(60);

fn names() -> Names {
    Arc::new(|host, _| match host {
        "host.example.org" => vec![IpAddr::from([10, 1, 2, 3]), "2001:db8::5".parse().unwrap()],
        "six.example.org" => vec!["2001:db8::6".parse().unwrap()],
        _ => Vec::new(),
    })
}

fn called(script: &str, url: &str, host: &str) -> Result<String, Fault> {
    let call = Call { script: script.into(), url: url.into(), host: host.into() };
    run(&Arc::default(), call, names(), LIMIT, PATIENCE)
}

fn says(script: &str) -> Result<String, Fault> {
    called(script, "http://www.example.org/path", "www.example.org")
}

/// What an expression comes to inside a script.
fn value(expression: &str) -> String {
    let script = format!("function FindProxyForURL(url, host) {{ return String({expression}); }}");
    says(&script).unwrap_or_else(|fault| panic!("{expression}: {fault:?}"))
}

#[test]
fn a_script_is_given_url_and_host() {
    let echo = "function FindProxyForURL(url, host) { return url + '|' + host; }";
    assert_eq!(
        called(echo, "http://WINEHQ.ORG/a", "WINEHQ.ORG").as_deref(),
        Ok("http://WINEHQ.ORG/a|WINEHQ.ORG")
    );
    for script in [
        "var FindProxyForURL = function () { return 'DIRECT'; }",
        "const FindProxyForURL = () => 'DIRECT';",
        "function FindProxyForURL() { undeclared = 'DIRECT'; return undeclared; }",
        "function FindProxyForURLEx() { return 'DIRECT'; } function FindProxyForURL() { return 'PROXY x'; }",
        "function FindProxyForURL() { alert('x'); with ({a: 'DIRECT'}) { return a; } }",
    ] {
        assert_eq!(says(script).as_deref(), Ok("DIRECT"), "{script}");
    }
}

#[test]
fn what_is_wrong_with_a_script() {
    for script in [
        "",
        "function FindProxyForURL( {",
        "<html><body>Sign in</body></html>",
        "var FindProxyForURL = 7;",
        "function Other() { return 'DIRECT'; }",
        "throw new Error('x'); function FindProxyForURL() { return 'DIRECT'; }",
        "function FindProxyForURL() { throw 3; }",
        "function FindProxyForURL() { return missing; }",
        "function FindProxyForURL() { }",
        "function FindProxyForURL() { return null; }",
        "function FindProxyForURL() { return 7; }",
        "function FindProxyForURL() { return ['DIRECT']; }",
        "function FindProxyForURL() { return { toString: function () { return 'DIRECT'; } }; }",
        "async function FindProxyForURL() { return 'DIRECT'; }",
        "function FindProxyForURL() { return 'x'.repeat(100000); }",
        "async function* f() { yield 1; } f().next(); import('x'); Array.fromAsync([1]); throw 1;",
        "import x from 'y'; function FindProxyForURL() { return 'DIRECT'; }",
        "function FindProxyForURL() { return require('fs'); }",
    ] {
        assert_eq!(says(script), Err(Fault::Script), "{script}");
    }
}

/// Every one of these ends by itself or at the limit, leaves the process alone and gives its turn back.
#[test]
fn scripts_that_take_too_much() {
    let turns = Arc::<Turns>::default();
    for body in [
        "for (;;);",
        "try { for (;;); } finally { for (;;); }",
        "try { for (;;); } catch (e) { return 'DIRECT'; }",
        "[1, 2].sort(function () { for (;;); });",
        "'x'.replace(/x/, function () { for (;;); });",
        "/(a+)+b/.test('a'.repeat(60));",
        "function f() { return f() + f(); } f();",
        "function g() { try { g(); } finally { g(); } } g();",
        "var s = 'x'; for (;;) s += s;",
        "var a = []; for (;;) a.push({});",
        "var a = []; for (;;) a.push('x'.repeat(1 << 20) + a.length);",
        "'x'.repeat(1e9);",
        "new Array(4294967295).fill(0);",
        "new Array(4294967295).join();",
        "String(new Array(4294967295));",
        "[].concat(new Array(4294967295), new Array(4294967295));",
        "Array.prototype.indexOf.call({ length: 9007199254740991 }, 1);",
        "Array.from({ length: 4294967295 });",
        "var a = 'a'.repeat(4e6); a.indexOf(a.slice(2e6) + 'b');",
        "var a = 'a'.repeat(4e6); a.split(a.slice(2e6) + 'b');",
        "JSON.parse('['.repeat(1e6));",
        "eval('('.repeat(1e6));",
        "new RegExp('('.repeat(1e6));",
        "2n ** 100000000n;",
        "var o = { get x() { return this.x; } }; o.x;",
        "shExpMatch('a'.repeat(1e6), '*a*a*a*b');",
        "var s = 'a'.repeat(3e6); isInNet(s, s, s); return isPlainHostName(s) ? null : 1",
    ] {
        let script = format!("function FindProxyForURL(url, host) {{ {body} }}");
        let call = Call { script: script.into(), url: "http://h/".into(), host: "h".into() };
        assert_eq!(run(&turns, call, names(), SHORT, PATIENCE), Err(Fault::Script), "{body}");
        // A run gives its turn back before it tells: it was this that answered, and not the patience of whoever waits.
        assert_eq!(*turns.taken.lock().unwrap(), 0, "{body}");
    }
}

/// A run that never ends is left behind, and those after it are refused when there are too many such.
#[test]
fn runs_that_hang_do_not_pile_up() {
    let turns = Arc::<Turns>::default();
    let (open, gate) = mpsc::channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let hung = Arc::new(AtomicUsize::new(0));
    let (count, shut) = (hung.clone(), gate.clone());
    // A resolver that does not keep to its time.
    let stuck: Names = Arc::new(move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        let _ = shut.lock().unwrap_or_else(PoisonError::into_inner).recv();
        Vec::new()
    });
    let call = || Call {
        script: "function FindProxyForURL(u, host) { return dnsResolve(host) || 'DIRECT'; }".into(),
        url: "http://h/".into(),
        host: "h".into(),
    };
    for _ in 0..AT_ONCE {
        assert_eq!(run(&turns, call(), stuck.clone(), SHORT, SHORT), Err(Fault::Script));
    }
    assert_eq!(run(&turns, call(), names(), SHORT, PATIENCE), Err(Fault::Host));
    drop(open);
    // They end, and there is room again.
    assert_eq!(run(&turns, call(), names(), LIMIT, PATIENCE).as_deref(), Ok("DIRECT"));
    assert!(hung.load(Ordering::SeqCst) >= 1);
}

#[test]
fn functions_about_names() {
    for (expression, expected) in [
        ("isPlainHostName('www')", "true"),
        ("isPlainHostName('www.example.org')", "false"),
        ("isPlainHostName('::1')", "false"),
        ("dnsDomainIs('www.Example.org', '.example.ORG')", "true"),
        ("dnsDomainIs('www', '.example.org')", "false"),
        ("localHostOrDomainIs('www.example.org', 'www.example.org')", "true"),
        ("localHostOrDomainIs('WWW', 'www.example.org')", "true"),
        ("localHostOrDomainIs('home.example.org', 'www.example.org')", "false"),
        ("localHostOrDomainIs('w', 'www.example.org')", "false"),
        ("dnsDomainLevels('www')", "0"),
        ("dnsDomainLevels('www.example.org')", "2"),
        ("isResolvable('host.example.org')", "true"),
        ("isResolvable('six.example.org')", "false"),
        ("isResolvable('none.example.org')", "false"),
        ("isResolvable('1.2.3.4')", "true"),
        ("dnsResolve('host.example.org')", "10.1.2.3"),
        ("dnsResolve('none.example.org')", "null"),
        ("dnsResolve()", "null"),
        ("isInNet('host.example.org', '10.1.0.0', '255.255.0.0')", "true"),
        ("isInNet('10.1.9.9', '10.1.0.0', '255.255.0.0')", "true"),
        ("isInNet('200.1.9.9', '200.1.255.1', '255.255.0.0')", "true"),
        ("isInNet('10.2.9.9', '10.1.0.0', '255.255.0.0')", "false"),
        ("isInNet('none.example.org', '0.0.0.0', '0.0.0.0')", "false"),
        ("isInNet('10.1.9.9', '10.1.0', '255.255.0.0')", "false"),
        ("isInNet('10.1.9.999', '10.1.0.0', '255.255.0.0')", "false"),
        ("isResolvableEx('six.example.org')", "true"),
        ("dnsResolveEx('host.example.org')", "10.1.2.3;2001:db8::5"),
        ("dnsResolveEx('none.example.org')", ""),
        ("isInNetEx('2001:db8::5', '2001:db8::/32')", "true"),
        ("isInNetEx('10.1.2.3', '2001:db8::/32')", "false"),
        ("sortIpAddressList('10.2.3.9;::1;127.0.0.1')", "::1;10.2.3.9;127.0.0.1"),
        ("sortIpAddressList('x')", "false"),
        ("getClientVersion()", "1.0"),
        ("typeof myIpAddressEx()", "string"),
        (
            "[typeof Proxy, typeof Uint8Array, typeof ArrayBuffer, typeof Atomics].join()",
            &["undefined"; 4].join(","),
        ),
        (
            "[typeof new Map(), typeof JSON.parse('{}'), typeof new Date(), eval('1')].join()",
            "object,object,object,1",
        ),
        ("/^[0-9]+(\\.[0-9]+){3}$/.test(myIpAddress())", "true"),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn patterns_of_a_shell() {
    for (text, pattern, fits) in [
        ("http://home.example.org/people/ari/index.html", "*/ari/*", true),
        ("http://home.example.org/people/montulli/index.html", "*/ari/*", false),
        ("", "", true),
        ("", "*", true),
        ("", "?", false),
        ("a", "?", true),
        ("ab", "?", false),
        ("abcabd", "*abd", true),
        ("abcabd", "a*c?d*", false),
        ("a.b", "a.b", true),
        ("axb", "a.b", false),
        ("(a+b)[c]", "(a+b)[c]", true),
        ("A", "a", false),
        ("aaa", "a**a*", true),
    ] {
        let expression = format!("shExpMatch('{text}', '{pattern}')");
        assert_eq!(value(&expression), fits.to_string(), "{expression}");
    }
}

/// The present of these scripts is Monday 2024-01-29, 12:30:15, and one hour earlier in GMT.
#[test]
fn functions_about_time() {
    const CLOCK: &str = "Date = function () { return {
        getDay: () => 1, getDate: () => 29, getMonth: () => 0, getFullYear: () => 2024,
        getHours: () => 12, getMinutes: () => 30, getSeconds: () => 15,
        getUTCDay: () => 1, getUTCDate: () => 29, getUTCMonth: () => 0, getUTCFullYear: () => 2024,
        getUTCHours: () => 11, getUTCMinutes: () => 30, getUTCSeconds: () => 15 }; };";
    for (expression, expected) in [
        ("weekdayRange('MON')", true),
        ("weekdayRange('TUE')", false),
        ("weekdayRange('MON', 'FRI')", true),
        ("weekdayRange('TUE', 'SUN')", false),
        ("weekdayRange('SAT', 'mon', 'GMT')", true),
        ("weekdayRange('DAY')", false),
        ("weekdayRange()", false),
        ("dateRange(29)", true),
        ("dateRange(1)", false),
        ("dateRange(1, 15)", false),
        ("dateRange(20, 31, 'GMT')", true),
        ("dateRange('JAN')", true),
        ("dateRange('NOV', 'FEB')", true),
        ("dateRange('FEB', 'NOV')", false),
        ("dateRange(2024)", true),
        ("dateRange(2022, 2023)", false),
        ("dateRange(24, 'DEC', 30, 'JAN')", true),
        ("dateRange(30, 'JAN', 24, 'DEC')", false),
        ("dateRange('OCT', 2023, 'JAN', 2024)", true),
        ("dateRange('FEB', 2024, 'MAR', 2024)", false),
        ("dateRange(29, 'JAN', 2024, 29, 'JAN', 2024)", true),
        ("dateRange(30, 'JAN', 2024, 1, 'FEB', 2025)", false),
        ("dateRange(1, 'JAN')", false),
        ("dateRange('x')", false),
        ("dateRange()", false),
        ("timeRange(12)", true),
        ("timeRange(12, 'GMT')", false),
        ("timeRange(11, 'GMT')", true),
        ("timeRange(9, 17)", true),
        ("timeRange(13, 17)", false),
        ("timeRange(22, 6)", false),
        ("timeRange(22, 13)", true),
        ("timeRange(8, 30, 12, 30)", true),
        ("timeRange(12, 31, 13, 0)", false),
        ("timeRange(12, 30, 15, 12, 30, 15)", true),
        ("timeRange(12, 30, 16, 23, 0, 0)", false),
        ("timeRange(1, 2, 3)", false),
        ("timeRange('x')", false),
    ] {
        let script = format!("{CLOCK} function FindProxyForURL() {{ return String({expression}); }}");
        assert_eq!(says(&script).as_deref(), Ok(if expected { "true" } else { "false" }), "{expression}");
    }
}
