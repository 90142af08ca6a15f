//! Where the trace goes, and the progress bar beside it.
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::human::Human;
use crate::json;
use crate::paint::{Ink, Paint, size};
use crate::record::{Outcome, Record};

/// Which stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

impl Stream {
    pub(crate) fn is_terminal(self) -> bool {
        match self {
            Stream::Out => io::stdout().is_terminal(),
            Stream::Err => io::stderr().is_terminal(),
        }
    }
}

enum Form {
    Human(Human),
    Json,
}

/// How long a body must take before a bar is drawn, and how often it is.
const EVERY: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Bar {
    allowed: bool,
    visible: bool,
    began: Option<Instant>,
    drawn: Option<Instant>,
}

/// The trace's stream and the bar. Once a stream cannot be written, nothing more is.
pub(crate) struct Screen {
    stream: Stream,
    form: Form,
    paint: Paint,
    bar: Bar,
    broken: Option<io::ErrorKind>,
}

impl Screen {
    /// `json` writes one object per line; `bar` allows a progress bar where standard error is a terminal.
    pub(crate) fn new(stream: Stream, json: bool, verbose: bool, bar: bool) -> Screen {
        let paint = Paint::for_stream(stream.is_terminal() && !json);
        let form = if json { Form::Json } else { Form::Human(Human::new(paint, verbose)) };
        let bar = Bar { allowed: bar && Stream::Err.is_terminal(), ..Bar::default() };
        Screen { stream, form, paint, bar, broken: None }
    }

    /// A screen that shows nothing.
    #[cfg(test)]
    pub(crate) fn none() -> Screen {
        let broken = Some(io::ErrorKind::BrokenPipe);
        Screen { broken, ..Screen::new(Stream::Err, true, false, false) }
    }

    /// Why the trace's stream could not be written, if so.
    pub(crate) fn broken(&self) -> Option<io::ErrorKind> {
        self.broken
    }

    fn write(&mut self, text: &str) {
        if self.broken.is_some() || text.is_empty() {
            return;
        }
        let written = match self.stream {
            Stream::Out => io::stdout().lock().write_all(text.as_bytes()),
            Stream::Err => io::stderr().lock().write_all(text.as_bytes()),
        };
        self.broken = written.err().map(|e| e.kind());
    }

    /// A title above an exchange, with the heads of the columns.
    pub(crate) fn title(&mut self, text: &str) {
        if let Form::Human(human) = &self.form {
            let columns = human.columns();
            let title = if text.is_empty() {
                String::new()
            } else {
                format!("{}\n", self.paint.ink(Ink::Title, text))
            };
            self.write(&format!("{title}{columns}\n"));
        }
    }

    /// One record, as it comes.
    pub(crate) fn record(&mut self, exchange: &str, record: &Record) {
        let mut text = match &mut self.form {
            Form::Human(human) => human.lines(record).join("\n"),
            Form::Json => json::record(exchange, record),
        };
        if !text.is_empty() {
            text.push('\n');
            self.wipe();
            self.write(&text);
        }
    }

    /// The end of an exchange; `summary` is for people.
    pub(crate) fn end(&mut self, exchange: &str, outcome: &Outcome, summary: &str) {
        self.wipe();
        self.bar.began = None;
        let left_out = match &mut self.form {
            Form::Human(human) => human.left_out(),
            Form::Json => None,
        };
        if let Some(line) = left_out {
            self.write(&format!("{line}\n"));
        }
        let text = match self.form {
            Form::Human(_) => {
                let ink = if outcome.failure.is_some() { Ink::Bad } else { Ink::Title };
                format!("{}\n", self.paint.ink(ink, summary))
            }
            Form::Json => json::outcome(exchange, outcome) + "\n",
        };
        self.write(&text);
    }

    /// An empty line between exchanges, for people.
    pub(crate) fn gap(&mut self) {
        if matches!(self.form, Form::Human(_)) {
            self.write("\n");
        }
    }

    /// A piece of a body came in (or went out): redraws the bar, ten times a second at most.
    pub(crate) fn progress(&mut self, done: u64, total: Option<u64>) {
        if !self.bar.allowed {
            return;
        }
        let now = Instant::now();
        let began = *self.bar.began.get_or_insert(now);
        let last = self.bar.drawn.unwrap_or(began);
        if now.duration_since(last) < EVERY {
            return;
        }
        let text = bar(done, total, now.duration_since(began));
        // A terminal that cannot be written is no reason to end a transfer.
        let _ = write!(io::stderr().lock(), "\r\x1b[K{text}");
        self.bar.visible = true;
        self.bar.drawn = Some(now);
    }

    fn wipe(&mut self) {
        if std::mem::take(&mut self.bar.visible) {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

/// The bar's text: how much of how much, and how fast.
fn bar(done: u64, total: Option<u64>, time: Duration) -> String {
    const WIDTH: u64 = 30;
    let seconds = time.as_secs_f64();
    let speed = if seconds > 0.0 { size((done as f64 / seconds) as u64) } else { size(0) };
    match total {
        Some(total) if total > 0 => {
            let share = u128::from(done.min(total)) * 100 / u128::from(total);
            let full = usize::try_from(u128::from(WIDTH) * share / 100).unwrap_or(0);
            let bar: String = (0..WIDTH as usize).map(|i| if i < full { '#' } else { '-' }).collect();
            format!("[{bar}] {share:>3}%  {} of {}  {speed}/s", size(done), size(total))
        }
        _ => format!("{}  {speed}/s", size(done)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars() {
        let second = Duration::from_secs(1);
        assert_eq!(
            bar(512 << 20, Some(1 << 30), second),
            "[###############---------------]  50%  512.0 MiB of 1.0 GiB  512.0 MiB/s"
        );
        assert_eq!(bar(10, None, second), "10 B  10 B/s");
        // More than was announced is no reason to overflow.
        assert!(bar(20, Some(10), second).contains("100%"));
        assert!(bar(u64::MAX, Some(u64::MAX), Duration::ZERO).contains("100%"));
    }
}
