//! Link facts that cargo has no field for.

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// The name that programs remember: the number changes with the binary interface.
const SONAME: &str = "libwinhttp.so.1";

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
