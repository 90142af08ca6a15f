//! Link facts that cargo has no field for.

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// The name that programs remember: the number changes with the binary interface.
const SONAME: &str = "libwinhttp.so.1";

/// Functions with the same instructions are kept once. Nothing here tells functions apart by their address.
const FOLD: &str = "-Wl,--icf=all";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => {
            // The library has threads that live as long as the process: it is never unloaded.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
            if packs_relocations() {
                println!("cargo:rustc-cdylib-link-arg=-Wl,-z,pack-relative-relocs");
            }
            let hot = hot();
            let arguments = [FOLD, "-T", hot.as_str()];
            println!("cargo:rerun-if-env-changed=WINHTTP_HOT");
            let wanted = env::var("WINHTTP_HOT").as_deref() != Ok("0");
            let optimised = env::var("PROFILE").as_deref() == Ok("release");
            if wanted && optimised && linker_takes(&arguments) {
                for argument in arguments {
                    println!("cargo:rustc-cdylib-link-arg={argument}");
                }
            }
            load_late();
            name_in_build_folder();
        }
        Ok("macos") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libwinhttp.1.dylib");
        }
        _ => {}
    }
}

/// Whether the loader of the machine that the library is built for, which is this one, reads packed relocations: the GNU C
/// library does since 2.36. They take 10 KB instead of 240.
///
/// A library built here runs with this C library and later ones anyway: its symbols have the versions of today.
fn packs_relocations() -> bool {
    println!("cargo:rerun-if-env-changed=WINHTTP_PACK_RELOCATIONS");
    match env::var("WINHTTP_PACK_RELOCATIONS").as_deref() {
        Ok("0") => return false,
        Ok("1") => return true,
        _ => {}
    }
    if env::var("HOST") != env::var("TARGET") || env::var("CARGO_CFG_TARGET_ENV").as_deref() != Ok("gnu") {
        return false;
    }
    // "glibc 2.36"
    let Ok(said) = Command::new("getconf").arg("GNU_LIBC_VERSION").output() else { return false };
    let said = String::from_utf8_lossy(&said.stdout);
    let Some((major, minor)) = said.split_whitespace().last().and_then(|version| version.split_once('.'))
    else {
        return false;
    };
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    (number(major), number(minor)) >= (2, 36)
}

/// Puts in front of the unwinder and the mathematical library what looks for them when they are needed (late/late.c): a
/// program that starts does not load them. `WINHTTP_LATE=0` and a machine without a C compiler link them as usual.
fn load_late() {
    println!("cargo:rerun-if-changed=late/late.c");
    println!("cargo:rerun-if-env-changed=WINHTTP_LATE");
    let is = |name: &str, values: &[&str]| env::var(name).is_ok_and(|value| values.contains(&value.as_str()));
    // Elsewhere the unwinder has other functions, or the C library another one.
    let known = is("CARGO_CFG_TARGET_ENV", &["gnu"]) && is("CARGO_CFG_TARGET_ARCH", &["x86_64", "aarch64"]);
    if !known || is("WINHTTP_LATE", &["0"]) {
        return;
    }
    let mut compiler = cc::Build::new();
    // What is unwound passes through these functions, which have the names of others.
    for flag in ["-fno-builtin", "-fexceptions", "-fasynchronous-unwind-tables", "-fvisibility=hidden"] {
        compiler.flag(flag);
    }
    compiler.opt_level_str("s").debug(false).warnings(false).cargo_metadata(false).cargo_warnings(false);
    if let Ok(objects) = compiler.file("late/late.c").try_compile_intermediates() {
        for object in objects {
            println!("cargo:rustc-cdylib-link-arg={}", object.display());
        }
    }
}

/// The list of functions that are to lie side by side (scripts/hot; `WINHTTP_HOT=0` leaves it out).
fn hot() -> String {
    println!("cargo:rerun-if-changed=hot.ld");
    format!("{}/hot.ld", env::var("CARGO_MANIFEST_DIR").unwrap_or_default())
}

/// Whether the linker that this build uses knows these arguments: they are tried on an empty library. LLVM's folds functions and is
/// what rustc brings for x86-64 Linux since 1.90; GNU's does not.
fn linker_takes(arguments: &[&str]) -> bool {
    let (Some(rustc), Some(target), Some(out)) =
        (env::var_os("RUSTC"), env::var_os("TARGET"), env::var_os("OUT_DIR").map(PathBuf::from))
    else {
        return false;
    };
    let source = out.join("empty.rs");
    if std::fs::write(&source, "").is_err() {
        return false;
    }
    let mut rustc = Command::new(rustc);
    rustc
        .args(["--crate-name", "empty", "--crate-type", "cdylib", "--edition", "2024", "--target"])
        .arg(target);
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    rustc.args(flags.split('\x1f').filter(|flag| !flag.is_empty()));
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.arg("-C").arg(format!("linker={linker}"));
    }
    for argument in arguments {
        rustc.arg("-C").arg(format!("link-arg={argument}"));
    }
    rustc.arg("--out-dir").arg(&out).arg(source);
    rustc.output().is_ok_and(|output| output.status.success())
}

/// Programs built against the library where cargo leaves it look for it under its soname: the name is put there too.
fn name_in_build_folder() {
    let Some(out) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    // OUT_DIR is <target>/<profile>/build/<package>/out.
    let Some(profile) = out.ancestors().nth(3) else { return };
    for folder in [profile.to_path_buf(), profile.join("deps")] {
        let name = folder.join(SONAME);
        #[cfg(unix)]
        if folder.is_dir() && !name.exists() && name.symlink_metadata().is_err() {
            // Without the name only programs run from the build folder suffer; packages bring their own.
            let _ = std::os::unix::fs::symlink("libwinhttp.so", &name);
        }
        #[cfg(not(unix))]
        let _ = name;
    }
}
