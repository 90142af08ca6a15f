//! The picture: phases as bars, calls and callbacks beneath, all in one file that loads nothing.
use std::fmt::Write;
use std::time::Duration;

use winhttp_abi::status::{self, Role};
use winhttp_abi::{WINHTTP_CALLBACK_STATUS_REQUEST_ERROR, WINHTTP_CALLBACK_STATUS_SECURE_FAILURE};

use crate::exchange::Done;
use crate::info::status_name;
use crate::paint::thousands;
use crate::phases::{Phase, phases};
use crate::record::{Record, Thread, What};
use crate::summary;

/// One exchange.
pub(crate) struct Section {
    /// Heading.
    pub(crate) title: String,
    /// What it is meant to show.
    pub(crate) about: String,
    /// What happened and how it ended.
    pub(crate) done: Done,
    /// Whether it used TLS.
    pub(crate) secure: bool,
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--faint:#6b7480;--line:#d5dae0;--page:#fff}\
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ec;--faint:#98a2ad;--line:#39424c;--page:#14181c}}\
body{font:14px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:1060px;margin:2em auto;padding:0 1em}\
h1{font-size:1.4em}h2{font-size:1.1em;margin:2.2em 0 .2em;overflow-wrap:anywhere}p{margin:.2em 0 .8em;color:var(--faint);overflow-wrap:anywhere}\
svg{width:100%;height:auto;display:block}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}\
svg .faint{fill:var(--faint)}svg .grid{stroke:var(--line)}\
.resolve{fill:#8e6bbf}.connect{fill:#3d7ec9}.TLS{fill:#c08a1e}.send,.upload{fill:#2f9e68}.wait{fill:#9aa4af}\
.body{fill:#1d98a8}.close{fill:#b0b7bf}.failed{stroke:#d5313e;stroke-width:2;stroke-dasharray:4 2}\
.call{fill:#9aa4af;opacity:.75}.Progress{fill:#3d7ec9}.Completion{fill:#2f9e68}.Handle{fill:#8e6bbf}.bad{fill:#d5313e}\
details{margin:.6em 0}table{border-collapse:collapse;font:12px/1.45 ui-monospace,monospace}\
td,th{padding:1px 10px 1px 0;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{color:var(--faint);font-weight:400}\
td:first-child,td:nth-child(5){text-align:right;white-space:nowrap}tr.q{color:var(--faint)}";

const LEFT: f64 = 170.0;
const WIDTH: f64 = 1020.0;
const RIGHT: f64 = 90.0;
const ROW: f64 = 24.0;

/// The whole page.
pub(crate) fn page(sections: &[Section]) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>winhttp-trace</title>\
         <style>{STYLE}</style></head><body><h1>winhttp-trace</h1>\n"
    );
    for section in sections {
        let text = self::section(section);
        page.push_str(&text);
    }
    page.push_str("</body></html>\n");
    page
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

fn ms(time: Duration) -> String {
    let value = time.as_secs_f64() * 1e3;
    if value < 10.0 { format!("{value:.3} ms") } else { format!("{value:.1} ms") }
}

/// A round step that divides the time into four to ten parts.
fn step(total: f64) -> f64 {
    let rough = (total / 8.0).max(1e-6);
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough).unwrap_or(rough)
}

struct Scale {
    total: f64,
}

impl Scale {
    fn x(&self, at: Duration) -> f64 {
        LEFT + at.as_secs_f64() * 1e3 / self.total * (WIDTH - LEFT - RIGHT)
    }

    /// A bar is never thinner than can be seen.
    fn bar(&self, from: Duration, to: Duration) -> (f64, f64) {
        let x = self.x(from);
        (x, (self.x(to) - x).max(1.5))
    }
}

fn section(section: &Section) -> String {
    let Done { outcome, records, left_out } = &section.done;
    let end = records.last().map_or(outcome.took, |r| r.at.max(outcome.took));
    let scale = Scale { total: (end.as_secs_f64() * 1e3).max(1e-3) };
    let phases = phases(records, section.secure);
    let legs = phases.iter().any(|p| p.leg > 1);
    let height = ROW * (phases.len() as f64 + 4.0) + 14.0;
    let mut svg = format!(
        "<h2>{}</h2><p>{}{}{}</p>\n<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"timeline\">",
        escape(&section.title),
        escape(&section.about),
        if section.about.is_empty() { "" } else { "<br>" },
        escape(summary::line(outcome).trim_start_matches([' ', '='])),
    );
    grid(&mut svg, &scale, height);
    for (i, phase) in phases.iter().enumerate() {
        row(&mut svg, &scale, phase, legs, 8.0 + ROW * i as f64);
    }
    lanes(&mut svg, &scale, records, 8.0 + ROW * phases.len() as f64);
    svg.push_str("</svg>\n");
    table(&mut svg, records, *left_out);
    svg
}

fn grid(svg: &mut String, scale: &Scale, height: f64) {
    let step = step(scale.total);
    let mut at = 0.0;
    while at <= scale.total {
        let x = LEFT + at / scale.total * (WIDTH - LEFT - RIGHT);
        // Writing into a text cannot fail.
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"4\" y2=\"{:.1}\"/>\
             <text class=\"faint\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{} ms</text>",
            height - 18.0,
            height - 4.0,
            (at * 1000.0).round() / 1000.0
        );
        at += step;
    }
}

fn row(svg: &mut String, scale: &Scale, phase: &Phase, legs: bool, y: f64) {
    let (x, width) = scale.bar(phase.from, phase.to);
    let took = ms(phase.to.saturating_sub(phase.from));
    let leg = if legs { format!(" (leg {})", phase.leg) } else { String::new() };
    let failed = if phase.failed { " failed" } else { "" };
    let detail = if phase.detail.is_empty() { String::new() } else { format!(" {}", phase.detail) };
    let label: String = format!("{}{leg}{detail}", phase.name).chars().take(26).collect();
    let _ = write!(
        svg,
        "<text x=\"0\" y=\"{:.1}\">{}</text><rect class=\"{}{failed}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
         height=\"{:.1}\" rx=\"2\"><title>{}{leg}{}: {took}{failed}</title></rect>\
         <text class=\"faint\" x=\"{:.1}\" y=\"{:.1}\">{took}{failed}</text>",
        y + 13.0,
        escape(&label),
        phase.name,
        ROW - 7.0,
        phase.name,
        escape(&detail),
        x + width + 5.0,
        y + 13.0,
    );
}

/// Three lanes: calls, callbacks on the caller's thread, callbacks on others.
fn lanes(svg: &mut String, scale: &Scale, records: &[Record], top: f64) {
    for (i, label) in ["calls", "callbacks, caller", "callbacks, other"].into_iter().enumerate() {
        let y = top + ROW * (i as f64) + 13.0;
        let _ = write!(svg, "<text class=\"faint\" x=\"0\" y=\"{y:.1}\">{label}</text>");
    }
    let mut open: Option<(Duration, &str)> = None;
    for record in records {
        match &record.what {
            What::Call { function, .. } => open = Some((record.at, function)),
            What::Return { .. } => {
                if let Some((from, function)) = open.take() {
                    let (x, width) = scale.bar(from, record.at);
                    let took = ms(record.at.saturating_sub(from));
                    let _ = write!(
                        svg,
                        "<rect class=\"call\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\">\
                         <title>{function}: {took}</title></rect>",
                        ROW - 7.0
                    );
                }
            }
            What::Notification { status, described, .. } => {
                let lane = if record.thread == Thread::Caller { 1.0 } else { 2.0 };
                let y = top + ROW * lane;
                let x = scale.x(record.at) - 1.0;
                let _ = write!(
                    svg,
                    "<rect class=\"{}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"2\" height=\"{:.1}\">\
                     <title>{} {} {}</title></rect>",
                    class(*status),
                    ROW - 7.0,
                    ms(record.at),
                    status_name(*status),
                    escape(described)
                );
            }
        }
    }
}

fn class(status: u32) -> &'static str {
    match status {
        WINHTTP_CALLBACK_STATUS_REQUEST_ERROR | WINHTTP_CALLBACK_STATUS_SECURE_FAILURE => "bad",
        other => match status::find(other).map(|row| row.role) {
            Some(Role::Completion) => "Completion",
            Some(Role::Handle) => "Handle",
            _ => "Progress",
        },
    }
}

fn table(page: &mut String, records: &[Record], left_out: u64) {
    page.push_str(
        "<details><summary>every line</summary><table><tr><th>ms<th>thread<th>handle<th>status<th>length\
         <th>information</tr>\n",
    );
    for record in records {
        let (quiet, status, length, text) = match &record.what {
            What::Call { function, arguments } => {
                (" class=\"q\"", format!("-> {function}"), String::new(), arguments.clone())
            }
            What::Return { function, result, error } => (
                " class=\"q\"",
                format!("<- {function}"),
                String::new(),
                format!("{result}, last error {error}"),
            ),
            What::Notification { status, described, length, .. } => {
                ("", status_name(*status), length.to_string(), described.clone())
            }
        };
        let _ = writeln!(
            page,
            "<tr{quiet}><td>{:.3}<td>{}<td>{}<td>{}<td>{length}<td>{}</tr>",
            record.at.as_secs_f64() * 1e3,
            record.thread.label(),
            record.handle.name,
            escape(&status),
            escape(&text)
        );
    }
    page.push_str("</table>");
    if left_out > 0 {
        let _ = write!(page, "<p>{} lines of reading or writing are not listed.</p>", thousands(left_out));
    }
    page.push_str("</details>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::Info;
    use crate::record::{Named, Outcome};

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let what = What::Notification {
            status: 1,
            info: Info::Text("<script>".into()),
            described: "\"<script>\"".into(),
            length: 8,
            inside: None,
        };
        let at = Duration::from_micros(5);
        let records = vec![Record { at, thread: Thread::Other(1), handle: Named::NONE, what }];
        let outcome = Outcome { reason: "<b>".into(), code: Some(200), ..Outcome::default() };
        let done = Done { outcome, records, left_out: 0 };
        let page = page(&[Section { title: "<i>".into(), about: String::new(), done, secure: false }]);
        for raw in ["<script>", "<b>", "<i>"] {
            assert!(!page.contains(raw), "{raw}");
        }
        assert!(page.contains("class=\"resolve\"") && page.contains("RESOLVING_NAME"));
        assert!(!page.contains("http://") && !page.contains("https://"), "loads or links something");
    }

    #[test]
    fn steps_are_round() {
        assert!((step(10.0) - 2.0).abs() < 1e-9);
        assert!((step(0.8) - 0.1).abs() < 1e-9);
        assert!(step(0.0) > 0.0);
    }
}
