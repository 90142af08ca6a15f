//! The clients: how they are built and how one is run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use crate::Failure;
use crate::origin::Origin;
use crate::record::Record;
use crate::scenario::{Scenario, Site};

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A C program on `winhttp.h`.
    Ours,
    /// libcurl's multi interface on epoll.
    CurlSocket,
    /// libcurl's multi interface on `curl_multi_poll`.
    CurlPoll,
    /// One thread of mio, httparse and rustls: what our own parts cost without the contract.
    Mio,
    /// One thread of epoll, OpenSSL for TLS.
    Raw,
}

/// A client that takes longer than this is ended.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the built clients are.
pub(crate) struct Clients {
    folder: PathBuf,
    pub(crate) library: PathBuf,
}

impl Clients {
    /// Builds whatever there is to build. `lib` is the folder of `libwinhttp.so`.
    pub(crate) fn build(folder: &Path, lib: Option<&str>) -> Result<Clients, Failure> {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
        let include = crates.join("../capi/include").canonicalize()?;
        let library = match lib {
            Some(folder) => Path::new(folder).canonicalize()?,
            None => build_library()?,
        };
        if !library.join("libwinhttp.so").exists() {
            return Err(format!("there is no libwinhttp.so in {}", library.display()).into());
        }
        let clients = Clients { folder: folder.to_owned(), library };
        let library = clients.library.to_string_lossy().into_owned();
        let flags = [
            "-DWINHTTP_WCHAR16".to_owned(),
            format!("-I{}", include.display()),
            format!("-I{}", include.join("compat").display()),
            format!("-L{library}"),
            format!("-Wl,-rpath,{library}"),
        ];
        clients.compile("ours", "ours", &flags, &["-lwinhttp", "-lpthread"])?;
        // As one whose library is installed: the loader does not look for it in thirty folders.
        let (search, installed) = flags.split_last().ok_or("no flags")?;
        debug_assert!(search.contains("rpath"));
        clients.compile("ours", "ours_installed", installed, &["-lwinhttp", "-lpthread"])?;
        clients.compile("curl", "curl", &[], &["-lcurl"])?;
        clients.compile("raw", "raw", &[], &["-lssl", "-lcrypto"])?;
        clients.compile("origin", "origin", &[], &["-lssl", "-lcrypto"])?;
        clients.compile("echo", "echo", &[], &["-lcrypto"])?;
        clients.compile("ws_ours", "ws_ours", &flags, &["-lwinhttp", "-lpthread"])?;
        clients.compile("ws_raw", "ws_raw", &[], &[])?;
        clients.compile("allocs", "allocs.so", &["-shared".into(), "-fPIC".into()], &[])?;
        Ok(clients)
    }

    fn compile(&self, source: &str, name: &str, flags: &[String], libs: &[&str]) -> Result<(), Failure> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("c").join(source).with_extension("c");
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
        let output = Command::new(&compiler)
            .args(["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra"])
            .args(flags)
            .arg("-o")
            .arg(self.folder.join(name))
            .arg(&source)
            .args(libs)
            .output()
            .map_err(|error| format!("{compiler}: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "{} does not build; are a C compiler, libcurl and OpenSSL with headers installed \
             (Debian: gcc libcurl4-openssl-dev libssl-dev)?\n{said}",
            source.display()
        )
        .into())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The command of a client for a scenario, without its count.
    pub(crate) fn command(
        &self,
        peer: Peer,
        scenario: &Scenario,
        origin: &Origin,
    ) -> Result<Command, Failure> {
        let mut command = match peer {
            Peer::Ours if scenario.site == Site::Echo => Command::new(self.path("ws_ours")),
            Peer::Raw if scenario.site == Site::Echo => Command::new(self.path("ws_raw")),
            Peer::Ours if scenario.name.starts_with("start-") => {
                let mut command = Command::new(self.path("ours_installed"));
                command.env("LD_PRELOAD", self.library.join("libwinhttp.so"));
                command
            }
            Peer::Ours => Command::new(self.path("ours")),
            Peer::CurlSocket | Peer::CurlPoll => Command::new(self.path("curl")),
            Peer::Raw => Command::new(self.path("raw")),
            Peer::Mio => Command::new(std::env::current_exe()?.with_file_name("floor_mio")),
        };
        let roots = if scenario.many_roots { &origin.many_roots } else { &origin.root };
        command
            .args(&scenario.flags)
            .args(["-u", &origin.url(scenario.site, scenario.path)])
            .arg("--ca")
            .arg(roots)
            .env("BENCH_DRIVE", if peer == Peer::CurlPoll { "poll" } else { "socket" });
        if peer == Peer::Ours && scenario.site.encrypted() {
            command.env("SSL_CERT_FILE", roots);
        }
        Ok(command)
    }
}

fn build_library() -> Result<PathBuf, Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let built = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
        .args(["build", "--release", "-p", "winhttp-capi"])
        .current_dir(&root)
        .status()?;
    if !built.success() {
        return Err("the library does not build".into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("release").canonicalize()?)
}

/// Runs a client to its end. What it wrote to standard error comes with a failure.
pub(crate) fn finish(mut command: Command) -> Result<Record, Failure> {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC)?;
    command.env("BENCH_SPAWNED_NS", (now.tv_sec() * 1_000_000_000 + now.tv_nsec()).to_string());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let began = Instant::now();
    let mut nap = Duration::from_millis(2);
    while child.try_wait()?.is_none() {
        if began.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Err(format!("{command:?} was still running after {PATIENCE:?}").into());
        }
        std::thread::sleep(nap);
        nap = (nap * 2).min(Duration::from_millis(50));
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    match Record::last_of(&said) {
        Some(record) if output.status.success() && record.get("errors") == Some(0.0) => Ok(record),
        _ => {
            Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
        }
    }
}

/// Puts this thread, and what it starts from now on, on one processor, where that can be done and there are several.
pub(crate) fn pin(processor: usize) {
    #[cfg(target_os = "linux")]
    if std::thread::available_parallelism().is_ok_and(|count| count.get() > processor) {
        let mut set = nix::sched::CpuSet::new();
        // Where it is refused the figures are noisier, not wrong.
        let _ = set
            .set(processor)
            .and_then(|()| nix::sched::sched_setaffinity(nix::unistd::Pid::from_raw(0), &set));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = processor;
}
