//! Runs the tool and takes what it printed apart.
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// What a run left behind.
pub(crate) struct Run {
    /// Exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: Vec<u8>,
    /// Standard error.
    pub(crate) err: String,
}

impl Run {
    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.out.clone()).expect("UTF-8")
    }

    /// Standard output as JSON lines.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.text().lines().map(parse).collect()
    }
}

/// Runs `winhttp-trace` without an input, not on a terminal.
pub(crate) fn trace<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_winhttp-trace"));
    let output: Output = command
        .args(args)
        .stdin(Stdio::null())
        // Nothing of the machine's settings may lead a request away from the loopback interface.
        .env_remove("http_proxy")
        .env_remove("https_proxy")
        .env_remove("all_proxy")
        .env_remove("HTTP_PROXY")
        .env_remove("HTTPS_PROXY")
        .env_remove("ALL_PROXY")
        .output()
        .expect("the tool runs");
    Run {
        code: output.status.code().expect("it ends by itself"),
        out: output.stdout,
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The statuses of the notifications of one handle, in order. A server's second address is no news.
pub(crate) fn statuses(lines: &[Value], exchange: &str, handle: &str) -> Vec<String> {
    let mut list: Vec<String> = lines
        .iter()
        .filter(|line| line["event"] == "notification" && line["handle"] == handle)
        .filter(|line| line["exchange"] == exchange)
        .map(|line| line["status"].as_str().expect("a name").to_owned())
        .collect();
    list.dedup_by(|a, b| a == b && a == "CONNECTING_TO_SERVER");
    list
}

/// The last line of an exchange.
pub(crate) fn end<'a>(lines: &'a [Value], exchange: &str) -> &'a Value {
    lines
        .iter()
        .find(|line| line["event"] == "end" && line["exchange"] == exchange)
        .unwrap_or_else(|| panic!("{exchange} has no end"))
}

/// A file of this test alone; its folder goes with it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// A new folder.
    pub(crate) fn new() -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("winhttp-trace-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Scratch(path)
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
