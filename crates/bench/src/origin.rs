//! The origins: nginx for everything quick, an own small one for what drips and what swallows.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};

use crate::Failure;
use crate::scenario::Site;

/// Length of the large file, in bytes.
const BIG: usize = 128 << 20;

/// Running origins on loopback. They end with it.
pub(crate) struct Origin {
    children: Vec<Child>,
    ports: [u16; 6],
    folder: PathBuf,
    /// The authority's certificate.
    pub(crate) root: PathBuf,
    /// The same among the machine's authorities.
    pub(crate) many_roots: PathBuf,
}

impl Origin {
    /// Starts what serves. `slow` is the small origin's program; that of the WebSocket echo lies beside it.
    pub(crate) fn start(folder: &Path, slow: &Path) -> Result<Origin, Failure> {
        let (root, many_roots) = certificates(folder)?;
        // In memory where the system has such a place: a disk is not what is measured.
        let shared = Path::new("/dev/shm");
        let base = if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
        let files = base.join(format!("winhttp-bench-{}", std::process::id()));
        fs::create_dir_all(&files)?;
        let mut origin =
            Origin { children: vec![], ports: free_ports()?, folder: files.clone(), root, many_roots };
        fs::write(files.join("big"), vec![0u8; BIG])?;
        let conf = folder.join("nginx.conf");
        fs::write(&conf, nginx_conf(folder, &files, &origin.ports)?)?;
        let nginx = Command::new("nginx")
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(&conf)
            .arg("-e")
            .arg(folder.join("nginx.log"))
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("nginx: {error}; install it (Debian: apt-get install nginx-light)"))?;
        origin.children.push(nginx);
        for (at, encrypted) in [(3, false), (4, true), (5, false)] {
            let mut command =
                Command::new(if at == 5 { slow.with_file_name("echo") } else { slow.to_owned() });
            command.arg("1000").stdout(Stdio::piped());
            if encrypted {
                command.arg(folder.join("leaf.pem")).arg(folder.join("leaf.key"));
            }
            let mut child = command.spawn()?;
            let mut line = String::new();
            if let Some(out) = child.stdout.take() {
                BufReader::new(out).read_line(&mut line)?;
            }
            origin.children.push(child);
            origin.ports[at] = line.trim().parse().map_err(|_| "the slow origin does not say its port")?;
        }
        origin.await_nginx()?;
        Ok(origin)
    }

    fn await_nginx(&self) -> Result<(), Failure> {
        for _ in 0..100 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.ports[0])).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("nginx does not answer".into())
    }

    /// Where a scenario goes.
    pub(crate) fn url(&self, site: Site, path: &str) -> String {
        let port = self.ports[match site {
            Site::Plain => 0,
            Site::Tls => 1,
            Site::TlsForgetful => 2,
            Site::Slow => 3,
            Site::SlowTls => 4,
            Site::Echo => 5,
        }];
        let scheme = if site.encrypted() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{port}{path}")
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        for child in &mut self.children {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Free now; that nobody takes one before nginx does is likely enough.
fn free_ports() -> Result<[u16; 6], Failure> {
    let mut ports = [0; 6];
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

fn nginx_conf(folder: &Path, files: &Path, ports: &[u16; 6]) -> Result<String, Failure> {
    let at = folder.display();
    let [plain, tls, forgetful, ..] = ports;
    let small = "0123456789abcdef".repeat(8);
    let mut conf = format!(
        "daemon off; master_process off; pid {at}/nginx.pid; error_log {at}/nginx.log crit;\n\
         events {{ worker_connections 24000; multi_accept on; }}\n\
         http {{\n\
         access_log off; server_tokens off; sendfile on; tcp_nodelay on; sendfile_max_chunk 2m;\n\
         keepalive_timeout 600s; keepalive_requests 1000000000; default_type application/octet-stream;\n\
         root {};\n",
        files.display()
    );
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        writeln!(conf, "{kind}_temp_path {at}/{kind};")?;
    }
    write!(
        conf,
        "ssl_certificate {at}/leaf.pem; ssl_certificate_key {at}/leaf.key;\n\
         ssl_protocols TLSv1.2 TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;\n\
         ssl_ecdh_curve X25519:prime256v1; ssl_buffer_size 16k;\n\
         server {{ listen 127.0.0.1:{plain} backlog=8192; listen 127.0.0.1:{tls} ssl backlog=8192;\n\
         ssl_session_cache shared:S:20m; ssl_session_tickets on;\n\
         location = /small {{ return 200 \"{small}\"; }} location = /big {{ }} }}\n\
         server {{ listen 127.0.0.1:{forgetful} ssl backlog=8192; ssl_session_cache off; ssl_session_tickets off;\n\
         location = /small {{ return 200 \"{small}\"; }} }}\n}}\n"
    )?;
    Ok(conf)
}

/// An authority and a leaf for 127.0.0.1, both on P-256.
fn certificates(folder: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let mut params = CertificateParams::new(vec![])?;
    params.distinguished_name.push(DnType::CommonName, "winhttp-bench authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let mut params = CertificateParams::new(vec!["localhost".into()])?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2049, 1, 1);
    let key = KeyPair::generate()?;
    let leaf = params.signed_by(&key, &authority)?;
    fs::write(folder.join("leaf.pem"), leaf.pem())?;
    fs::write(folder.join("leaf.key"), key.serialize_pem())?;
    let root = folder.join("root.pem");
    fs::write(&root, authority.pem())?;
    let many = folder.join("roots.pem");
    let system =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
    let mut all = system.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    all.push_str(&authority.pem());
    fs::write(&many, all)?;
    Ok((root, many))
}
