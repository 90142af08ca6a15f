//! Finding and running the machine's C and C++ compilers.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// How wide text is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wide {
    /// The platform's `wchar_t`.
    Native,
    /// `WINHTTP_WCHAR16`.
    Wchar16,
    /// `-fshort-wchar`.
    Short,
}

impl Wide {
    fn flag(self) -> Option<&'static str> {
        match self {
            Wide::Native => None,
            Wide::Wchar16 => Some("-DWINHTTP_WCHAR16"),
            Wide::Short => Some("-fshort-wchar"),
        }
    }

    /// The width it gives.
    pub(crate) fn bits(self) -> u32 {
        if self == Wide::Native { 32 } else { 16 }
    }
}

/// A compiler that is there.
#[derive(Clone, Debug)]
pub(crate) struct Compiler {
    name: &'static str,
    cxx: bool,
    clang: bool,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of `tests/c`.
pub(crate) fn c_file(name: &str) -> PathBuf {
    root().join("tests/c").join(name)
}

/// A source written for one test.
pub(crate) fn temporary(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the temporary directory can be written");
    path
}

/// The names of all headers of `include/compat`.
pub(crate) fn compat_headers() -> Vec<String> {
    let entries = std::fs::read_dir(root().join("include/compat")).expect("include/compat");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("an ASCII name"))
        .filter(|name| name.ends_with(".h"))
        .collect();
    names.sort();
    names
}

/// The text of one of them.
pub(crate) fn compat_text(name: &str) -> String {
    std::fs::read_to_string(root().join("include/compat").join(name)).expect("a header")
}

/// The compilers for this machine: `cc` must be there, the others may be.
pub(crate) fn native() -> Vec<Compiler> {
    let mut found = Vec::new();
    for (name, cxx) in [("cc", false), ("clang", false), ("c++", true), ("clang++", true)] {
        found.extend(Compiler::find(name, cxx));
    }
    assert!(found.iter().any(|compiler| compiler.name == "cc"), "these tests need a C compiler named cc");
    found
}

impl Compiler {
    /// The compiler of that name, or none, saying so.
    pub(crate) fn find(name: &'static str, cxx: bool) -> Option<Compiler> {
        let Ok(output) = Command::new(name).arg("--version").output() else {
            #[allow(clippy::print_stderr)]
            {
                eprintln!("skipped: {name} is not installed");
            }
            return None;
        };
        let clang = String::from_utf8_lossy(&output.stdout).contains("clang");
        Some(Compiler { name, cxx, clang })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn is_cxx(&self) -> bool {
        self.cxx
    }

    pub(crate) fn is_clang(&self) -> bool {
        self.clang
    }

    fn command(&self, source: &Path, mode: Wide, flags: &[&str]) -> Command {
        let mut command = Command::new(self.name);
        command.args(["-Wall", "-Wextra", "-Werror"]);
        command.args(if self.cxx { ["-std=c++17", "-xc++"] } else { ["-std=c11", "-xc"] });
        for directory in ["include", "include/compat"] {
            command.arg("-I").arg(root().join(directory));
        }
        command.args(mode.flag()).args(flags.iter().filter(|flag| !flag.starts_with("-l"))).arg(source);
        // Libraries come behind what needs them.
        command.args(flags.iter().filter(|flag| flag.starts_with("-l")));
        command
    }

    fn syntax(&self, source: &Path, mode: Wide, flags: &[&str]) -> Output {
        let mut command = self.command(source, mode, flags);
        command.arg("-fsyntax-only").output().expect("the compiler runs")
    }

    /// The source compiles without a warning.
    pub(crate) fn accepts(&self, source: &Path, mode: Wide, flags: &[&str]) {
        let output = self.syntax(source, mode, flags);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {mode:?} {flags:?} {}:\n{said}", self.name, source.display());
    }

    /// The source compiles with the compiler's own headers only.
    pub(crate) fn accepts_bare(&self, source: &Path, flags: &[&str]) {
        let mut command = Command::new(self.name);
        command.args(["-Wall", "-Wextra", "-Werror", "-fsyntax-only"]).args(flags).arg(source);
        let output = command.output().expect("the compiler runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {flags:?} {}:\n{said}", self.name, source.display());
    }

    /// The source does not compile, and the compiler says why.
    pub(crate) fn refuses(&self, source: &Path, mode: Wide, flags: &[&str], why: &str) {
        let output = self.syntax(source, mode, flags);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{} {mode:?} accepts {}", self.name, source.display());
        assert!(said.contains("error") && said.contains(why), "{} says:\n{said}", self.name);
    }

    /// The assembly a source is compiled to.
    pub(crate) fn assembly(&self, source: &Path, mode: Wide, flags: &[&str]) -> String {
        let mut command = self.command(source, mode, flags);
        // A function pointer of another type is wanted here.
        command.args(["-Wno-cast-function-type", "-S", "-o", "-"]);
        let output = command.output().expect("the compiler runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {}:\n{said}", self.name, source.display());
        String::from_utf8(output.stdout).expect("assembly is text")
    }

    /// A program made of the source, under a name of its own.
    pub(crate) fn program(&self, source: &Path, mode: Wide, flags: &[&str]) -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{count}-{}", self.name, std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let output =
            self.command(source, mode, flags).arg("-o").arg(&path).output().expect("the compiler runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {}:\n{said}", self.name, source.display());
        path
    }
}
