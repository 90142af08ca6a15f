//! Against OpenSSL: its server as the peer, its tools as the maker of certificates, revocation lists and OCSP
//! responses that the tests' own tools cannot make. Skipped, with the reason printed, where there is no `openssl`.

mod verdict_support;

use std::io::{self, BufRead, BufReader, IoSlice, Read};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use verdict_support::forge::{CA, DATE, INVALID, NAME, REV_FAILED, REVOKED};
use winhttp_abi::{WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3};
use winhttp_engine::wire::tls::{
    ClientIdentity, Ending, ExtraRoots, Handshake, Tls, TlsConfigs, TlsFault, TlsPolicy,
};
use winhttp_engine::wire::verdict::{Presented, RevocationLists, judge};

/// A folder of its own with an authority made by openssl, or nothing where there is no openssl.
struct Workshop {
    folder: PathBuf,
}

impl Workshop {
    #[allow(clippy::print_stderr, reason = "says why nothing was tested")]
    fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let version = Command::new("openssl").arg("version").output();
        let Ok(version) = version else {
            eprintln!("skipped: no openssl on this machine");
            return None;
        };
        let version = String::from_utf8_lossy(&version.stdout).into_owned();
        if !version.starts_with("OpenSSL 3") {
            eprintln!("skipped: these commands are for OpenSSL 3, found {version}");
            return None;
        }
        let name = format!("verdict-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("folder");
        let workshop = Self { folder };
        workshop.run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 30");
        workshop.write("server.ext", b"subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n");
        workshop.write("client.ext", b"extendedKeyUsage=clientAuth\n");
        Some(workshop)
    }

    /// Runs one openssl command, written as in a shell without quotes.
    fn run(&self, command: &str) {
        let output = Command::new("openssl")
            .args(command.split_whitespace())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .expect("openssl");
        assert!(output.status.success(), "openssl {command}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A key and a certificate of the authority's; `key` and `sign` are further arguments.
    fn certificate(&self, name: &str, key: &str, sign: &str) {
        self.run(&format!("req -newkey {key} -nodes -keyout {name}.key -out {name}.csr -subj /CN=localhost"));
        self.run(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -out {name}.pem -days 30 {sign}"
        ));
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.join(name), bytes).expect("write");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name)).expect("read")
    }

    /// A certificate as DER.
    fn der(&self, name: &str) -> Vec<u8> {
        self.run(&format!("x509 -in {name}.pem -outform DER -out {name}.der"));
        self.read(&format!("{name}.der"))
    }

    fn policy(&self) -> TlsPolicy {
        let roots = ExtraRoots::from_pem(&self.read("ca.pem")).expect("authority");
        TlsPolicy { extra_roots: Some(Arc::new(roots)), ..TlsPolicy::default() }
    }

    fn serve(&self, name: &str, more: &str) -> Server {
        Server::start(&self.folder, &format!("-cert {name}.pem -key {name}.key {more}"))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // A folder that cannot be removed is left to the system.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// `openssl s_server`, answering requests with a page about itself.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Path, arguments: &str) -> Self {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-www"])
            .args(arguments.split_whitespace())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("s_server");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("ACCEPT ")?.rsplit(':').next()?.trim().parse().ok());
        // Its output is read to the end, so that it never waits for a reader.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, port: port.expect("port") }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("connect");
        stream.set_nonblocking(true).expect("socket");
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn shake(tls: &mut Tls, stream: &mut TcpStream) -> Result<(), TlsFault> {
    for _ in 0..10_000 {
        match tls.handshake(stream) {
            Handshake::Done => return Ok(()),
            Handshake::Failed(fault) => return Err(fault),
            _ => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    panic!("the handshake never ends");
}

/// A request and all of its answer.
fn get(tls: &mut Tls, stream: &mut TcpStream) -> Vec<u8> {
    tls.write(stream, &[IoSlice::new(b"GET / HTTP/1.0\r\n\r\n")]).expect("write");
    let (mut answer, mut buf) = (Vec::new(), [0; 4096]);
    for _ in 0..10_000 {
        match tls.read(stream, &mut buf) {
            Ok(0) => return answer,
            Ok(n) => answer.extend_from_slice(&buf[..n]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(1))
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the answer never ends");
}

fn outcome(server: &Server, policy: &TlsPolicy) -> Result<Tls, TlsFault> {
    let mut tls = Tls::start(&TlsConfigs::new(), policy, "localhost")?;
    let mut stream = server.connect();
    shake(&mut tls, &mut stream).map(|()| tls)
}

#[test]
fn a_page_from_s_server() {
    let Some(workshop) = Workshop::new() else { return };
    workshop.certificate("good", "rsa:2048", "-extfile server.ext");
    for (version, flag) in
        [("-tls1_2", WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2), ("-tls1_3", WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3)]
    {
        let server = workshop.serve("good", version);
        let configs = TlsConfigs::new();
        for round in 0..2 {
            let mut tls = Tls::start(&configs, &workshop.policy(), "localhost").expect("start");
            let mut stream = server.connect();
            shake(&mut tls, &mut stream).expect("handshake");
            let page = get(&mut tls, &mut stream);
            assert!(page.starts_with(b"HTTP/1.0 200 ok\r\n"), "{}", String::from_utf8_lossy(&page));
            assert_eq!(tls.ending(), Ending::CloseNotify);
            let report = tls.report();
            assert_eq!((report.protocol_flag, report.resumed), (flag, round == 1));
            assert_eq!((report.verdict.faults, report.chain.len()), (0, 1));
        }
    }
}

#[test]
fn old_protocols_and_other_peers() {
    let Some(workshop) = Workshop::new() else { return };
    workshop.certificate("good", "rsa:2048", "-extfile server.ext");
    for old in ["-tls1", "-tls1_1"] {
        let server = workshop.serve("good", &format!("{old} -cipher DEFAULT@SECLEVEL=0"));
        let fault = outcome(&server, &workshop.policy()).expect_err("too old");
        assert_eq!((fault.error, fault.bits), (12157, 0x8000_0000), "{fault}");
    }
    let server = workshop.serve("good", "-tls1_2 -cipher AES128-SHA@SECLEVEL=0");
    let fault = outcome(&server, &workshop.policy()).expect_err("no common suite");
    assert_eq!((fault.error, fault.bits), (12157, 0x8000_0000), "{fault}");
}

#[test]
fn certificates_that_only_openssl_makes() {
    let Some(workshop) = Workshop::new() else { return };
    let ec = "ec -pkeyopt ec_paramgen_curve:P-256";
    let faults = |name: &str, expected: u32| {
        let server = workshop.serve(name, "-cipher ALL@SECLEVEL=0");
        match outcome(&server, &workshop.policy()) {
            Ok(_) => assert_eq!(expected, 0, "{name}"),
            Err(fault) => {
                assert_eq!((fault.error, fault.bits), (12175, expected), "{name}: {fault}");
                let report = fault.report.expect("report");
                assert_eq!(report.chain.first(), Some(&workshop.der(name)), "{name}");
            }
        }
    };
    workshop.certificate("ec", ec, "-extfile server.ext");
    faults("ec", 0);
    workshop.certificate("ec384", "ec -pkeyopt ec_paramgen_curve:P-384", "-sha384 -extfile server.ext");
    faults("ec384", 0);
    workshop.certificate("rsa4096", "rsa:4096", "-sha384 -extfile server.ext");
    faults("rsa4096", 0);
    workshop.certificate("v1", ec, "");
    faults("v1", 0);
    // What `openssl x509 -req -signkey` makes, and many an appliance has: both protocols, by key alone.
    workshop.run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout alone.key -out alone.csr -subj /CN=localhost");
    workshop.run("x509 -req -in alone.csr -signkey alone.key -out alone.pem -days 30");
    workshop.run("req -newkey rsa:2048 -nodes -keyout alone-rsa.key -out alone-rsa.csr -subj /CN=localhost");
    workshop.run("x509 -req -in alone-rsa.csr -signkey alone-rsa.key -out alone-rsa.pem -days 30");
    for name in ["alone", "alone-rsa"] {
        faults(name, CA);
        for protocols in [WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3] {
            let server = workshop.serve(name, "");
            let ignore = winhttp_abi::SECURITY_FLAG_IGNORE_UNKNOWN_CA;
            let policy = TlsPolicy { protocols, ignore, ..workshop.policy() };
            outcome(&server, &policy).unwrap_or_else(|fault| panic!("{name} {protocols:#x}: {fault}"));
        }
    }
    workshop.certificate("sha1", ec, "-sha1 -extfile server.ext");
    faults("sha1", INVALID);
    workshop.run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout self.key -out self.pem -subj /CN=localhost -days 30");
    faults("self", CA);
    // The openssl command makes nothing that has expired.
    let expired = verdict_support::forge::params(Some("elsewhere"), (2020, 2021));
    let key = verdict_support::forge::key();
    workshop.write("many.pem", expired.self_signed(&key).expect("certificate").pem().as_bytes());
    workshop.write("many.key", key.serialize_pem().as_bytes());
    faults("many", CA | NAME | DATE);
    // A short key has no fault on Windows, but the TLS library takes no signature of it.
    workshop.certificate("rsa1024", "rsa:1024", "-extfile server.ext");
    let server = workshop.serve("rsa1024", "-cipher ALL@SECLEVEL=0");
    let fault = outcome(&server, &workshop.policy()).expect_err("short key");
    assert_eq!((fault.error, fault.bits), (12157, 0x8000_0000), "{fault}");
}

#[test]
fn client_certificates_with_s_server() {
    let Some(workshop) = Workshop::new() else { return };
    workshop.certificate("good", "rsa:2048", "-extfile server.ext");
    workshop.certificate("client", "rsa:2048", "-extfile client.ext");
    let identity = ClientIdentity::from_pem(&workshop.read("client.pem"), &workshop.read("client.key"))
        .expect("identity");
    let identity = Arc::new(identity);
    for version in ["-tls1_2", "-tls1_3"] {
        let server = workshop.serve("good", &format!("{version} -Verify 1 -CAfile ca.pem"));
        let nothing = workshop.policy();
        let fault = outcome(&server, &nothing).expect_err("none chosen");
        assert_eq!((fault.error, fault.bits), (12044, 0), "{fault}");
        assert_eq!(fault.report.expect("report").issuers.len(), 1);
        let chosen = TlsPolicy { client: Some(identity.clone()), ..nothing.clone() };
        let mut tls = Tls::start(&TlsConfigs::new(), &chosen, "localhost").expect("start");
        let mut stream = server.connect();
        shake(&mut tls, &mut stream).expect("handshake");
        assert!(get(&mut tls, &mut stream).starts_with(b"HTTP/1.0 200 ok"));
        let server = workshop.serve("good", &format!("{version} -verify 1 -CAfile ca.pem"));
        let without = TlsPolicy { no_client: true, ..nothing };
        let mut tls = Tls::start(&TlsConfigs::new(), &without, "localhost").expect("start");
        let mut stream = server.connect();
        shake(&mut tls, &mut stream).expect("handshake");
        assert!(get(&mut tls, &mut stream).starts_with(b"HTTP/1.0 200 ok"));
    }
}

#[cfg(feature = "pkcs12")]
#[test]
fn containers_by_openssl() {
    use winhttp_engine::wire::tls::IdentityError;
    let Some(workshop) = Workshop::new() else { return };
    for (name, key) in [("rsa", "rsa:2048"), ("ec", "ec -pkeyopt ec_paramgen_curve:P-256")] {
        workshop.certificate(name, key, "-extfile client.ext");
        let plain = ClientIdentity::from_pem(
            &workshop.read(&format!("{name}.pem")),
            &workshop.read(&format!("{name}.key")),
        );
        let plain = plain.expect("identity");
        for (more, chain) in [
            ("", 1),
            ("-certfile ca.pem", 2),
            ("-certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1", 1),
            ("-certpbe AES-128-CBC -keypbe AES-192-CBC -macalg sha512", 1),
            ("-certpbe DES-EDE3-CBC -keypbe AES-256-CBC -macalg sha384 -iter 1 -noiter -nomaciter", 1),
            ("-certpbe NONE -keypbe NONE", 1),
            ("-nomac", 1),
        ] {
            workshop.run(&format!(
                "pkcs12 -export -inkey {name}.key -in {name}.pem -out {name}.p12 -passout pass:secret {more}"
            ));
            let container = workshop.read(&format!("{name}.p12"));
            let identity = ClientIdentity::from_pkcs12(&container, "secret").expect(more);
            assert_eq!(identity.certificate(), plain.certificate());
            assert_eq!(identity == plain, chain == 1);
            let wrong = ClientIdentity::from_pkcs12(&container, "guess");
            assert!(matches!(wrong, Err(IdentityError::Container(_))), "{wrong:?}");
            for cut in (0..container.len()).step_by(37) {
                assert!(ClientIdentity::from_pkcs12(&container[..cut], "secret").is_err(), "cut at {cut}");
            }
        }
        workshop
            .run(&format!("pkcs12 -export -inkey {name}.key -in {name}.pem -out {name}.p12 -passout pass:"));
        let open = ClientIdentity::from_pkcs12(&workshop.read(&format!("{name}.p12")), "");
        assert_eq!(open.expect("without a password"), plain);
    }
}

/// As tools made them until a few years ago; OpenSSL makes them where its old ciphers are installed.
#[cfg(feature = "pkcs12")]
#[test]
#[allow(clippy::print_stderr, reason = "says why nothing was tested")]
fn old_containers_by_openssl() {
    let Some(workshop) = Workshop::new() else { return };
    let providers = Command::new("openssl").args(["list", "-providers", "-provider", "legacy"]).output();
    if !providers.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: openssl without its legacy provider");
        return;
    }
    workshop.certificate("old", "rsa:2048", "-extfile client.ext");
    let plain =
        ClientIdentity::from_pem(&workshop.read("old.pem"), &workshop.read("old.key")).expect("identity");
    for cipher in ["PBE-SHA1-RC2-40", "PBE-SHA1-RC2-128", "PBE-SHA1-3DES"] {
        workshop.run(&format!(
            "pkcs12 -export -legacy -certpbe {cipher} -keypbe {cipher} -macalg sha1 -inkey old.key -in old.pem -out old.p12 -passout pass:secret"
        ));
        let container = workshop.read("old.p12");
        assert_eq!(ClientIdentity::from_pkcs12(&container, "secret").expect(cipher), plain);
        let wrong = ClientIdentity::from_pkcs12(&container, "guess");
        assert!(wrong.is_err_and(|error| error.to_string().contains("password")), "{cipher}");
    }
}

#[test]
fn revocation_by_openssl() {
    let Some(workshop) = Workshop::new() else { return };
    workshop.certificate("good", "rsa:2048", "-set_serial 5 -extfile server.ext");
    workshop.certificate("bad", "rsa:2048", "-set_serial 6 -extfile server.ext");
    // The authority's book: serial 5 stands, serial 6 is revoked.
    workshop.write(
        "index.txt",
        b"V\t400101000000Z\t\t05\tunknown\t/CN=localhost\nR\t400101000000Z\t250101000000Z\t06\tunknown\t/CN=localhost\n",
    );
    workshop.write(
        "ca.cnf",
        b"[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\ndefault_crl_days=7\n",
    );
    workshop.write("number", b"01\n");
    workshop.run("ca -config ca.cnf -gencrl -cert ca.pem -keyfile ca.key -out list.pem");
    workshop.run("crl -in list.pem -outform DER -out list.der");
    let lists = || Arc::new(RevocationLists::from_der(vec![workshop.read("list.der")]));
    // Without a number it is of version 1: what the command makes by its own settings.
    workshop.write(
        "old.cnf",
        b"[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=7\n",
    );
    workshop.run("ca -config old.cnf -gencrl -cert ca.pem -keyfile ca.key -out old.pem");
    workshop.run("crl -in old.pem -outform DER -out old.der");
    let old = workshop.read("old.der");
    assert_ne!(old.get(6..9), Some(&[2, 1, 1][..]), "version 1 is not written down");
    let policy = TlsPolicy { revocation: true, ..workshop.policy() };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("clock").as_secs();
    for (name, expected) in [("good", 0), ("bad", REVOKED)] {
        workshop.run(&format!("ocsp -issuer ca.pem -cert {name}.pem -reqout {name}.req"));
        workshop.run(&format!(
            "ocsp -index index.txt -rsigner ca.pem -rkey ca.key -CA ca.pem -reqin {name}.req -respout {name}.ocsp -ndays 7"
        ));
        let chain = [workshop.der(name)];
        let ocsp = workshop.read(&format!("{name}.ocsp"));
        let presented = |ocsp| Presented { chain: &chain, ocsp, host: "localhost", now };
        assert_eq!(judge(&policy, &presented(&[]), None).faults, REV_FAILED, "{name}, nothing known");
        assert_eq!(judge(&policy, &presented(&[]), Some(lists())).faults, expected, "{name}, list");
        let by = |list: &[u8], now| {
            let lists = RevocationLists::from_der(vec![list.to_vec()]);
            judge(&policy, &Presented { now, ..presented(&[]) }, Some(Arc::new(lists))).faults
        };
        assert_eq!(by(&old, now), expected, "{name}, list of version 1");
        assert_ne!(by(&old, now + 8 * 86400) & (REVOKED | REV_FAILED), 0, "{name}, old list of version 1");
        for cut in 0..old.len() {
            assert_eq!(by(&old[..cut], now), REV_FAILED, "{name}, list of version 1 cut at {cut}");
        }
        for at in 0..old.len() {
            let mut changed = old.clone();
            changed[at] ^= 1;
            assert_eq!(by(&changed, now), REV_FAILED, "{name}, list of version 1 changed at {at}");
        }
        assert_eq!(judge(&policy, &presented(&ocsp), None).faults, expected, "{name}, response");
        for version in ["-tls1_2", "-tls1_3"] {
            let server = workshop.serve(name, &format!("{version} -status_file {name}.ocsp"));
            match outcome(&server, &policy) {
                Ok(_) => assert_eq!(expected, 0, "{name}, stapled"),
                Err(fault) => {
                    assert_eq!((fault.error, fault.bits), (12175, expected), "{name}, stapled: {fault}")
                }
            }
            let server = workshop.serve(name, version);
            let fault = outcome(&server, &policy).expect_err("unknown");
            assert_eq!((fault.error, fault.bits), (12175, REV_FAILED), "{name}");
            let mut tls =
                Tls::start(&TlsConfigs::with_revocation(lists()), &policy, "localhost").expect("start");
            let outcome = shake(&mut tls, &mut server.connect());
            assert_eq!(outcome.err().map_or(0, |fault| fault.bits), expected, "{name}, by list");
        }
    }
}

#[test]
fn nothing_but_a_listener() {
    // A peer that takes the connection and says nothing: no decision, the time-out is another's.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("listener");
    let mut stream = TcpStream::connect(listener.local_addr().expect("address")).expect("connect");
    stream.set_nonblocking(true).expect("socket");
    let mut tls = Tls::start(&TlsConfigs::new(), &TlsPolicy::default(), "localhost").expect("start");
    for _ in 0..3 {
        assert!(matches!(tls.handshake(&mut stream), Handshake::WantRead));
    }
    // It resets: the connection broke, no certificate was at fault.
    let (mut peer, _) = listener.accept().expect("accept");
    let mut hello = [0; 16];
    peer.read_exact(&mut hello).expect("hello");
    assert_eq!(hello[0], 22);
    drop(peer);
    let fault = shake(&mut tls, &mut stream).expect_err("reset");
    assert_eq!((fault.error, fault.bits), (12030, 0), "{fault}");
}
