//! The three libraries under test: how a probe is built for each and how it is started.
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::origin::certificates::Authority;

/// The subjects that there are.
pub const NAMES: [&str; 4] = ["native", "wine", "wine-native", "windows"];

/// Where things lie.
#[derive(Debug, Clone)]
pub struct Places {
    /// The repository.
    pub root: PathBuf,
    /// Where probes, traces and reports go.
    pub out: PathBuf,
    /// A folder with the library to test, instead of cargo's.
    pub library: Option<PathBuf>,
    /// A probe that is already built.
    pub probe: Option<PathBuf>,
}

/// A subject that is ready to play.
#[derive(Debug, Clone)]
pub struct Subject {
    /// `native`, `wine`, `wine-native` or `windows`.
    pub name: String,
    /// The command that starts the probe.
    pub command: Vec<OsString>,
    /// Environment of the probe.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether the threads of its notifications are compared.
    pub threads: bool,
    /// What to run when done.
    pub farewell: Option<Vec<OsString>>,
}

impl Subject {
    /// Whether it is this project's library.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self.name.as_str(), "native" | "wine-native")
    }

    /// Whether Wine runs it.
    #[must_use]
    pub fn under_wine(&self) -> bool {
        matches!(self.name.as_str(), "wine" | "wine-native")
    }
}

/// Why a subject cannot be played, in words for a person.
#[derive(Debug, Clone)]
pub struct Unavailable(pub String);

fn sources(places: &Places) -> Result<Vec<PathBuf>, Unavailable> {
    let folder = places.root.join("conformance/probe");
    let entries =
        std::fs::read_dir(&folder).map_err(|e| Unavailable(format!("{}: {e}", folder.display())))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "c"));
    files.sort();
    Ok(files)
}

fn build(program: &str, args: &[OsString], what: &str) -> Result<(), Unavailable> {
    let result = Command::new(program).args(args).stdin(Stdio::null()).output();
    match result {
        Err(e) => Err(Unavailable(format!("{what}: {program} cannot be run ({e})"))),
        Ok(o) if o.status.success() => Ok(()),
        Ok(o) => Err(Unavailable(format!(
            "{what}: {program} failed\n{}{}",
            String::from_utf8_lossy(&o.stdout),
            String::from_utf8_lossy(&o.stderr)
        ))),
    }
}

fn os(text: impl Into<OsString>) -> OsString {
    text.into()
}

/// Folders in which cargo leaves libraries, the one this program lies in first.
fn target_folders(places: &Places) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(folder) = std::env::current_exe().ok().and_then(|e| e.parent().map(Path::to_path_buf)) {
        folders.push(folder);
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| places.root.join("target"), PathBuf::from);
    for profile in ["release", "debug"] {
        folders.push(target.join(profile));
    }
    folders
}

/// A folder in which the library also has the name that its soname or install name asks for, as an installation has.
fn linked(places: &Places, folder: &Path, file: &str) -> Result<PathBuf, Unavailable> {
    let links = places.out.join("lib");
    let fault = |e: std::io::Error| Unavailable(format!("{}: {e}", links.display()));
    std::fs::create_dir_all(&links).map_err(fault)?;
    let library = folder.join(file).canonicalize().map_err(fault)?;
    for name in [file, "libwinhttp.so.1", "libwinhttp.1.dylib"] {
        let link = links.join(name);
        // What lay there is an older link or nothing.
        let _ = std::fs::remove_file(&link);
        #[cfg(unix)]
        std::os::unix::fs::symlink(&library, &link).map_err(fault)?;
        #[cfg(not(unix))]
        std::fs::copy(&library, &link).map_err(fault)?;
    }
    links.canonicalize().map_err(fault)
}

/// Builds the probe against this project's library.
fn native(places: &Places) -> Result<Subject, Unavailable> {
    let file = if cfg!(target_os = "macos") { "libwinhttp.dylib" } else { "libwinhttp.so" };
    let folders = places.library.clone().map_or_else(|| target_folders(places), |l| vec![l]);
    let Some(folder) = folders.iter().find(|f| f.join(file).exists()) else {
        return Err(Unavailable(format!(
            "the native library ({file}) is not built. Build it with: cargo build --release -p winhttp-capi"
        )));
    };
    let include = places.root.join("crates/capi/include");
    if !include.join("winhttp.h").exists() {
        return Err(Unavailable(format!("there is no {}", include.join("winhttp.h").display())));
    }
    let folder = linked(places, folder, file)?;
    let probe = places.out.join("probe-native");
    if places.probe.is_none() {
        let mut args: Vec<OsString> =
            ["-std=c11", "-D_GNU_SOURCE", "-O1", "-g", "-Wall", "-DWINHTTP_WCHAR16"]
                .into_iter()
                .map(os)
                .collect();
        args.push(os(format!("-I{}", include.display())));
        args.push(os("-o"));
        args.push(probe.clone().into());
        args.extend(sources(places)?.into_iter().map(OsString::from));
        args.push(os(format!("-L{}", folder.display())));
        args.push(os("-lwinhttp"));
        args.push(os(format!("-Wl,-rpath,{}", folder.display())));
        args.push(os("-lpthread"));
        let cc = std::env::var("CC").unwrap_or_else(|_| "cc".into());
        build(&cc, &args, "building the probe for the native library")?;
    }
    let command = vec![places.probe.clone().unwrap_or(probe).into()];
    Ok(Subject { name: "native".into(), command, environment: Vec::new(), threads: true, farewell: None })
}

/// The random numbers of Rust's standard library, which Wine has had only since version 9.
const SHIM: &str = "bcryptprimitives.dll";

fn windows_probe(places: &Places, compiler: &str) -> Result<PathBuf, Unavailable> {
    if let Some(probe) = &places.probe {
        return Ok(probe.clone());
    }
    let probe = places.out.join("probe-windows.exe");
    let mut args: Vec<OsString> = ["-std=gnu11", "-O1", "-g", "-Wall", "-o"].into_iter().map(os).collect();
    args.push(probe.clone().into());
    args.extend(sources(places)?.into_iter().map(OsString::from));
    args.extend(["-lwinhttp", "-lcrypt32", "-lversion"].into_iter().map(os));
    build(compiler, &args, "building the probe for winhttp.dll")?;
    Ok(probe)
}

/// Builds the probe with mingw and makes a Wine prefix that trusts the test authority.
fn wine(places: &Places, authority: &Authority, own: bool) -> Result<Subject, Unavailable> {
    let launcher = ["wine", "wine64"]
        .into_iter()
        .find(|w| {
            Command::new(w).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
        })
        .ok_or_else(|| Unavailable("Wine is not installed (Debian: apt-get install wine wine64)".into()))?;
    let mut probe = windows_probe(places, "x86_64-w64-mingw32-gcc").map_err(|Unavailable(e)| {
        Unavailable(format!("{e}\n(Debian: apt-get install gcc-mingw-w64-x86-64)"))
    })?;
    if own {
        let dll = places.library.clone().map(|l| l.join("winhttp.dll")).filter(|d| d.exists()).ok_or_else(
            || Unavailable("wine-native needs --library FOLDER with this project's winhttp.dll in it".into()),
        )?;
        let folder = places.out.join("wine-native");
        let copy = |from: &Path, to: &Path| {
            std::fs::copy(from, to).map_err(|e| Unavailable(format!("{}: {e}", to.display())))
        };
        std::fs::create_dir_all(&folder).map_err(|e| Unavailable(e.to_string()))?;
        let beside = folder.join("probe-windows.exe");
        copy(&probe, &beside)?;
        copy(&dll, &folder.join("winhttp.dll"))?;
        // What the DLL needs and this Wine may lack lies beside it.
        let shim = dll.with_file_name(SHIM);
        if shim.exists() {
            copy(&shim, &folder.join(SHIM))?;
        }
        probe = beside;
    }
    let prefix = std::env::var_os("WINHTTP_CONFORMANCE_WINEPREFIX")
        .map_or_else(|| places.out.join("wine-prefix"), PathBuf::from);
    let overrides = if own { "winhttp=n" } else { "winhttp=b" };
    let environment: Vec<(OsString, OsString)> = vec![
        (os("WINEPREFIX"), prefix.clone().into()),
        (os("WINEDEBUG"), os("-all")),
        (os("WINEDLLOVERRIDES"), os(format!("{overrides};mscoree,mshtml="))),
    ];
    if !prefix.join("system.reg").exists() {
        std::fs::create_dir_all(&prefix).map_err(|e| Unavailable(format!("{}: {e}", prefix.display())))?;
        let made = Command::new(launcher)
            .args(["wineboot", "-i"])
            .envs(environment.clone())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|e| Unavailable(format!("wineboot: {e}")))?;
        if !made.success() {
            return Err(Unavailable(format!("wineboot failed: {made}")));
        }
    }
    let der = places.out.join("ca.der");
    std::fs::write(&der, authority.ca_der()).map_err(|e| Unavailable(format!("{}: {e}", der.display())))?;
    let trusted = Command::new(launcher)
        .arg(&probe)
        .arg("--trust")
        .arg(format!("Z:{}", der.canonicalize().unwrap_or(der).display()))
        .envs(environment.clone())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|e| Unavailable(format!("Wine: {e}")))?;
    if !trusted.success() {
        return Err(Unavailable(format!("the Wine prefix did not take the test authority: {trusted}")));
    }
    Ok(Subject {
        name: if own { "wine-native" } else { "wine" }.into(),
        command: vec![os(launcher), probe.into()],
        environment,
        threads: own,
        farewell: Some(vec![os("wineserver"), os("-k")]),
    })
}

fn windows(places: &Places) -> Result<Subject, Unavailable> {
    if !cfg!(windows) {
        return Err(Unavailable(
            "the real winhttp.dll is only on Windows; its traces are recorded by the conformance workflow"
                .into(),
        ));
    }
    let probe = windows_probe(places, "gcc")?;
    Ok(Subject {
        name: "windows".into(),
        command: vec![probe.into()],
        environment: Vec::new(),
        threads: true,
        farewell: None,
    })
}

/// Makes a subject ready: builds its probe, sees that it trusts the test authority.
///
/// # Errors
/// Why it cannot be played here, in words for a person.
pub fn prepare(name: &str, places: &Places, authority: &Authority) -> Result<Subject, Unavailable> {
    std::fs::create_dir_all(&places.out)
        .map_err(|e| Unavailable(format!("{}: {e}", places.out.display())))?;
    let mut subject = match name {
        "native" => native(places),
        "wine" => wine(places, authority, false),
        "wine-native" => wine(places, authority, true),
        "windows" => windows(places),
        other => Err(Unavailable(format!("there is no subject \"{other}\" ({})", NAMES.join(", ")))),
    }?;
    if matches!(name, "native" | "wine-native") {
        let pem = places.out.join("ca.pem");
        std::fs::write(&pem, authority.ca_pem())
            .map_err(|e| Unavailable(format!("{}: {e}", pem.display())))?;
        let pem = pem.canonicalize().unwrap_or(pem);
        let drive = if name == "wine-native" { "Z:" } else { "" };
        subject.environment.push((os("SSL_CERT_FILE"), os(format!("{drive}{}", pem.display()))));
    }
    Ok(subject)
}
