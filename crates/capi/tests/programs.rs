//! The C programs of `examples/`, built with the system's compiler against the library that cargo has just built and run
//! against an origin on loopback.
//!
//! Each is built for both widths of WCHAR. `WINHTTP_PROGRAMS=asan` builds them with AddressSanitizer and
//! UndefinedBehaviorSanitizer, `WINHTTP_PROGRAMS=valgrind` runs them under valgrind: see `sanitize.sh`.

use std::collections::HashMap;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use winhttp_conformance::origin::certificates::{Authority, ClientAuth, Kind};
use winhttp_conformance::origin::{Answer, Conn, Origin, Routes, Script};

/// The width of WCHAR in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Bits16,
    Bits32,
}

const BOTH: [Width; 2] = [Width::Bits16, Width::Bits32];

/// How the programs are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watch {
    Plain,
    Sanitized,
    Valgrind,
}

fn watch() -> Watch {
    match env::var("WINHTTP_PROGRAMS").as_deref() {
        Ok("asan") => Watch::Sanitized,
        Ok("valgrind") => Watch::Valgrind,
        Ok(other) => panic!("WINHTTP_PROGRAMS={other}: asan or valgrind"),
        Err(_) => Watch::Plain,
    }
}

/// Where cargo has put the library that belongs to this test.
fn built() -> PathBuf {
    let test = env::current_exe().expect("the path of this test");
    let folder = test.parent().expect("a folder");
    folder.to_path_buf()
}

const SHARED: &str = if cfg!(target_os = "macos") { "libwinhttp.dylib" } else { "libwinhttp.so" };
const NAMED: &str = if cfg!(target_os = "macos") { "libwinhttp.1.dylib" } else { "libwinhttp.so.1" };

/// A folder of this test's own, with the library in it under both of its names.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("programs-{:?}", watch()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for programs");
        for (name, of) in [(SHARED, SHARED), (NAMED, SHARED), ("libwinhttp.a", "libwinhttp.a")] {
            let library = built().join(of);
            assert!(library.exists(), "{} was not built", library.display());
            std::os::unix::fs::symlink(&library, folder.join(name)).expect("a link to the library");
        }
        folder
    })
}

/// Builds a program, once.
fn build(name: &str, width: Width, linked_in: bool) -> PathBuf {
    static BUILT: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let which = format!("{name} {width:?} {linked_in}");
    built.get_or_insert_default().entry(which).or_insert_with(|| compile(name, width, linked_in)).clone()
}

fn compile(name: &str, width: Width, linked_in: bool) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = folder().join(format!("{name}-{width:?}{}", if linked_in { "-static" } else { "" }));
    let mut cc = Command::new(env::var("CC").unwrap_or_else(|_| "cc".into()));
    cc.args(["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]);
    if width == Width::Bits16 {
        cc.arg("-DWINHTTP_WCHAR16");
    }
    if watch() == Watch::Sanitized {
        cc.args(["-fsanitize=address,undefined", "-fno-omit-frame-pointer"]);
    }
    cc.arg("-I").arg(root.join("include"));
    cc.arg("-o").arg(&program).arg(root.join("examples").join(format!("{name}.c")));
    if linked_in {
        cc.arg(folder().join("libwinhttp.a"));
        if cfg!(target_os = "macos") {
            cc.args([
                "-framework",
                "CoreFoundation",
                "-framework",
                "Security",
                "-framework",
                "SystemConfiguration",
            ]);
        } else {
            cc.args(["-ldl", "-lm"]);
        }
    } else {
        cc.arg("-L").arg(folder()).arg("-lwinhttp");
        cc.arg(format!("-Wl,-rpath,{}", folder().display()));
    }
    cc.arg("-lpthread");
    let output = cc.output().expect("a C compiler");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    program
}

/// Runs a program to its end and gives what it printed. Fails when it fails or takes too long.
fn run(program: &Path, arguments: &[String]) -> String {
    let watched = watch();
    let limit = Duration::from_secs(if watched == Watch::Plain { 60 } else { 400 });
    let mut command = match watched {
        Watch::Valgrind => {
            let mut valgrind = Command::new("valgrind");
            valgrind.args(["-q", "--error-exitcode=99", "--fair-sched=yes", "--leak-check=full"]);
            valgrind.args(["--errors-for-leak-kinds=definite", "--show-leak-kinds=definite"]);
            let known = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/valgrind.supp");
            valgrind.arg(format!("--suppressions={known}"));
            valgrind.arg(program);
            valgrind
        }
        Watch::Plain | Watch::Sanitized => Command::new(program),
    };
    // Files, because a full pipe would stop the program.
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let printed = folder().join(format!("printed-{}", RUNS.fetch_add(1, Ordering::Relaxed)));
    let said = printed.with_extension("errors");
    // Cargo's own path would lead to a library of an earlier build.
    let path = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
    let mut child = command
        .args(arguments)
        .env(path, folder())
        .stdin(Stdio::null())
        .stdout(File::create(&printed).expect("a file"))
        .stderr(File::create(&said).expect("a file"))
        .spawn()
        .expect("the program starts");
    let begun = Instant::now();
    let mut late = false;
    while child.try_wait().expect("the program can be waited for").is_none() {
        if begun.elapsed() > limit {
            late = true;
            child.kill().expect("the program can be ended");
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let status = child.wait().expect("the program's end");
    let stdout = fs::read(&printed).expect("what it printed");
    let stderr = fs::read(&said).expect("what it printed");
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(!late, "{} took too long\n{stdout}{stderr}", program.display());
    assert!(status.success(), "{} {arguments:?}: {status}\n{stdout}{stderr}", program.display());
    stdout.into_owned()
}

/// Builds a program for both widths and runs each with these arguments.
fn both(name: &str, arguments: &[&str]) -> [String; 2] {
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    BOTH.map(|width| run(&build(name, width, false), &arguments))
}

fn origin() -> Origin {
    let routes = Routes::new()
        .fixed("/hello", "hello, world\n")
        .chunked("/chunked", &["one ", "two ", "three\n"])
        .counted("/counted", 100_000)
        .answer("/slow", Answer::new(200, "late").after(Duration::from_secs(600)))
        .redirect("/moved", 302, "/hello")
        .echo("/echo");
    Origin::serve(routes).expect("an origin")
}

fn scale(count: u32) -> String {
    let part = if watch() == Watch::Valgrind { 20 } else { 1 };
    (count / part).max(1).to_string()
}

#[test]
fn an_asynchronous_request_brings_the_body() {
    let origin = origin();
    let port = origin.port().to_string();
    for path in ["/hello", "/moved"] {
        for printed in both("get_async", &[&port, path]) {
            assert_eq!(printed, "200\nhello, world\n");
        }
    }
    for printed in both("get_async", &[&port, "/nothing"]) {
        assert_eq!(printed, "404\nnot found");
    }
}

#[test]
fn a_synchronous_request_brings_the_body() {
    let origin = origin();
    let port = origin.port().to_string();
    for printed in both("get_sync", &[&port, "/chunked"]) {
        assert_eq!(printed, "200\none two three\n");
    }
    for printed in both("get_sync", &[&port, "/counted"]) {
        assert_eq!(printed.len(), 4 + 100_000);
    }
}

#[test]
fn tls_shows_what_was_negotiated() {
    let authority = Authority::new().expect("an authority");
    let offer = authority.offer(Kind::Good).expect("a certificate");
    let origin = Origin::serve_tls(Routes::new().fixed("/hello", "secret\n"), offer).expect("an origin");
    let pem = folder().join("authority.pem");
    fs::write(&pem, authority.ca_pem()).expect("a file of certificates");
    let port = origin.port().to_string();
    for printed in both("get_sync", &[&port, "/hello", &pem.display().to_string()]) {
        assert_eq!(printed, "200\nsecret\n");
    }
}

#[test]
fn a_client_certificate_is_shown_to_a_server_that_asks() {
    let authority = Authority::new().expect("an authority");
    let offer = authority.offer_with(Kind::Good, ClientAuth::Required, false).expect("a certificate");
    let origin = Origin::serve_tls(Routes::new().fixed("/hello", "known\n"), offer).expect("an origin");
    let (certificate, key) = authority.client_pem().expect("a client's certificate");
    let files = [("known.pem", authority.ca_pem()), ("client.pem", &certificate), ("client.key", &key)];
    let files = files.map(|(name, text)| {
        let file = folder().join(name);
        fs::write(&file, text).expect("a file");
        file.display().to_string()
    });
    let port = origin.port().to_string();
    for printed in both("get_sync", &[&port, "/hello", &files[0], &files[1], &files[2]]) {
        assert_eq!(printed, "200\nknown\n");
    }
}

/// Runs openssl; false when there is none.
fn openssl(arguments: &[&str]) -> bool {
    match std::process::Command::new("openssl").args(arguments).output() {
        Ok(done) => {
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            true
        }
        Err(_) => false,
    }
}

#[test]
fn client_certificates_come_in_three_forms() {
    let authority = Authority::new().expect("an authority");
    let offer = authority.offer_with(Kind::Good, ClientAuth::Required, false).expect("a certificate");
    let origin = Origin::serve_tls(Routes::new().fixed("/hello", "known\n"), offer).expect("an origin");
    let (certificate, key) = authority.client_pem().expect("a client's certificate");
    let file = |name: &str| folder().join(name).display().to_string();
    for (name, text) in [("forms.pem", authority.ca_pem()), ("form.pem", &certificate), ("form.key", &key)] {
        fs::write(file(name), text).expect("a file");
    }
    let (port, known) = (origin.port().to_string(), file("forms.pem"));
    let (pem, key) = (file("form.pem"), file("form.key"));
    for printed in both("certificates", &[&port, &known, "pem", &pem, &key]) {
        assert_eq!(printed, "200\n1\n2\n");
    }
    let (der, der_key, p12) = (file("form.der"), file("form.key.der"), file("form.p12"));
    let converted = openssl(&["x509", "-in", &pem, "-outform", "DER", "-out", &der])
        && openssl(&["pkey", "-in", &key, "-outform", "DER", "-out", &der_key])
        && openssl(&[
            "pkcs12",
            "-export",
            "-in",
            &pem,
            "-inkey",
            &key,
            "-out",
            &p12,
            "-passout",
            "pass:open",
        ]);
    // Without openssl there is neither DER nor PKCS#12.
    if !converted {
        return;
    }
    for printed in both("certificates", &[&port, &known, "der", &der, &der_key]) {
        assert_eq!(printed, "200\n1\n2\n");
    }
    for printed in both("certificates", &[&port, &known, "pkcs12", &p12, "open"]) {
        assert_eq!(printed, "200\n1\n2\n");
    }
}

#[test]
fn an_upload_is_written_in_pieces() {
    let origin = origin();
    let port = origin.port().to_string();
    for printed in both("upload", &[&port, "/echo", "6", "10000"]) {
        assert_eq!(printed, "200\n60000\n");
    }
    let sent = origin.requests();
    assert!(sent.iter().all(|request| request.header("Content-Length").as_deref() == Some("60000")));
}

#[test]
fn what_is_closed_is_cancelled() {
    let origin = origin();
    let port = origin.port().to_string();
    for printed in both("cancel", &[&port, "/slow"]) {
        assert_eq!(printed, "ok\n");
    }
}

#[test]
fn many_requests_at_once_all_end() {
    let origin = origin();
    let port = origin.port().to_string();
    for printed in both("many", &[&port, "/counted", &scale(1000), "100000"]) {
        assert_eq!(printed, "ok\n");
    }
}

#[test]
fn handles_survive_the_torture() {
    let origin = origin();
    let port = origin.port().to_string();
    for name in ["torture", "torture_sync"] {
        for printed in both(name, &[&port, "/hello", &scale(300), "1"]) {
            assert_eq!(printed, "ok\n");
        }
    }
}

#[test]
fn the_edges_hold() {
    let origin = origin();
    let port = origin.port().to_string();
    for printed in both("edges", &[&port, "/hello", "/slow"]) {
        assert_eq!(printed, "ok\n");
    }
}

#[test]
fn a_websocket_gets_back_what_it_sends() {
    let plain = Origin::start(Script::new().every(Conn::new().upgrade().echo())).expect("an origin");
    let authority = Authority::new().expect("an authority");
    let offer = authority.offer(Kind::Good).expect("a certificate");
    let script = Script::new().every(Conn::new().tls(offer).upgrade().echo());
    let secure = Origin::start(script).expect("an origin");
    let pem = folder().join("websocket.pem");
    fs::write(&pem, authority.ca_pem()).expect("a file of certificates");
    for mode in ["sync", "async"] {
        let (plain, secure) = (plain.port().to_string(), secure.port().to_string());
        let over_tls = [&secure, "/chat", mode, &pem.display().to_string()];
        for arguments in [&[&plain, "/chat", mode][..], &over_tls] {
            for printed in both("websocket", arguments) {
                assert_eq!(printed, "hello\n100000\n1000 success\n", "{arguments:?}");
            }
        }
    }
    assert!(plain.frames().iter().all(|frame| frame.masked));
}

#[test]
fn tables_of_urls_and_requests() {
    for name in ["table_url", "table_request"] {
        for printed in both(name, &[]) {
            assert_eq!(printed, "ok\n");
        }
    }
}

#[test]
fn the_static_library_does_the_same() {
    let origin = origin();
    let port = origin.port().to_string();
    for width in BOTH {
        let program = build("get_async", width, true);
        assert_eq!(run(&program, &[port.clone(), "/hello".to_owned()]), "200\nhello, world\n");
    }
}
