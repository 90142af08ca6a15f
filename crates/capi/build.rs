//! Link facts that cargo has no field for.

use std::env;
use std::path::PathBuf;

/// The name that programs remember: the number changes with the binary interface.
const SONAME: &str = "libwinhttp.so.1";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => {
            // The library has threads that live as long as the process: it is never unloaded.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
            name_in_build_folder();
        }
        Ok("macos") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libwinhttp.1.dylib");
        }
        _ => {}
    }
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
