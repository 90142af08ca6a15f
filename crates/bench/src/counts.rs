//! Counting what one run does: instructions, system calls, allocations.

use std::collections::{HashMap, HashSet};
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

/// A profile of callgrind's, with the names of functions as the linker has them.
pub(crate) fn profile(file: &Path, command: &Command) -> Result<(), Failure> {
    let out = format!("--callgrind-out-file={}", file.display());
    let flags = ["-q", "--tool=callgrind", "--demangle=no", &out];
    let output = under("valgrind", &flags, command).stderr(Stdio::piped()).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("callgrind: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// System calls: those of the threads that serve requests, and those of the watch, which depend on time.
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
/// A thread that names itself the watch is told apart.
fn per_thread(log: &str) -> (f64, f64) {
    let mut watches: HashSet<&str> = HashSet::new();
    let mut threads: HashMap<&str, u64> = HashMap::new();
    for line in log.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if call.starts_with("prctl(PR_SET_NAME, \"winhttp-watch\"") {
            watches.insert(thread);
        }
        if !call.starts_with("<...") && !call.starts_with("+++") && !call.starts_with("---") {
            *threads.entry(thread).or_default() += 1;
        }
    }
    let watching: u64 = threads.iter().filter(|(thread, _)| watches.contains(*thread)).map(|(_, n)| n).sum();
    let all: u64 = threads.values().sum();
    ((all - watching) as f64, watching as f64)
}

/// Atomic read-modify-writes of all threads, by callgrind's count of each instruction and what the objects' code says
/// of it. Only x86-64 marks them in the instruction (`lock`, and `xchg` with memory).
pub(crate) fn atomics(folder: &Path, command: &Command) -> Result<f64, Failure> {
    let file = folder.join("callgrind.atomics");
    let out = format!("--callgrind-out-file={}", file.display());
    let flags = ["--tool=callgrind", "--dump-instr=yes", "--compress-pos=no", "--compress-strings=no", &out];
    let output = under("valgrind", &flags, command).stderr(Stdio::piped()).output()?;
    if !output.status.success() {
        return Err(
            format!("callgrind: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into()
        );
    }
    let executed = executed(&std::fs::read_to_string(&file)?);
    let mut sum = 0;
    for (object, counts) in executed {
        if !Path::new(&object).is_file() {
            continue;
        }
        let code = Command::new("objdump").args(["-d", "--no-show-raw-insn", &object]).output()?;
        let locked = locked(&String::from_utf8_lossy(&code.stdout));
        sum += counts.iter().filter(|(at, _)| locked.contains(at)).map(|(_, n)| n).sum::<u64>();
    }
    Ok(sum as f64)
}

/// How often each instruction ran, by object, out of callgrind's file.
fn executed(profile: &str) -> HashMap<String, HashMap<u64, u64>> {
    let mut objects: HashMap<String, HashMap<u64, u64>> = HashMap::new();
    let mut object = String::new();
    let mut called = false;
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("ob=") {
            object = name.to_owned();
        } else if line.starts_with("calls=") {
            // The line after it has what the callee cost.
            called = true;
        } else if let Some(rest) = line.strip_prefix("0x") {
            let mut cells = rest.split(' ');
            let at = cells.next().and_then(|at| u64::from_str_radix(at, 16).ok());
            let count = cells.nth(1).and_then(|count| count.parse::<u64>().ok());
            if let (Some(at), Some(count), false) = (at, count, called) {
                *objects.entry(object.clone()).or_default().entry(at).or_insert(0u64) += count;
            }
            called = false;
        }
    }
    objects
}

/// Where the locked instructions are, out of objdump's listing.
fn locked(listing: &str) -> HashSet<u64> {
    let mut found = HashSet::new();
    for line in listing.lines() {
        let Some((at, code)) = line.trim_start().split_once(':') else { continue };
        let code = code.trim_start();
        let exchange = code.starts_with("xchg") && code.contains('(');
        if (code.starts_with("lock ") || exchange)
            && let Ok(at) = u64::from_str_radix(at, 16)
        {
            found.insert(at);
        }
    }
    found
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
        let log = "10 epoll_wait(3, <unfinished ...>\n11 prctl(PR_SET_NAME, \"winhttp-watch\") = 0\n\
                   10 <... epoll_wait resumed>) = 1\n10 read(5) = 1\n10 +++ exited with 0 +++\n";
        assert_eq!(per_thread(log), (2.0, 1.0));
        assert_eq!(per_thread(""), (0.0, 0.0));
    }

    #[test]
    fn locked_instructions_are_found_and_counted() {
        let listing = "0000000000001000 <f>:\n    1000:\tlock cmpxchg %ecx,(%rdi)\n    1004:\tmov %eax,%ebx\n    \
                       1006:\txchg %eax,(%rdi)\n    1008:\txchg %ax,%ax\n";
        assert_eq!(locked(listing), HashSet::from([0x1000, 0x1006]));
        let profile =
            "ob=/lib/x.so\nfn=f\n0x1000 3 7\ncob=/lib/y.so\ncfn=g\ncalls=1 0x5 9\n0x1004 3 100\n0x1006 4 2\n";
        let counts = &executed(profile)["/lib/x.so"];
        assert_eq!(
            (counts.get(&0x1000), counts.get(&0x1004), counts.get(&0x1006)),
            (Some(&7), None, Some(&2))
        );
    }
}
