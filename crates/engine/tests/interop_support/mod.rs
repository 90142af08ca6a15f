//! Programs in other processes, for tests with software that nobody here wrote.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A program in another process, with its files; both end with this value.
pub struct Peer {
    child: Child,
    pub port: u16,
    folder: PathBuf,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Says that a program is not there; `WINHTTP_INTEROP=required` makes that a failure.
pub fn missing(what: &str) -> Option<Peer> {
    let required = std::env::var("WINHTTP_INTEROP").is_ok_and(|value| value == "required");
    assert!(!required, "missing: {what}");
    println!("NOT PLAYED, missing: {what}");
    None
}

/// Starts the command that `write` makes, which listens on a port of this machine; its files go to a folder. It has
/// so long to begin to listen.
pub fn start(what: &str, patience: Duration, write: impl FnOnce(u16, &Path) -> Command) -> Option<Peer> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let name = format!("winhttp-interop-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    // Apache and squid give up root's rights and write there as somebody else.
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).expect("the folder's rights");
    // None of them can say which port it was given: one that is free now is likely to stay so.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let mut command = write(port, &folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let _ = std::fs::remove_dir_all(&folder);
            return missing(&format!("{what}: {error}"));
        }
    };
    let mut peer = Peer { child, port, folder };
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = peer.child.try_wait().expect("its state");
        assert!(ended.is_none(), "{what} has ended: {ended:?}");
        assert!(begun.elapsed() < patience, "{what} does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(peer)
}
