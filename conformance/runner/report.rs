//! One self-contained page: a matrix of cases and subjects, and each case's traces side by side.
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::results::{Outcome, Results};
use crate::checker::trace::{self, Callback, Event, Return};

/// A subject's run and where its traces lie.
struct Column {
    results: Results,
    traces: PathBuf,
}

/// Text for HTML.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // What may not stand in a page is shown by its picture (U+2400 and following).
            '\0'..='\x1f' if !c.is_ascii_whitespace() => out.extend(char::from_u32(0x2400 + u32::from(c))),
            '\x7f' => out.push('\u{2421}'),
            c => out.push(c),
        }
    }
    out
}

/// Makes the page from the folders that runs wrote (`results/*.json` and `traces/SUBJECT/`).
///
/// # Errors
/// When there is no run in them, or one cannot be read.
pub fn make(
    folders: &[PathBuf],
    ledger: &super::ledger::Ledger,
    figures: &[super::matrix::Line],
) -> Result<String, String> {
    let mut columns = Vec::new();
    for folder in folders {
        for results in Results::below(folder)? {
            let traces = folder.join("traces").join(&results.subject);
            columns.push(Column { results, traces });
        }
    }
    if columns.is_empty() {
        return Err("no run was found: play a subject first (winhttp-conformance run --subject ...)".into());
    }
    let mut names: BTreeMap<&str, &Outcome> = BTreeMap::new();
    for column in &columns {
        for case in &column.results.cases {
            names.entry(&case.case).or_insert(case);
        }
    }
    let mut page = String::from(HEAD);
    summary(&mut page, &columns, names.len(), figures);
    matrix(&mut page, &columns, &names);
    for (name, about) in &names {
        section(&mut page, &columns, name, about);
    }
    questions(&mut page, ledger);
    page.push_str(TAIL);
    Ok(page)
}

fn summary(page: &mut String, columns: &[Column], cases: usize, figures: &[super::matrix::Line]) {
    let _ = write!(
        page,
        "<h1>WinHTTP conformance</h1><p>{cases} cases, played against {} subject{}. ",
        columns.len(),
        if columns.len() == 1 { "" } else { "s" }
    );
    page.push_str(
        "A case is <span class=ok>as demanded</span>, <span class=known>different as the ledger says</span>, or \
         <span class=bad>different</span>.</p><table class=summary><tr><th>subject<th>library<th>system<th>cases\
         <th>as demanded<th>as the ledger says<th>different<th>differences named by kind</tr>",
    );
    for column in columns {
        let r = &column.results;
        let clean = r.cases.iter().filter(|c| c.found.is_empty() && c.failed.is_none()).count();
        let (passed, failed) = r.tally();
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, _) in r.cases.iter().flat_map(|c| &c.found).filter_map(|f| f.ledger.as_ref()) {
            *kinds.entry(kind).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.iter().map(|(k, n)| format!("{} {n}", safe(k))).collect();
        let _ = write!(
            page,
            "<tr><td><b>{}</b><td>{}<td>{}<td>{}<td>{clean}<td>{}<td>{failed}<td>{}</tr>",
            safe(&r.subject),
            safe(&r.library),
            safe(&r.system),
            r.cases.len(),
            passed - clean,
            kinds.join(", ")
        );
    }
    page.push_str("</table>");
    page.push_str("<h2>In numbers</h2><table class=summary>");
    for (name, value) in figures {
        let _ = write!(page, "<tr><td>{}<td>{}</tr>", safe(name), safe(value));
    }
    page.push_str("</table>");
    for contradiction in columns.iter().flat_map(|c| &c.results.contradicted) {
        let _ = write!(page, "<p class=bad>{}</p>", safe(contradiction));
    }
}

/// Class and text of a case under a subject.
fn verdict(column: &Column, name: &str) -> (&'static str, String) {
    match column.results.cases.iter().find(|c| c.case == name) {
        None => ("none", "not played".into()),
        Some(c) if c.failed.is_some() => ("bad", "failed".into()),
        Some(c) if c.found.is_empty() => ("ok", "as demanded".into()),
        Some(c) if c.found.iter().all(|f| f.ledger.is_some()) => {
            ("known", format!("{} known", c.found.len()))
        }
        Some(c) => ("bad", format!("{} different", c.found.iter().filter(|f| f.ledger.is_none()).count())),
    }
}

fn matrix(page: &mut String, columns: &[Column], names: &BTreeMap<&str, &Outcome>) {
    page.push_str("<h2>Matrix</h2><table class=matrix><tr><th>case");
    for column in columns {
        let _ = write!(page, "<th>{}", safe(&column.results.subject));
    }
    page.push_str("<th>what</tr>");
    for (name, case) in names {
        let _ = write!(page, "<tr><td><a href=\"#{0}\">{0}</a>", safe(name));
        for column in columns {
            let (class, text) = verdict(column, name);
            let _ = write!(page, "<td class={class}>{}", safe(&text));
        }
        let _ = write!(page, "<td>{}</tr>", safe(&case.about));
    }
    page.push_str("</table>");
}

fn section(page: &mut String, columns: &[Column], name: &str, case: &Outcome) {
    let _ = write!(
        page,
        "<details class=case id=\"{0}\"><summary>{0} <span class=about>{1}</span>",
        safe(name),
        safe(&case.about)
    );
    for column in columns {
        let (class, text) = verdict(column, name);
        let _ =
            write!(page, " <span class={class}>{}: {}</span>", safe(&column.results.subject), safe(&text));
    }
    let _ = write!(page, "</summary><p class=source>Source: {}</p><div class=sides>", safe(&case.source));
    for column in columns {
        let outcome = column.results.cases.iter().find(|c| c.case == name);
        let _ = write!(page, "<div class=side><h3>{}</h3>", safe(&column.results.subject));
        match outcome {
            None => page.push_str("<p>not played</p>"),
            Some(outcome) => {
                if let Some(why) = &outcome.failed {
                    let _ = write!(page, "<p class=bad>{}</p>", safe(why));
                }
                timeline(page, &column.traces.join(format!("{name}.jsonl")), outcome);
            }
        }
        page.push_str("</div>");
    }
    page.push_str("</div></details>");
}

fn differences(page: &mut String, outcome: &Outcome, at: impl Fn(u32, &str) -> bool) {
    for found in outcome.found.iter().filter(|f| at(f.seq, &f.section)) {
        match &found.ledger {
            Some((kind, reason)) => {
                let _ = write!(
                    page,
                    "<li class=\"note known\" title=\"{}\">{} <i>({})</i></li>",
                    safe(reason),
                    safe(&found.text),
                    safe(kind)
                );
            }
            None => {
                let _ = write!(page, "<li class=\"note bad\">{}</li>", safe(&found.text));
            }
        }
    }
}

fn payload(c: &Callback) -> String {
    let i = &c.info;
    match i.kind.as_str() {
        "string" => format!("\u{201c}{}\u{201d}", i.text.clone().unwrap_or_default()),
        "number" => i.number.unwrap_or_default().to_string(),
        "error" => {
            let operation = i.operation.as_deref().unwrap_or_default();
            format!("{{{}, {}}} {operation}", i.api.unwrap_or(-1), i.error.unwrap_or(-1))
        }
        "websocket" => format!(
            "{} {} \u{201c}{}\u{201d}",
            i.number.unwrap_or_default(),
            i.buffer_type.as_deref().unwrap_or_default(),
            i.bytes.as_deref().unwrap_or_default()
        ),
        "handle" => i.handle.clone().unwrap_or_default(),
        "buffer" => format!("buffer \u{201c}{}\u{201d}", i.bytes.clone().unwrap_or_default()),
        other => other.to_owned(),
    }
}

fn timeline(page: &mut String, file: &Path, outcome: &Outcome) {
    let events = std::fs::File::open(file).and_then(|f| trace::read(std::io::BufReader::new(f)));
    let Ok(events) = events else {
        let _ = write!(page, "<p>no trace in {}</p>", safe(&file.display().to_string()));
        return;
    };
    let returns: BTreeMap<u32, &Return> = events
        .iter()
        .filter_map(|e| if let Event::Return(r) = e { Some((r.call, r)) } else { None })
        .collect();
    let end = events
        .iter()
        .filter_map(|e| match e {
            Event::Callback(c) => Some(c.at),
            Event::Return(r) => Some(r.at),
            _ => None,
        })
        .max()
        .unwrap_or(1)
        .max(1);
    page.push_str("<ol class=line>");
    let mut section: Option<String> = None;
    let mut told: Vec<String> = Vec::new();
    for event in &events {
        match event {
            Event::Call(call) => {
                if call.label == call.section {
                    // What is missing from a section is told where it ends.
                    if let Some(before) = section.replace(call.section.clone()) {
                        differences(page, outcome, |seq, of| seq == 0 && of == before);
                        told.push(before);
                    }
                }
                let (mut result, mut seq) = ("does not return".to_owned(), 0);
                if let Some(ret) = returns.get(&call.seq) {
                    let out: Vec<String> = ret.out.iter().map(|(k, v)| format!("{k}={v}")).collect();
                    result = format!("{} {} {}", ret.result, ret.error, out.join(" "));
                    seq = ret.seq;
                }
                let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
                let _ = write!(
                    page,
                    "<li class=call style=\"--d:{}\"><span class=at>{:.1}</span><span class=thread>{}</span>\
                     <b>{}</b> {} <span class=ret>\u{2192} {}</span></li>",
                    call.depth,
                    call.at as f64 / 1000.0,
                    safe(&call.thread),
                    safe(&call.verb),
                    safe(&args.join(" ")),
                    safe(&result)
                );
                differences(page, outcome, |at, _| at != 0 && (at == seq || at == call.seq));
            }
            Event::Callback(c) => {
                let _ = write!(
                    page,
                    "<li class=\"cb t-{}\" style=\"--d:{};--x:{:.1}%\"><span class=at>{:.1}</span><span class=thread>{}</span>\
                     {} <span class=status>{}</span> {} <span class=len>len {}</span></li>",
                    if c.thread == "main" { "main" } else { "other" },
                    c.depth,
                    c.at as f64 * 100.0 / end as f64,
                    c.at as f64 / 1000.0,
                    safe(&c.thread),
                    safe(&c.handle),
                    safe(&c.status),
                    safe(&payload(c)),
                    c.length
                );
                differences(page, outcome, |seq, _| seq == c.seq);
            }
            Event::Wire(w) => {
                let line = w.head.lines().next().unwrap_or_default();
                let _ = write!(
                    page,
                    "<li class=wire title=\"{}\">request on connection {}: {} ({} bytes of body)</li>",
                    safe(&w.head),
                    w.connection,
                    safe(line),
                    w.length
                );
            }
            Event::Frame { text, .. } => {
                let shown: String = text.chars().take(120).collect();
                let _ = write!(page, "<li class=wire>frame: {}</li>", safe(&shown));
            }
            Event::Hung {} => page.push_str("<li class=\"note bad\">the probe hung</li>"),
            _ => {}
        }
    }
    differences(page, outcome, |seq, of| seq == 0 && !told.iter().any(|t| t == of));
    page.push_str("</ol>");
}

fn questions(page: &mut String, ledger: &super::ledger::Ledger) {
    page.push_str(
        "<h2>Open questions</h2><table class=summary><tr><th>id<th>question<th>answer chosen<th>why</tr>",
    );
    for q in &ledger.question {
        let _ = write!(
            page,
            "<tr><td>{}<td>{}<td>{}<td>{}</tr>",
            safe(&q.id),
            safe(&q.question),
            safe(&q.answer),
            safe(&q.why)
        );
    }
    page.push_str("</table>");
}

const HEAD: &str = r##"<!doctype html><html lang=en><head><meta charset=utf-8><title>WinHTTP conformance</title>
<meta name=viewport content="width=device-width, initial-scale=1"><style>
:root{--fg:#1b1f24;--dim:#667;--line:#d8dee4;--bg:#fff;--ok:#1a7f37;--okbg:#dafbe1;--known:#9a6700;--knownbg:#fff8c5;--bad:#cf222e;--badbg:#ffebe9}
@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--dim:#8b98a5;--line:#30363d;--bg:#0d1117;--ok:#3fb950;--okbg:#12261e;--known:#d29922;--knownbg:#272115;--bad:#f85149;--badbg:#2d1517}}
body{margin:0;background:var(--bg);color:var(--fg);font:14px/1.45 system-ui,sans-serif}main{max-width:1500px;margin:auto;padding:24px}
h1{font-size:24px}h2{font-size:18px;margin-top:32px}h3{font-size:13px;margin:4px 0;text-transform:uppercase;color:var(--dim)}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:3px 8px;border-bottom:1px solid var(--line);vertical-align:top}
.matrix td:not(:last-child){white-space:nowrap}a{color:inherit}
.ok{color:var(--ok);background:var(--okbg)}.known{color:var(--known);background:var(--knownbg)}.bad{color:var(--bad);background:var(--badbg)}.none{color:var(--dim)}
span.ok,span.known,span.bad{padding:0 6px;border-radius:8px;font-size:12px;white-space:nowrap}
.case{border:1px solid var(--line);border-radius:6px;margin:6px 0;padding:6px 10px}.case summary{cursor:pointer;font-weight:600}
.about{font-weight:400;color:var(--dim)}.source{color:var(--dim);margin:4px 0}
.sides{display:flex;gap:16px;overflow-x:auto}.side{flex:1 1 0;min-width:430px}
.line{list-style:none;margin:0;padding:0;font:12px/1.5 ui-monospace,monospace;border-left:2px solid var(--line)}
.line li{padding:1px 6px 1px calc(8px + var(--d,0)*16px);overflow-wrap:anywhere;position:relative}
.line .at{display:inline-block;min-width:56px;color:var(--dim);text-align:right;margin-right:8px}.line .thread{display:inline-block;min-width:38px;color:var(--dim)}
.cb .status{font-weight:600}.cb::after{content:"";position:absolute;left:0;bottom:0;height:2px;width:var(--x,0)}
.t-main::after{background:#4c9aff80}.t-other::after{background:#c77dff80}.t-main .status{color:#2f6feb}.t-other .status{color:#9b4dca}
.call{border-top:1px dotted var(--line)}.ret,.len{color:var(--dim)}.note{margin-left:56px;border-radius:4px;font-family:system-ui,sans-serif}.wire{color:var(--dim)}
</style></head><body><main>
"##;

/// A link of the matrix opens its case.
const TAIL: &str = "</main><script>addEventListener('hashchange',()=>{const d=document.getElementById(\
                    decodeURIComponent(location.hash.slice(1)));if(d){d.open=true;d.scrollIntoView()}})</script></body></html>\n";
