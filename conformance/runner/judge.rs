//! Laying a trace beside the table of its case.
use super::case::{Case, WireRule};
use super::names;
use super::play::{Answer, Row, Step, Thread, is_quiet};
use crate::checker::trace::{Call, Callback, Event, Return};

/// One way in which a trace is not what its case demands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Label of the call, or `wire`, `law`, `trace`.
    pub section: String,
    /// What differs, without values: what a ledger entry is matched with.
    pub what: String,
    /// What was demanded.
    pub expected: String,
    /// What came.
    pub got: String,
    /// The sequence number of the event it is about, or 0.
    pub seq: u32,
}

impl Difference {
    pub(crate) fn new(section: &str, what: impl Into<String>, expected: &str, got: &str, seq: u32) -> Self {
        Difference {
            section: section.to_owned(),
            what: what.into(),
            expected: expected.to_owned(),
            got: got.to_owned(),
            seq,
        }
    }

    /// `SECTION: WHAT`, the text that ledger patterns are laid against.
    pub fn key(&self) -> String {
        format!("{}: {}", self.section, self.what)
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.section, self.what)?;
        if !self.expected.is_empty() || !self.got.is_empty() {
            write!(f, " (expected {}, got {})", self.expected, self.got)?;
        }
        Ok(())
    }
}

/// How many demands a case makes and how sure their sources are: for the matrix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// Demands by certainty mark.
    pub by_mark: std::collections::BTreeMap<String, usize>,
}

/// Counts rows and returns of a case by their mark's first word.
pub fn count(case: &Case) -> Count {
    let mut count = Count::default();
    let mut add = |mark: &Option<String>| {
        let mark = mark.as_ref().unwrap_or(&case.mark);
        let mark = mark.split_whitespace().next().unwrap_or("none").to_owned();
        *count.by_mark.entry(mark).or_default() += 1;
    };
    for step in case.play.steps() {
        if let Some(answer) = &step.answer {
            add(&answer.mark);
        }
        step.rows.iter().for_each(|r| add(&r.mark));
    }
    for _ in &case.wire {
        add(&None);
    }
    count
}

/// What differs. Threads are compared only when `threads` is set.
///
/// `values` replaces `$PORT` and its like in demands, as it did in the calls.
pub fn judge(
    case: &Case,
    events: &[Event],
    threads: bool,
    values: &dyn Fn(&str) -> String,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let calls: Vec<&Call> =
        events.iter().filter_map(|e| if let Event::Call(c) = e { Some(c) } else { None }).collect();
    let returns: Vec<&Return> =
        events.iter().filter_map(|e| if let Event::Return(r) = e { Some(r) } else { None }).collect();
    let callbacks: Vec<&Callback> =
        events.iter().filter_map(|e| if let Event::Callback(c) = e { Some(c) } else { None }).collect();
    ending(events, &mut found);
    for step in case.play.steps().filter(|s| !is_quiet(&s.verb)) {
        let made: Vec<&&Call> = calls.iter().filter(|c| c.label == step.label).collect();
        if made.is_empty() && !step.maybe {
            found.push(Difference::new(&step.label, "call not made", "", "", 0));
        }
        for call in made {
            match (&step.answer, returns.iter().find(|r| r.call == call.seq)) {
                (Some(answer), Some(ret)) => returned(step, answer, ret, values, &mut found),
                (_, None) => found.push(Difference::new(&step.label, "no return", "", "", call.seq)),
                (None, Some(_)) => {}
            }
        }
    }
    for step in &case.play.main {
        let came: Vec<&Callback> = callbacks.iter().filter(|c| c.section == step.label).copied().collect();
        section(step, &came, &calls, threads, values, &mut found);
    }
    for rule in &case.wire {
        wire(rule, events, values, &mut found);
    }
    found
}

fn ending(events: &[Event], found: &mut Vec<Difference>) {
    let mut ended = false;
    for event in events {
        match event {
            Event::End {} => ended = true,
            Event::Hung {} => found.push(Difference::new("trace", "the probe hung", "an end", "none", 0)),
            Event::Missed { signal } => {
                found.push(Difference::new("trace", format!("signal {signal} did not come"), "", "", 0));
            }
            Event::Unknown { verb } => {
                found.push(Difference::new(
                    "trace",
                    format!("verb {verb} is not known to the probe"),
                    "",
                    "",
                    0,
                ));
            }
            _ => {}
        }
    }
    if !ended && found.is_empty() {
        found.push(Difference::new("trace", "the probe broke off", "an end", "none", 0));
    }
}

/// The last errors that a successful call may leave (contract: general last-error rule, and 997 for what completes
/// later).
fn usual_errors(verb: &str) -> &'static [u32] {
    match verb {
        "query" | "read" | "write" => &[0, 997],
        // contract: an accepted question is pending (api-behaviour section 33)
        "proxyask" => &[997],
        _ => &[0],
    }
}

fn returned(
    step: &Step,
    answer: &Answer,
    ret: &Return,
    values: &dyn Fn(&str) -> String,
    found: &mut Vec<Difference>,
) {
    let success = matches!(ret.result.as_str(), "TRUE" | "handle") || step.verb == "callback";
    let right = if answer.result.is_empty() { success } else { ret.result == answer.result };
    let wanted = if answer.result.is_empty() { "success" } else { &answer.result };
    if !right {
        let got = format!("{} {}", ret.result, names::error_name(ret.error));
        found.push(Difference::new(&step.label, "result", wanted, &got, ret.seq));
        return;
    }
    let errors: &[u32] = if !answer.errors.is_empty() {
        &answer.errors
    } else if answer.result.is_empty() || matches!(answer.result.as_str(), "TRUE" | "handle") {
        usual_errors(&step.verb)
    } else {
        &[]
    };
    if !answer.any_error && !errors.is_empty() && !errors.contains(&ret.error) {
        let wanted: Vec<String> = errors.iter().map(|e| names::error_name(*e)).collect();
        found.push(Difference::new(
            &step.label,
            "last error",
            &wanted.join(" or "),
            &names::error_name(ret.error),
            ret.seq,
        ));
    }
    for (key, value) in &answer.out {
        let wanted = values(value);
        let got = match ret.out.get(key) {
            Some(serde_json::Value::String(s)) => s.clone(),
            Some(other) => other.to_string(),
            None => "nothing".into(),
        };
        let number = names::number(&wanted).map(|n| n.to_string());
        let right = if let Some(least) = wanted.strip_prefix('>') {
            got.parse::<i64>().is_ok_and(|g| least.parse().is_ok_and(|l: i64| g > l))
        } else {
            super::fits(&wanted, &got) || number.as_deref() == Some(got.as_str())
        };
        if !right {
            found.push(Difference::new(&step.label, format!("output {key}"), &wanted, &got, ret.seq));
        }
    }
}

/// Finds which rows answer which notifications with the least left over.
fn align(
    rows: &[&Row],
    came: &[&Callback],
    any_order: bool,
    free: &[&str],
    default: Option<&str>,
) -> Vec<(Option<usize>, Option<usize>)> {
    let same = |r: &Row, c: &Callback| {
        r.status == c.status
            && r.handle.as_deref().or(default).is_none_or(|h| h == c.handle)
            && r.demands.iter().all(|(k, v)| k != "target" || c.info.handle.as_deref() == Some(v))
    };
    if any_order {
        let mut taken = vec![false; came.len()];
        let mut pairs: Vec<(Option<usize>, Option<usize>)> = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            let hit = came.iter().enumerate().position(|(j, c)| !taken[j] && same(row, c));
            if let Some(j) = hit {
                taken[j] = true;
            }
            pairs.push((Some(i), hit));
        }
        pairs.extend(taken.iter().enumerate().filter(|(_, t)| !**t).map(|(j, _)| (None, Some(j))));
        return pairs;
    }
    // cost[i][j]: least cost of laying rows i.. beside notifications j..
    let (n, m) = (rows.len(), came.len());
    let skip = |r: &Row| if r.optional { 0 } else { 10 };
    let left = |c: &Callback| if free.contains(&c.status.as_str()) { 0 } else { 10 };
    let mut cost = vec![vec![0u32; m + 1]; n + 1];
    for i in (0..=n).rev() {
        for j in (0..=m).rev() {
            let mut best = if i == n && j == m { 0 } else { u32::MAX };
            if i < n {
                best = best.min(cost[i + 1][j] + skip(rows[i]));
            }
            if j < m {
                best = best.min(cost[i][j + 1] + left(came[j]));
            }
            if i < n && j < m && rows[i].status == came[j].status {
                let off = if same(rows[i], came[j]) { 0 } else { 3 };
                best = best.min(cost[i + 1][j + 1] + off);
            }
            cost[i][j] = best;
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < n || j < m {
        let here = cost[i][j];
        if i < n && j < m && rows[i].status == came[j].status {
            let off = if same(rows[i], came[j]) { 0 } else { 3 };
            if here == cost[i + 1][j + 1] + off {
                pairs.push((Some(i), Some(j)));
                (i, j) = (i + 1, j + 1);
                continue;
            }
        }
        if i < n && here == cost[i + 1][j] + skip(rows[i]) {
            pairs.push((Some(i), None));
            i += 1;
        } else {
            pairs.push((None, Some(j)));
            j += 1;
        }
    }
    pairs
}

fn section(
    step: &Step,
    came: &[&Callback],
    calls: &[&Call],
    threads: bool,
    values: &dyn Fn(&str) -> String,
    found: &mut Vec<Difference>,
) {
    let free: Vec<&str> = step.rows.iter().filter(|r| r.free).map(|r| r.status.as_str()).collect();
    let rows: Vec<&Row> = step.rows.iter().filter(|r| !r.free).collect();
    let default = match step.verb.as_str() {
        "send" | "receive" | "query" | "read" | "write" | "close" | "wssend" | "wsreceive" | "wsshutdown"
        | "wsclose" | "proxyask" => step.args.first().map(String::as_str),
        _ => None,
    };
    for (row, callback) in align(&rows, came, step.any_order, &free, default) {
        match (row.map(|i| rows[i]), callback.map(|j| came[j])) {
            (Some(row), Some(callback)) => one(step, row, callback, calls, default, threads, values, found),
            (Some(row), None) if !row.optional => {
                found.push(Difference::new(&step.label, format!("missing {}", row.status), "", "", 0));
            }
            (None, Some(callback)) if !free.contains(&callback.status.as_str()) => {
                let extra = format!("extra {}", callback.status);
                let mut difference = Difference::new(&step.label, extra, "", "", callback.seq);
                if callback.status == "REQUEST_ERROR" {
                    difference.expected = "none".into();
                    difference.got = error_text(callback);
                }
                found.push(difference);
            }
            _ => {}
        }
    }
}

fn error_text(callback: &Callback) -> String {
    let code = callback.info.error.and_then(|e| u32::try_from(e).ok()).map(names::error_name);
    format!("{{{}, {}}}", callback.info.api.unwrap_or(-1), code.unwrap_or_default())
}

#[allow(clippy::too_many_arguments)]
fn one(
    step: &Step,
    row: &Row,
    callback: &Callback,
    calls: &[&Call],
    default: Option<&str>,
    threads: bool,
    values: &dyn Fn(&str) -> String,
    found: &mut Vec<Difference>,
) {
    let mut differ = |what: &str, expected: &str, got: &str| {
        found.push(Difference::new(
            &step.label,
            format!("{what} of {}", callback.status),
            expected,
            got,
            callback.seq,
        ));
    };
    if let Some(handle) = row.handle.as_deref().or(default)
        && callback.handle != handle
    {
        differ("handle", handle, &callback.handle);
    }
    if let Some(context) = &row.context
        && callback.context != *context
    {
        differ("context", context, &callback.context);
    }
    if threads {
        let right = match &row.thread {
            Thread::Any => true,
            Thread::Other => callback.thread != "main",
            Thread::Named(name) => callback.thread == *name,
        };
        if !right {
            let wanted =
                if let Thread::Named(name) = &row.thread { name.as_str() } else { "another than main" };
            differ("thread", wanted, &callback.thread);
        }
    }
    let info = &callback.info;
    let show = |n: Option<i64>| n.map_or("nothing".to_owned(), |n| n.to_string());
    for (key, value) in &row.demands {
        let value = &values(value);
        let (right, got) = match key.as_str() {
            "text" => (
                info.text.as_ref().is_some_and(|t| super::fits(value, t)),
                info.text.clone().unwrap_or("no text".into()),
            ),
            "part" => (
                info.text.as_ref().is_some_and(|t| t.contains(value.as_str())),
                info.text.clone().unwrap_or_default(),
            ),
            "number" | "n" => (show(info.number) == *value, show(info.number)),
            "at-least" => {
                let least: i64 = value.parse().unwrap_or(0);
                (info.number.is_some_and(|n| n >= least), show(info.number))
            }
            "has" => {
                let bits = names::number(value).map_or(0, i64::from);
                (info.number.is_some_and(|n| n & bits == bits), show(info.number))
            }
            "type" => {
                (info.buffer_type.as_ref() == Some(value), info.buffer_type.clone().unwrap_or_default())
            }
            "op" => (info.operation.as_ref() == Some(value), info.operation.clone().unwrap_or_default()),
            "len" => (callback.length.to_string() == *value, callback.length.to_string()),
            "info" => {
                let kind = if info.kind == "buffer" { "lent" } else { &info.kind };
                (kind == value, kind.to_owned())
            }
            "api" => (value.split('|').any(|v| show(info.api) == v), error_text(callback)),
            "error" => (value.split('|').any(|v| show(info.error) == v), error_text(callback)),
            "target" => (info.handle.as_ref() == Some(value), info.handle.clone().unwrap_or_default()),
            "bytes" => (info.bytes.as_ref() == Some(value), info.bytes.clone().unwrap_or("no bytes".into())),
            "in" => {
                let verb = calls.iter().find(|c| c.seq == callback.inside).map_or("no call", |c| &c.verb);
                (verb == value, verb.to_owned())
            }
            _ => (false, "an unknown demand".to_owned()),
        };
        if !right {
            differ(key, value, &got);
        }
    }
}

fn wire(rule: &WireRule, events: &[Event], values: &dyn Fn(&str) -> String, found: &mut Vec<Difference>) {
    let requests: Vec<_> = events
        .iter()
        .filter_map(|e| if let Event::Wire(w) = e { Some(w) } else { None })
        .filter(|w| w.origin == rule.origin)
        .collect();
    let wanted = values(&rule.text);
    let place = format!("request {} of origin {}", rule.request, rule.origin);
    let mut differ = |what: &str, got: &str| {
        found.push(Difference::new("wire", format!("{what} ({place})"), &wanted, got, 0));
    };
    if rule.request == 0 {
        let got = match rule.what.as_str() {
            "requests" => requests.len(),
            "frames" => events
                .iter()
                .filter(|e| matches!(e, Event::Frame { origin, .. } if *origin == rule.origin))
                .count(),
            _ => events
                .iter()
                .find_map(|e| match e {
                    Event::Connections { origin, count } if *origin == rule.origin => Some(*count as usize),
                    _ => None,
                })
                .unwrap_or(0),
        };
        if got.to_string() != wanted {
            differ(&rule.what, &got.to_string());
        }
        return;
    }
    if rule.what == "frame" {
        let frames: Vec<&str> = events
            .iter()
            .filter_map(|e| match e {
                Event::Frame { origin, text } if *origin == rule.origin => Some(text.as_str()),
                _ => None,
            })
            .collect();
        match frames.get(rule.request - 1) {
            None => found.push(Difference::new("wire", format!("no frame {}", rule.request), &wanted, "", 0)),
            Some(text) if !super::fits(&wanted, text) => {
                found.push(Difference::new("wire", format!("frame {}", rule.request), &wanted, text, 0));
            }
            Some(_) => {}
        }
        return;
    }
    let Some(request) = requests.get(rule.request - 1) else {
        differ("missing", "no such request");
        return;
    };
    let lines: Vec<&str> = request.head.split("\r\n").collect();
    let line = lines.first().copied().unwrap_or_default();
    match rule.what.as_str() {
        "line" if !super::fits(&wanted, line) => differ("line", line),
        "has" if !lines.iter().skip(1).any(|l| super::fits(&wanted, l)) => differ("header", &request.head),
        "lacks" => {
            let name = wanted.to_ascii_lowercase();
            if let Some(l) = lines.iter().skip(1).find(|l| l.to_ascii_lowercase().starts_with(&name)) {
                differ("header that must not be", l);
            }
        }
        "ends" if !request.head.ends_with(&wanted) => differ("end of head", &request.head),
        "body" if request.body != wanted => differ("body", &request.body),
        "length" if request.length.to_string() != wanted => {
            differ("body length", &request.length.to_string())
        }
        "same-connection" => {
            let other = wanted.parse::<usize>().ok().and_then(|n| requests.get(n.wrapping_sub(1)));
            if other.is_none_or(|o| o.connection != request.connection) {
                differ("connection", &request.connection.to_string());
            }
        }
        _ => {}
    }
}
