//! Two subjects' traces of the same cases laid beside each other, without any case's demands.
use std::path::Path;

use crate::checker::trace::{self, Event};

/// What is compared of an event: what must be the same on every run of every subject.
fn line(event: &Event, threads: bool) -> Option<String> {
    match event {
        Event::Callback(c) => {
            let thread = if !threads {
                ""
            } else if c.thread == "main" {
                " main"
            } else {
                " other"
            };
            let payload = match c.info.kind.as_str() {
                "string" => digits(c.info.text.as_deref().unwrap_or_default()),
                "error" => format!(
                    "{{{}, {}}} {}",
                    c.info.api.unwrap_or(-1),
                    c.info.error.unwrap_or(-1),
                    c.info.operation.as_deref().unwrap_or_default()
                ),
                "websocket" => format!(
                    "{} {}",
                    c.info.buffer_type.as_deref().unwrap_or_default(),
                    c.info.bytes.as_deref().unwrap_or_default()
                ),
                "handle" => c.info.handle.clone().unwrap_or_default(),
                "buffer" => c.info.bytes.clone().unwrap_or_default(),
                // Byte counts depend on arrival and agent strings; their presence is compared.
                other => other.to_owned(),
            };
            Some(format!("{} / {} {} {}{thread} {payload}", c.section, c.handle, c.status, c.context))
        }
        Event::Return(r) => Some(format!("return {} {}", r.result, r.error)),
        _ => None,
    }
}

/// Replaces ports by a sign: numbers of four and five digits.
fn digits(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        out.push_str(if run.len() > 3 { "PORT" } else { &run });
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// The lines of one trace that the other does not have, in order: `-` only in the first, `+` only in the second.
pub fn traces(first: &[Event], second: &[Event], threads: bool) -> Vec<String> {
    let a: Vec<String> = first.iter().filter_map(|e| line(e, threads)).collect();
    let b: Vec<String> = second.iter().filter_map(|e| line(e, threads)).collect();
    let mut longest = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i][j] = if a[i] == b[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && longest[i + 1][j] >= longest[i][j + 1] {
            out.push(format!("- {}", a[i]));
            i += 1;
        } else {
            out.push(format!("+ {}", b[j]));
            j += 1;
        }
    }
    out
}

/// Compares every trace that both folders have; the text of the differences, and how many traces agree and differ.
///
/// # Errors
/// When a folder or trace cannot be read.
pub fn folders(first: &Path, second: &Path) -> Result<(String, usize, usize), String> {
    let text = |e: std::io::Error, p: &Path| format!("{}: {e}", p.display());
    let mut names: Vec<String> = std::fs::read_dir(first)
        .map_err(|e| text(e, first))?
        .filter_map(|e| e.ok().and_then(|e| e.file_name().into_string().ok()))
        .filter(|n| n.ends_with(".jsonl") && second.join(n).exists())
        .collect();
    names.sort();
    let (mut out, mut same, mut different) = (String::new(), 0, 0);
    for name in names {
        let open = |p: &Path| {
            std::fs::File::open(p)
                .and_then(|f| trace::read(std::io::BufReader::new(f)))
                .map_err(|e| text(e, p))
        };
        let (a, b) = (open(&first.join(&name))?, open(&second.join(&name))?);
        let (of_a, of_b) = (trace::head(&a), trace::head(&b));
        if of_a.hash != of_b.hash {
            out.push_str(&format!("{name}: recorded from different versions of the case\n"));
        }
        let threads = of_a.subject != "wine" && of_b.subject != "wine";
        let lines = traces(&a, &b, threads);
        if lines.is_empty() {
            same += 1;
        } else {
            different += 1;
            out.push_str(&format!("{}\n  {}\n", name.trim_end_matches(".jsonl"), lines.join("\n  ")));
        }
    }
    Ok((out, same, different))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_no_difference_and_texts_are() {
        assert_eq!(digits("http://localhost:43111/a12"), "http://localhost:PORT/a12");
        assert_eq!(digits("127.0.0.1"), "127.0.0.1");
    }

    #[test]
    fn what_only_one_has_is_told() {
        let event = |status: &str| {
            Event::Callback(trace::Callback { status: status.into(), ..trace::Callback::default() })
        };
        let a = [event("SENDING_REQUEST"), event("REQUEST_SENT")];
        let b = [event("SENDING_REQUEST"), event("CLOSING_CONNECTION")];
        assert!(traces(&a, &a, true).is_empty());
        let lines = traces(&a, &b, true);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("- ") && lines[0].contains("REQUEST_SENT"), "{lines:?}");
        assert!(lines[1].starts_with("+ ") && lines[1].contains("CLOSING_CONNECTION"), "{lines:?}");
    }
}
