//! What a program loads with the library, and that what is looked for later is found.

#![cfg(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64")))]

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::{env, fs};

/// Ends its thread inside the callback that tells of the connect handle.
const LEAVES: &str = r#"
#include <pthread.h>
#include <winhttp.h>
static void CALLBACK heard(HINTERNET handle, DWORD_PTR context, DWORD status, LPVOID info, DWORD length) {
    (void)handle, (void)context, (void)info, (void)length;
    if (status == WINHTTP_CALLBACK_STATUS_HANDLE_CREATED) pthread_exit(0);
}
int main(void) {
    static const WCHAR name[] = {'a', 0};
    HINTERNET session = WinHttpOpen(name, WINHTTP_ACCESS_TYPE_NO_PROXY, 0, 0, WINHTTP_FLAG_ASYNC);
    WinHttpSetStatusCallback(session, heard, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0);
    WinHttpConnect(session, name, 80, 0);
    return 0;
}
"#;

/// Builds the program against the library that cargo has just built, and runs it.
fn run(name: &str, variable: Option<(&str, &str)>) -> Output {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("loading-{name}"));
    fs::create_dir_all(&folder).unwrap();
    let built = env::current_exe().unwrap().with_file_name("libwinhttp.so");
    for link in ["libwinhttp.so", "libwinhttp.so.1"] {
        let _ = fs::remove_file(folder.join(link));
        std::os::unix::fs::symlink(&built, folder.join(link)).unwrap();
    }
    let (source, program) = (folder.join("leaves.c"), folder.join("leaves"));
    fs::write(&source, LEAVES).unwrap();
    let compiled = Command::new(env::var("CC").unwrap_or_else(|_| "cc".into()))
        .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("include"))
        .arg("-o")
        .args([&program, &source])
        .arg("-L")
        .arg(&folder)
        .args(["-lwinhttp", "-lpthread"])
        .output()
        .expect("a C compiler");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    Command::new(&program).env("LD_LIBRARY_PATH", &folder).envs(variable).output().unwrap()
}

// Scripts calculate: with them libm is the library's own.
#[cfg(not(feature = "pac"))]
#[test]
fn nothing_is_loaded_with_it_but_the_c_library() {
    let said = run("lists", Some(("LD_TRACE_LOADED_OBJECTS", "1")));
    let list = String::from_utf8_lossy(&said.stdout);
    assert!(list.contains("libwinhttp.so.1") && list.contains("libc.so"), "{list}");
    for late in ["libgcc_s", "libm."] {
        assert!(!list.contains(late), "{list}");
    }
}

/// The unwinder is loaded when something is unwound: glibc ends a thread by it, and it asks the door what to do.
#[test]
fn a_thread_that_ends_inside_a_callback_ends_the_process() {
    let said = run("leaves", None);
    let errors = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.signal(), Some(6), "{:?} {errors}", said.status);
    assert!(errors.contains("exception not rethrown"), "{errors}");
}
