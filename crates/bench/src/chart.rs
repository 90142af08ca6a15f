//! A bar chart of the ratios, as SVG.

use std::fmt::Write as _;

use crate::scenario::Limit;
use crate::table::Row;

const LEFT: f64 = 330.0;
const SCALE: f64 = 260.0;
const MOST: f64 = 2.0;
const LINE: f64 = 18.0;

/// Two bars a row: ours / libcurl and ours / raw; a stroke marks the limit. Shorter is better, 1 is the other's.
pub(crate) fn svg(rows: &[Row]) -> String {
    let rows: Vec<&Row> =
        rows.iter().filter(|row| !row.measure.rising && (row.to_curl.or(row.to_raw)).is_some()).collect();
    let count: usize = rows.iter().map(|row| bars(row).len()).sum();
    let height = 50.0 + count as f64 * LINE + rows.len() as f64 * 6.0;
    let width = LEFT + SCALE * MOST + 70.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"10\" y=\"20\">ours / libcurl</text><rect x=\"95\" y=\"10\" width=\"12\" height=\"12\" fill=\"#3b6ea5\"/>\n\
         <text x=\"130\" y=\"20\">ours / raw epoll</text><rect x=\"225\" y=\"10\" width=\"12\" height=\"12\" fill=\"#c78b2c\"/>\n\
         <text x=\"260\" y=\"20\">stroke: target</text>\n"
    );
    let one = LEFT + SCALE;
    // Writing to a String cannot fail.
    let _ =
        writeln!(out, "<line x1=\"{one}\" y1=\"30\" x2=\"{one}\" y2=\"{}\" stroke=\"#999\"/>", height - 8.0);
    let mut y = 40.0;
    for row in rows {
        let label = format!("{}: {}", row.scenario, row.measure.what);
        let _ = writeln!(out, "<text x=\"10\" y=\"{}\">{}</text>", y + 11.0, escaped(&label));
        for (ratio, limit, colour) in bars(row) {
            bar(&mut out, y, ratio, limit, colour);
            y += LINE;
        }
        y += 6.0;
    }
    out.push_str("</svg>\n");
    out
}

fn bars(row: &Row) -> Vec<(f64, Option<Limit>, &'static str)> {
    let both = [(row.to_curl, row.measure.to_curl, "#3b6ea5"), (row.to_raw, row.measure.to_raw, "#c78b2c")];
    both.into_iter().filter_map(|(ratio, limit, colour)| Some((ratio?, limit, colour))).collect()
}

fn bar(out: &mut String, y: f64, ratio: f64, limit: Option<Limit>, colour: &str) {
    let length = ratio.min(MOST) * SCALE;
    let _ = writeln!(
        out,
        "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"14\" fill=\"{colour}\"/>\
         <text x=\"{:.1}\" y=\"{}\">{ratio:.2}</text>",
        LEFT + length + 4.0,
        y + 11.0
    );
    if let Some(Limit::AtMost(most)) = limit {
        let x = LEFT + most * SCALE;
        let _ = writeln!(
            out,
            "<line x1=\"{x:.1}\" y1=\"{}\" x2=\"{x:.1}\" y2=\"{}\" stroke=\"#b00\" stroke-width=\"2\"/>",
            y - 1.0,
            y + 15.0
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
