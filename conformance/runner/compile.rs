//! The line form in which a case reaches the probe.
use std::fmt::Write;

use super::case::Case;
use super::play::{Row, Step, is_quiet};

fn escape(word: &str) -> String {
    let mut out = String::new();
    for b in word.bytes() {
        if b.is_ascii_graphic() && b != b'%' {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02x}");
        }
    }
    // A word is never empty in the line form.
    if out.is_empty() { "%00".to_owned() } else { out }
}

/// The last mandatory row: what the main line waits for before its next call, and how often it must have come.
fn awaited(rows: &[Row], any_order: bool) -> Vec<(&str, usize)> {
    let mandatory: Vec<&Row> = rows.iter().filter(|r| !r.optional).collect();
    let Some(last) = mandatory.last() else { return Vec::new() };
    let count = |status: &str| mandatory.iter().filter(|r| r.status == status).count();
    if !any_order {
        return vec![(&last.status, count(&last.status))];
    }
    let mut all: Vec<(&str, usize)> = Vec::new();
    for row in &mandatory {
        if !all.iter().any(|(s, _)| *s == row.status) {
            all.push((&row.status, count(&row.status)));
        }
    }
    all
}

fn line(out: &mut String, step: &Step, values: &dyn Fn(&str) -> String) {
    let args: Vec<String> = step.args.iter().map(|a| escape(&values(a))).collect();
    let _ = writeln!(out, "do {} {} {}", escape(&step.label), step.verb, args.join(" "));
}

/// Compiles a case. `values` replaces `$PORT` and its like in arguments.
pub fn compile(case: &Case, subject: &str, values: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    for (key, value) in [("case", case.name.as_str()), ("hash", &case.hash), ("subject", subject)] {
        let _ = writeln!(out, "head {key} {}", escape(value));
    }
    // Wine verifies certificates slowly when the machine is busy.
    let slow = subject == "wine" && case.origins.iter().any(|o| o.contains("tls "));
    let (factor, grace) = if slow { (3, 6000) } else { (1, 0) };
    let _ = writeln!(out, "limit {}", case.limit + grace);
    for handler in &case.play.handlers {
        let nonzero = if handler.nonzero { " nonzero" } else { "" };
        let _ = writeln!(out, "on {} {} {}{nonzero}", handler.status, escape(&handler.handle), handler.nth);
        handler.steps.iter().for_each(|s| line(&mut out, s, values));
    }
    for (name, steps) in &case.play.threads {
        let _ = writeln!(out, "thread {}", escape(name));
        steps.iter().for_each(|s| line(&mut out, s, values));
    }
    out.push_str("main\n");
    for step in &case.play.main {
        line(&mut out, step, values);
        let succeeds =
            step.answer.as_ref().is_some_and(|a| matches!(a.result.as_str(), "" | "TRUE" | "handle"));
        let ok = if succeeds && !is_quiet(&step.verb) { " ok" } else { "" };
        for (status, count) in awaited(&step.rows, step.any_order) {
            let _ = writeln!(
                out,
                "do {} wait {status} {count} {}{ok}",
                escape(&step.label),
                step.within * factor
            );
        }
    }
    out
}
