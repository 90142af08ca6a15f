//! Playing cases one after another, or a few at a time.
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::case::Case;
use super::compile::compile;
use super::judge::{Difference, judge};
use super::script;
use super::subject::Subject;
use crate::checker;
use crate::checker::trace::{self, Event, Wire};
use crate::origin::certificates::Authority;
use crate::origin::{Full, Origin, lock};

/// What became of one case.
#[derive(Debug, Clone)]
pub struct Played {
    /// Its name.
    pub case: String,
    /// The trace.
    pub events: Vec<Event>,
    /// What differs, the laws that are broken among it.
    pub differences: Vec<Difference>,
    /// How long it took.
    pub time: Duration,
}

/// Milliseconds between two looks at what a child has written.
const ROUND: usize = 20;

/// What a child writes. Its end is not waited for: a service that Wine starts may keep the pipe open for long.
struct Gathered {
    text: Arc<Mutex<(Vec<u8>, bool)>>,
}

fn gather(mut from: impl Read + Send + 'static) -> Gathered {
    let text = Arc::new(Mutex::new((Vec::new(), false)));
    let into = Arc::clone(&text);
    std::thread::spawn(move || {
        let mut block = [0u8; 16 * 1024];
        loop {
            match from.read(&mut block) {
                Ok(n) if n > 0 => lock(&into).0.extend_from_slice(&block[..n]),
                _ => break,
            }
        }
        lock(&into).1 = true;
    });
    Gathered { text }
}

impl Gathered {
    /// The text, once the child is gone: all of it, or what came up to `last`, or until nothing came for `quiet`
    /// milliseconds. On a busy machine the reader may be late with what stands in the pipe.
    fn take(&self, last: Option<&[u8]>, quiet: usize) -> String {
        let (mut length, mut still) = (0, 0);
        for _ in 0..100 {
            {
                let text = lock(&self.text);
                let tail = text.0.get(text.0.len().saturating_sub(64)..).unwrap_or_default();
                let said = last.is_some_and(|last| tail.windows(last.len()).any(|part| part == last));
                still = if text.0.len() == length { still + 1 } else { 0 };
                if text.1 || said || still * ROUND > quiet && length > 0 {
                    break;
                }
                length = text.0.len();
            }
            std::thread::sleep(Duration::from_millis(ROUND as u64));
        }
        String::from_utf8_lossy(&lock(&self.text).0).into_owned()
    }
}

fn probe(subject: &Subject, script: &str, limit: Duration) -> io::Result<String> {
    let mut child = Command::new(&subject.command[0])
        .args(&subject.command[1..])
        .envs(subject.environment.iter().cloned())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A probe that died has said so; what could not be written is seen in the trace.
        let _ = input.write_all(script.as_bytes());
    }
    let output = gather(child.stdout.take().ok_or_else(|| io::Error::other("no output"))?);
    let errors = gather(child.stderr.take().ok_or_else(|| io::Error::other("no errors"))?);
    let end = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= end {
            child.kill()?;
            break child.wait()?;
        }
        std::thread::sleep(Duration::from_millis(3));
    };
    let text = output.take(Some(b"\"kind\":\"end\""), 500);
    let complaints = errors.take(None, ROUND);
    if text.is_empty() {
        return Err(io::Error::other(format!("the probe said nothing ({status}): {}", complaints.trim())));
    }
    Ok(text)
}

/// Plays one case.
///
/// # Errors
/// When the origin or the probe cannot be started, or the trace not be read.
pub fn play(case: &Case, subject: &Subject, authority: &Authority) -> Result<Played, String> {
    let begun = Instant::now();
    let text = |e: io::Error| e.to_string();
    let mut reserved = Vec::new();
    for _ in &case.origins {
        reserved.push(Origin::reserve().map_err(text)?);
    }
    let ports: Vec<u16> = reserved.iter().map(|r| r.port()).collect();
    let closed = Origin::closed_port().map_err(text)?;
    let full = Full::start().map_err(text)?;
    let values = |word: &str| {
        let second = ports.get(1).copied().unwrap_or(closed);
        word.replace("$PORT2", &second.to_string())
            .replace("$PORT", &ports[0].to_string())
            .replace("$CLOSED", &closed.to_string())
            .replace("$FULL", &full.port().to_string())
    };
    let mut origins = Vec::new();
    for (reserved, script) in reserved.into_iter().zip(&case.origins) {
        let script = script::parse(&values(script), authority)?;
        origins.push(reserved.start(script).map_err(text)?);
    }
    let limit = Duration::from_millis(u64::from(case.limit) + 15_000);
    let said = probe(subject, &compile(case, &subject.name, &values), limit).map_err(text)?;
    let mut events = trace::read(said.as_bytes()).map_err(text)?;
    for (i, origin) in origins.iter().enumerate() {
        let number = u32::try_from(i).unwrap_or_default() + 1;
        for request in origin.requests() {
            events.push(Event::Wire(Wire {
                origin: number,
                connection: u32::try_from(request.connection).unwrap_or(u32::MAX),
                head: String::from_utf8_lossy(&request.head).into_owned(),
                body: String::from_utf8_lossy(&request.body[..request.body.len().min(200)]).into_owned(),
                length: request.body_len,
            }));
        }
        for frame in origin.frames() {
            events.push(Event::Frame { origin: number, text: frame.text() });
        }
        let count = u32::try_from(origin.connections()).unwrap_or(u32::MAX);
        events.push(Event::Connections { origin: number, count });
    }
    drop(origins);
    let mut differences = judge(case, &events, subject.threads, &values);
    for broken in checker::check(&events) {
        differences.push(Difference::new("law", broken.law.name(), "", &broken.text, broken.seq));
    }
    Ok(Played { case: case.name.clone(), events, differences, time: begun.elapsed() })
}

/// Writes a trace.
///
/// # Errors
/// When the file cannot be written.
pub fn write_trace(folder: &Path, played: &Played) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut text = String::new();
    for event in &played.events {
        text.push_str(&serde_json::to_string(event)?);
        text.push('\n');
    }
    std::fs::write(folder.join(format!("{}.jsonl", played.case)), text)
}

/// Told after each case: how many are done, which one, and its outcome.
pub type Progress<'a> = dyn Fn(usize, &Case, &Result<Played, String>) + Sync + 'a;

/// Plays many cases, `jobs` at a time, and tells `progress` of each: how many are done and the outcome.
pub fn play_all(
    cases: &[Case],
    subject: &Subject,
    authority: &Authority,
    jobs: usize,
    progress: &Progress<'_>,
) -> Vec<Result<Played, String>> {
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Result<Played, String>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::SeqCst);
                    let Some(case) = cases.get(i) else { return };
                    let result = play(case, subject, authority);
                    progress(done.fetch_add(1, Ordering::SeqCst) + 1, case, &result);
                    lock(&results).push((i, result));
                }
            });
        }
    });
    let mut results = std::mem::take(&mut *lock(&results));
    results.sort_by_key(|(i, _)| *i);
    results.into_iter().map(|(_, r)| r).collect()
}
