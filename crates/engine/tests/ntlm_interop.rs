//! NTLM and Negotiate with software that nobody here wrote (cargo feature `ntlm`): Apache httpd with mod_auth_gssapi and
//! gss-ntlmssp, and squid with a helper of a few lines before the same gss-ntlmssp, which checks the password.
//!
//! They run where the programs are there. Where one is missing the test says so; `WINHTTP_INTEROP=required` makes that a
//! failure.
#![cfg(feature = "ntlm")]
#![allow(clippy::print_stdout, reason = "whoever plays it wants to know with whom")]

mod delivery_support;
mod interop_support;

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use delivery_support::{App, PATIENCE, abi, get, head, link, send};
use interop_support::{Peer, missing};
use winhttp_engine::credentials::{self, Asker};
use winhttp_engine::proxy::NamedProxy;
use winhttp_engine::{Handle, option, request};
use winhttp_proto::auth::Login;

const NTLM: u32 = abi::WINHTTP_AUTH_SCHEME_NTLM;
const NEGOTIATE: u32 = abi::WINHTTP_AUTH_SCHEME_NEGOTIATE;
const USER: &str = r"DOM\user";
const PASSWORD: &str = "pass wörd";
/// What makes NTLM a mechanism of the machine's GSSAPI.
const MECHANISM: &str = "/etc/gss/mech.d/mech.ntlmssp.conf";
const MODULES: &str = "/usr/lib/apache2/modules";

/// Starts `command`, which listens on a port that is free now; `write` makes its files in a folder.
fn start(what: &str, write: impl FnOnce(u16, &Path) -> Command) -> Option<Peer> {
    interop_support::start(what, PATIENCE, |port, folder| {
        std::fs::write(folder.join("users"), format!("DOM:user:{PASSWORD}\n")).expect("a file");
        let mut command = write(port, folder);
        command.env("NTLM_USER_FILE", folder.join("users"));
        command
    })
}

/// The mechanism is NTLM: nobody has tickets here.
fn apache() -> Option<Peer> {
    let module = Path::new(MODULES).join("mod_auth_gssapi.so");
    if !module.exists() {
        return missing("Apache with mod_auth_gssapi");
    }
    if !Path::new(MECHANISM).exists() {
        return missing("gss-ntlmssp");
    }
    start("Apache", |port, folder| {
        let loaded: String = ["mpm_event", "authn_core", "authz_core", "authz_user", "auth_gssapi"]
            .map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n"))
            .concat();
        let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        let user = if root { "User www-data\nGroup www-data\n" } else { "" };
        std::fs::create_dir(folder.join("www")).expect("a folder");
        std::fs::write(folder.join("www/page"), "secret").expect("a file");
        let place = folder.display();
        let text = format!(
            "{loaded}{user}ServerName localhost\nListen 127.0.0.1:{port}\nDefaultRuntimeDir {place}\n\
             PidFile {place}/pid\nErrorLog {place}/log\nMutex file:{place} default\nKeepAlive On\n\
             DocumentRoot {place}/www\n<Directory {place}/www>\nAuthType GSSAPI\n\
             GssapiAllowedMech ntlmssp\nGssapiConnectionBound On\nRequire valid-user\n</Directory>\n"
        );
        std::fs::write(folder.join("configuration"), text).expect("a file");
        let mut command = Command::new("apache2");
        command.args(["-X", "-f"]).arg(folder.join("configuration"));
        command
    })
}

/// Debian's interpreter: its module lies where others do not look.
const PYTHON: &str = "/usr/bin/python3";

fn squid() -> Option<Peer> {
    if !Path::new(MECHANISM).exists() {
        return missing("gss-ntlmssp");
    }
    let module = Command::new(PYTHON).args(["-c", "import gssapi"]).stderr(Stdio::null()).status();
    if !module.is_ok_and(|status| status.success()) {
        return missing("python3-gssapi");
    }
    start("squid", |port, folder| {
        let place = folder.display();
        std::fs::write(folder.join("helper.py"), include_str!("interop/ntlm_helper.py")).expect("a file");
        let text = format!(
            "auth_param ntlm program {PYTHON} {place}/helper.py\nauth_param ntlm children 4 startup=1\n\
             auth_param ntlm keep_alive on\nhttp_port 127.0.0.1:{port}\npid_filename none\naccess_log none\n\
             cache_log {place}/log\ncache deny all\ncoredump_dir {place}\npinger_enable off\n\
             shutdown_lifetime 0 seconds\nacl known proxy_auth REQUIRED\n\
             http_access allow known\nhttp_access deny all\n"
        );
        std::fs::write(folder.join("configuration"), text).expect("a file");
        let mut command = Command::new("squid");
        command.args(["-N", "-f"]).arg(folder.join("configuration"));
        command
    })
}

fn login(request: Handle, asker: Asker, scheme: u32, password: &str) {
    let login = Login { user: USER.into(), password: password.into() };
    credentials::set(request, asker, scheme, Some(login)).expect("credentials");
}

/// Sends and receives, synchronously; the status and the body.
fn exchange(request: Handle) -> (u16, Vec<u8>) {
    send(request).expect("a send");
    request::receive(request).expect("a reply");
    let (status, mut all) = (request::status(request).expect("a status"), Vec::new());
    loop {
        let (buffer, count) = request::read_owned(request, vec![0; 4096].into_boxed_slice()).expect("a read");
        if count == 0 {
            return (status, all);
        }
        all.extend_from_slice(&buffer[..count]);
    }
}

fn dialled(app: &App, request: Handle) -> usize {
    app.count(request, delivery_support::CONNECTING)
}

/// What holds for every server that checks the password.
fn checks(name: &str, peer: &Peer, schemes: &[u32]) {
    for &scheme in schemes {
        let app = App::new();
        let session = app.session(false);
        let link = link(session, peer.port);
        let nobody = get(link, "/page");
        assert_eq!(exchange(nobody).0, 401, "{name}");
        let (offer, asker) = credentials::offered(nobody).expect("an offer");
        assert_eq!(asker, Asker::Server, "{name}");
        assert_ne!(offer.supported & scheme, 0, "{name} offers {:x}", offer.supported);

        let first = get(link, "/page");
        login(first, Asker::Server, scheme, PASSWORD);
        assert_eq!(exchange(first), (200, b"secret".to_vec()), "{name}, {scheme:x}");
        // The login belongs to the connection: another request of the same user needs none.
        let second = get(link, "/page");
        login(second, Asker::Server, scheme, PASSWORD);
        assert_eq!(exchange(second), (200, b"secret".to_vec()), "{name}, {scheme:x}");
        assert_eq!(dialled(&app, second), 0, "{name}, {scheme:x}");
        assert_eq!(app.count(second, delivery_support::SENDING), 1, "{name}, {scheme:x}");

        let wrong = get(link, "/page");
        login(wrong, Asker::Server, scheme, "wrong");
        assert_eq!(exchange(wrong).0, 401, "{name}, {scheme:x}");
        let stranger = get(link, "/page");
        assert_eq!(exchange(stranger).0, 401, "{name}, {scheme:x}: a connection with a login is not lent");
        app.close_all(&[nobody, first, second, wrong, stranger, link, session]);
    }
    println!("played with {name}");
}

#[test]
fn apache_checks_the_password() {
    if let Some(peer) = apache() {
        checks("Apache, gss-ntlmssp", &peer, &[NTLM, NEGOTIATE]);
    }
}

/// One server behind the proxy, which knows of no login.
fn origin() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                while let Some(head) = head(&mut stream) {
                    assert!(!head.to_ascii_lowercase().contains("proxy-authorization"), "{head}");
                    let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nbehind";
                    if stream.write_all(reply).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[test]
fn squid_lets_in_by_ntlm() {
    let Some(peer) = squid() else { return };
    let behind = origin();
    let app = App::new();
    let session = app.session(false);
    let named = NamedProxy::new(&format!("127.0.0.1:{}", peer.port), "").expect("a list");
    option::set_proxy(session, Some(Arc::new(named))).expect("a proxy");
    let link = link(session, behind);
    let nobody = get(link, "/page");
    assert_eq!(exchange(nobody).0, 407);
    let (offer, asker) = credentials::offered(nobody).expect("an offer");
    assert_eq!((offer.supported, asker), (NTLM, Asker::Proxy));
    let mut requests = vec![nobody];
    for number in 0..3 {
        let request = get(link, "/page");
        login(request, Asker::Proxy, NTLM, PASSWORD);
        assert_eq!(exchange(request), (200, b"behind".to_vec()), "{number}");
        requests.push(request);
    }
    // A body that the application writes itself is asked for again, and squid takes it in the end.
    let config = request::Config { method: b"POST".into(), target: b"/post".into(), ..Default::default() };
    let post = request::open(link, &config).expect("a request");
    login(post, Asker::Proxy, NTLM, PASSWORD);
    let mut rounds = 0;
    loop {
        rounds += 1;
        assert!(rounds < 5);
        delivery_support::send_total(post, 0).expect("a send");
        match request::receive(post) {
            Ok(_) => break,
            Err(error) => assert_eq!(error.0, abi::ERROR_WINHTTP_RESEND_REQUEST),
        }
    }
    assert_eq!(request::status(post), Ok(200));
    let wrong = get(link, "/page");
    login(wrong, Asker::Proxy, NTLM, "wrong");
    assert_eq!(exchange(wrong).0, 407);
    requests.extend([post, wrong]);
    requests.extend([link, session]);
    app.close_all(&requests);
    println!("played with squid");
}
