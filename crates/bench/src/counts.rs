//! Counting what one run does: instructions, system calls, allocations.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Failure;

/// What a program is run under. The command it is given stays untouched.
fn under(tool: &str, flags: &[&str], command: &Command) -> Command {
    let mut whole = Command::new(tool);
    whole.args(flags).arg(command.get_program()).args(command.get_args()).stdout(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => whole.env(name, value),
            None => whole.env_remove(name),
        };
    }
    whole
}

/// Whether a tool is there.
pub(crate) fn there(tool: &str) -> bool {
    Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// User instructions of all threads, by callgrind. Its profile is left in `folder/callgrind.out`.
pub(crate) fn instructions(folder: &Path, command: &Command) -> Result<f64, Failure> {
    let out = format!("--callgrind-out-file={}", folder.join("callgrind.out").display());
    let output = under("valgrind", &["--tool=callgrind", &out], command).stderr(Stdio::piped()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    match count {
        Some(count) if output.status.success() => Ok(count),
        _ => Err(format!("callgrind: {}\n{said}", output.status).into()),
    }
}

/// System calls: those of the thread that makes most of them, and those of all the others.
pub(crate) fn system_calls(folder: &Path, command: &Command) -> Result<(f64, f64), Failure> {
    let log = folder.join("strace.out");
    let path = log.to_string_lossy();
    let status = under("strace", &["-f", "-qq", "-o", &path], command).stderr(Stdio::null()).status()?;
    if !status.success() {
        return Err(format!("strace: {status}").into());
    }
    Ok(per_thread(&std::fs::read_to_string(&log)?))
}

/// Each line begins with the thread; a call that was interrupted by another thread's has two, the second "resumed".
fn per_thread(log: &str) -> (f64, f64) {
    let mut threads: HashMap<&str, u64> = HashMap::new();
    for line in log.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if !call.starts_with("<...") && !call.starts_with("+++") && !call.starts_with("---") {
            *threads.entry(thread).or_default() += 1;
        }
    }
    let most = threads.values().copied().max().unwrap_or(0);
    let all: u64 = threads.values().sum();
    (most as f64, (all - most) as f64)
}

/// Calls of malloc and its family.
pub(crate) fn allocations(folder: &Path, counter: &Path, command: &Command) -> Result<f64, Failure> {
    let out = folder.join("allocations");
    let status = under("env", &[], command)
        .env("LD_PRELOAD", counter)
        .env("BENCH_ALLOCS", &out)
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("with counted allocations: {status}").into());
    }
    Ok(std::fs::read_to_string(&out)?.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_told_apart() {
        let log = "10 epoll_wait(3, <unfinished ...>\n11 futex(0x1) = 0\n10 <... epoll_wait resumed>) = 1\n\
                   10 read(5) = 1\n10 +++ exited with 0 +++\n";
        assert_eq!(per_thread(log), (2.0, 1.0));
        assert_eq!(per_thread(""), (0.0, 0.0));
    }
}
