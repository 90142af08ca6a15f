//! Redirects, authentication and packed bodies with servers that nobody here wrote: nginx and Apache httpd.
//!
//! They run where the programs are there. Where one is missing the test says so and plays with the other;
//! `WINHTTP_INTEROP=required` makes that a failure.

#![allow(clippy::print_stdout, reason = "what is not played is said")]

mod plain;

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use plain::{Handles, answer, set_number, wide};
use winhttp::exports::auth::narrow::{WinHttpQueryAuthSchemes, WinHttpSetCredentials};
use winhttp::exports::request::narrow::WinHttpSendRequest;
use winhttp_abi as abi;

const USER: &str = "user";
const PASSWORD: &str = "pass-word";
/// SHA-1 of the password, as both servers take it.
const BASIC_FILE: &str = "user:{SHA}Q77z6rNBh9cdfh2cwwfF58B2Zag=\n";
/// MD5 of `user:digest:pass-word`.
const DIGEST_FILE: &str = "user:digest:89fab9e882a1089d1b9de31118b15b52\n";
/// What a packed file holds.
const TEXT: &str = "the same line again and again\n";
const TIMES: usize = 3000;

/// A server in another process, with its files; both end with this value.
struct Server {
    name: &'static str,
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file");
}

/// Starts a server with the configuration that `configure` makes of a port and a folder; `None` where it is missing.
fn start(
    name: &'static str,
    program: &str,
    arguments: &[&str],
    configure: impl Fn(u16, &str) -> String,
) -> Option<Server> {
    use std::os::unix::fs::PermissionsExt;
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("winhttp-server-{}-{number}", std::process::id()));
    std::fs::create_dir_all(folder.join("www/private")).expect("a folder");
    std::fs::create_dir_all(folder.join("www/digest")).expect("a folder");
    for open in ["", "www", "www/private", "www/digest"] {
        // The server may give its rights up.
        let mode = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.join(open), mode).expect("a mode");
    }
    write(&folder, "www/text.txt", &TEXT.repeat(TIMES));
    write(&folder, "www/final.txt", "final\n");
    write(&folder, "www/private/page.txt", "private\n");
    write(&folder, "www/digest/page.txt", "digest\n");
    write(&folder, "basic", BASIC_FILE);
    write(&folder, "digest", DIGEST_FILE);
    // Neither program can say which port it was given: one that is free now is likely to stay so.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let file = folder.join("configuration");
    std::fs::write(&file, configure(port, folder.to_str().expect("a path in UTF-8"))).expect("a file");
    let mut command = Command::new(program);
    command.args(arguments).arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut server = match command.spawn() {
        Ok(child) => Server { name, child, port, folder },
        Err(error) => {
            println!("not played: {name}: {program}: {error}");
            assert!(std::env::var("WINHTTP_INTEROP").as_deref() != Ok("required"), "{name} is missing");
            // Nothing else is in it.
            let _ = std::fs::remove_dir_all(&folder);
            return None;
        }
    };
    let patience = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = server.child.try_wait().expect("a child");
        let log = || std::fs::read_to_string(server.folder.join("log")).unwrap_or_default();
        assert!(ended.is_none() && Instant::now() < patience, "{name} does not start: {ended:?} {}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(server)
}

fn nginx() -> Option<Server> {
    start("nginx", "nginx", &["-e", "/dev/null", "-c"], |port, folder| {
        let hops: String = [301, 302, 303, 307, 308]
            .map(|status| format!("location = /{status} {{ return {status} /final; }}\n"))
            .concat();
        let user = if running_as_root() { "user root;" } else { "" };
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {folder}/{name};\n"))
            .concat();
        format!(
            "{user} daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;
             events {{ worker_connections 64; }}
             http {{ access_log off; {temporary} default_type text/plain; gzip on; gzip_types text/plain;
               gzip_min_length 1000;
               server {{ listen 127.0.0.1:{port}; root {folder}/www;
                 {hops}
                 location = /relative {{ return 302 final; }}
                 location = /loop {{ return 302 /loop; }}
                 location = /final {{ return 200 \"$request_method $content_length\"; }}
                 location /private/ {{ auth_basic \"basic\"; auth_basic_user_file {folder}/basic; }}
               }} }}"
        )
    })
}

fn apache() -> Option<Server> {
    let modules = "/usr/lib/apache2/modules";
    if !Path::new(modules).exists() {
        println!("not played: Apache httpd: no modules in {modules}");
        assert!(std::env::var("WINHTTP_INTEROP").as_deref() != Ok("required"), "Apache httpd is missing");
        return None;
    }
    start("httpd", "apache2", &["-X", "-f"], |port, folder| {
        let loaded: String = [
            "mpm_event",
            "authn_core",
            "authn_file",
            "authz_core",
            "authz_user",
            "auth_basic",
            "auth_digest",
            "alias",
            "filter",
            "deflate",
            "dir",
        ]
        .map(|name| format!("LoadModule {name}_module {modules}/mod_{name}.so\n"))
        .concat();
        let hops: String = [301, 302, 303, 307, 308]
            .map(|status| format!("Redirect {status} /{status} /final.txt\n"))
            .concat();
        let user = if running_as_root() { "User www-data\nGroup www-data\n" } else { "" };
        format!(
            "{loaded}{user}ServerName localhost\nListen 127.0.0.1:{port}\nDefaultRuntimeDir {folder}\n\
             PidFile {folder}/pid\nErrorLog {folder}/log\nMutex file:{folder} default\n\
             DocumentRoot {folder}/www\n{hops}Redirect 302 /loop /loop\n\
             <Directory {folder}/www>\nRequire all granted\nSetOutputFilter DEFLATE\n</Directory>\n\
             <Location /private>\nAuthType Basic\nAuthName basic\nAuthUserFile {folder}/basic\n\
             Require valid-user\n</Location>\n\
             <Location /digest>\nAuthType Digest\nAuthName digest\nAuthDigestProvider file\n\
             AuthUserFile {folder}/digest\nRequire valid-user\n</Location>\n"
        )
    })
}

fn running_as_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn servers() -> Vec<Server> {
    [nginx(), apache()].into_iter().flatten().collect()
}

fn status(handles: &Handles) -> String {
    handles.header(abi::WINHTTP_QUERY_STATUS_CODE, "").expect("a status")
}

fn body(handles: &Handles) -> String {
    let mut all = Vec::new();
    loop {
        match handles.read(10_000) {
            part if part.is_empty() => return String::from_utf8(all).expect("text"),
            part => all.extend(part),
        }
    }
}

fn post(handles: &Handles, data: &mut [u8]) -> u32 {
    let length = data.len() as u32;
    // SAFETY: the data outlives the exchange, which is over before this test's scope is.
    let code = answer(|| unsafe {
        WinHttpSendRequest(handles.request, std::ptr::null(), 0, data.as_mut_ptr().cast(), length, length, 0)
    });
    if code != 0 { code } else { handles.receive() }
}

#[test]
fn redirects_are_followed() {
    for server in servers() {
        let name = server.name;
        for hop in ["/301", "/302", "/303", "/307", "/308", "/relative"] {
            if name == "httpd" && hop == "/relative" {
                continue;
            }
            let handles = Handles::new("127.0.0.1", server.port, "GET", hop);
            handles.exchange();
            assert_eq!(status(&handles), "200", "{name} {hop}");
            let found = body(&handles);
            assert!(found == "final\n" || found == "GET ", "{name} {hop}: {found}");
        }
        // Only one of the two can tell which method came.
        if name == "nginx" {
            for (hop, wanted) in [("/301", "GET "), ("/303", "GET "), ("/307", "POST 5"), ("/308", "POST 5")]
            {
                let handles = Handles::new("127.0.0.1", server.port, "POST", hop);
                assert_eq!(post(&handles, &mut b"hello".to_vec()), 0, "{hop}");
                assert_eq!(body(&handles), wanted, "{hop}");
            }
        }
        let handles = Handles::new("127.0.0.1", server.port, "GET", "/loop");
        assert_eq!(handles.send(), 0);
        assert_eq!(handles.receive(), abi::ERROR_WINHTTP_REDIRECT_FAILED, "{name}");
        let handles = Handles::new("127.0.0.1", server.port, "GET", "/302");
        let never = abi::WINHTTP_OPTION_REDIRECT_POLICY_NEVER;
        assert_eq!(set_number(handles.request, abi::WINHTTP_OPTION_REDIRECT_POLICY, never), 0);
        handles.exchange();
        assert_eq!(status(&handles), "302", "{name}");
    }
}

#[test]
fn credentials_open_what_is_private() {
    for server in servers() {
        let name = server.name;
        let places: &[(&str, u32, &str)] = match name {
            "nginx" => &[("/private/page.txt", abi::WINHTTP_AUTH_SCHEME_BASIC, "private\n")],
            _ => &[
                ("/private/page.txt", abi::WINHTTP_AUTH_SCHEME_BASIC, "private\n"),
                ("/digest/page.txt", abi::WINHTTP_AUTH_SCHEME_DIGEST, "digest\n"),
            ],
        };
        for &(path, scheme, wanted) in places {
            let handles = Handles::new("127.0.0.1", server.port, "GET", path);
            handles.exchange();
            assert_eq!(status(&handles), "401", "{name} {path}");
            let (mut supported, mut first, mut target) = (0, 0, 9);
            // SAFETY: places for three numbers.
            let code = answer(|| unsafe {
                WinHttpQueryAuthSchemes(handles.request, &raw mut supported, &raw mut first, &raw mut target)
            });
            assert_eq!((code, supported, first, target), (0, scheme, scheme, 0), "{name} {path}");
            for (password, status_wanted) in [("wrong", "401"), (PASSWORD, "200")] {
                let (user, password) = (wide(USER), wide(password));
                // SAFETY: texts that end with a NUL.
                let code = answer(|| unsafe {
                    WinHttpSetCredentials(
                        handles.request,
                        abi::WINHTTP_AUTH_TARGET_SERVER,
                        scheme,
                        user.as_ptr(),
                        password.as_ptr(),
                        std::ptr::null_mut(),
                    )
                });
                assert_eq!(code, 0);
                handles.exchange();
                assert_eq!(status(&handles), status_wanted, "{name} {path}");
            }
            assert_eq!(body(&handles), wanted, "{name} {path}");
        }
    }
}

#[test]
fn packed_bodies_are_unpacked() {
    for server in servers() {
        let name = server.name;
        let handles = Handles::new("127.0.0.1", server.port, "GET", "/text.txt");
        handles.exchange();
        let plain = body(&handles);
        assert!(plain == TEXT.repeat(TIMES), "{name}");
        for _ in 0..2 {
            let all = abi::WINHTTP_DECOMPRESSION_FLAG_ALL;
            assert_eq!(set_number(handles.request, abi::WINHTTP_OPTION_DECOMPRESSION, all), 0);
            handles.exchange();
            let coding = handles.header(abi::WINHTTP_QUERY_CONTENT_ENCODING, "");
            assert_eq!(coding, Err(abi::ERROR_WINHTTP_HEADER_NOT_FOUND), "{name}: hidden");
            assert!(handles.available() > 0);
            assert!(body(&handles) == plain, "{name}");
        }
        // By hand: as it comes.
        assert_eq!(set_number(handles.request, abi::WINHTTP_OPTION_DECOMPRESSION, 0), 0);
        assert_eq!(handles.add("Accept-Encoding: gzip", abi::WINHTTP_ADDREQ_FLAG_ADD), 0);
        handles.exchange();
        assert_eq!(handles.header(abi::WINHTTP_QUERY_CONTENT_ENCODING, "").as_deref(), Ok("gzip"), "{name}");
        let mut packed = 0;
        loop {
            match handles.read(4096).len() {
                0 => break,
                more => packed += more,
            }
        }
        assert!((1..plain.len() / 10).contains(&packed), "{name}: {packed} bytes");
    }
}
