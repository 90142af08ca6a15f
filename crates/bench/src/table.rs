//! Medians, paired ratios, and the table.

use crate::peers::Peer;
use crate::record::median;
use crate::rounds::Results;
use crate::scenario::{Limit, Measure, Scenario};

/// One line of the table.
pub(crate) struct Row {
    pub(crate) scenario: String,
    pub(crate) measure: Measure,
    pub(crate) ours: Option<f64>,
    curl: Option<f64>,
    mio: Option<f64>,
    raw: Option<f64>,
    pub(crate) to_curl: Option<f64>,
    pub(crate) to_raw: Option<f64>,
    /// Whether every limit of the row holds; none where there is no limit or no figure.
    pub(crate) met: Option<bool>,
}

/// Every measure of every scenario.
pub(crate) fn rows(scenarios: &[Scenario], results: &Results) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, scenario) in scenarios.iter().enumerate() {
        for measure in &scenario.measures {
            rows.push(row(at, scenario, *measure, results));
        }
    }
    rows
}

fn row(at: usize, scenario: &Scenario, measure: Measure, results: &Results) -> Row {
    let series = |peer| results.series(at, peer, measure.field);
    let middle = |peer| median(series(peer).into_iter().map(|(_, value)| value).collect());
    let ours = series(Peer::Ours);
    // The better of libcurl's two drives, by its median.
    let better = match (middle(Peer::CurlSocket), middle(Peer::CurlPoll)) {
        (Some(socket), Some(poll)) if (poll < socket) != measure.rising => Peer::CurlPoll,
        (None, Some(_)) => Peer::CurlPoll,
        _ => Peer::CurlSocket,
    };
    let paired = |peer| {
        let other = series(peer);
        let ratios = ours.iter().filter_map(|(round, mine)| {
            let (_, theirs) = other.iter().find(|(theirs, _)| theirs == round)?;
            (*theirs > 0.0).then(|| mine / theirs)
        });
        median(ratios.collect())
    };
    let (mine, to_curl, to_raw) = (middle(Peer::Ours), paired(better), paired(Peer::Raw));
    let checks = [(mine, measure.own), (to_curl, measure.to_curl), (to_raw, measure.to_raw)];
    let mut met = None;
    for (value, limit) in checks {
        if let (Some(value), Some(Limit::AtMost(most))) = (value, limit) {
            met = Some(met.unwrap_or(true) && value <= most);
        }
    }
    Row {
        scenario: scenario.name.clone(),
        measure,
        ours: mine,
        curl: middle(better),
        mio: middle(Peer::Mio),
        raw: middle(Peer::Raw),
        to_curl,
        to_raw,
        met,
    }
}

/// The table, for people and for the web.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = String::from(
        "| scenario | measure | ours | libcurl | mio | raw | ours / libcurl | ours / raw | |\n\
         |---|---|--:|--:|--:|--:|--:|--:|---|\n",
    );
    for row in rows {
        let verdict = match row.met {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "",
        };
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {verdict} |\n",
            row.scenario,
            row.measure.what,
            against(row.ours, row.measure.own),
            number(row.curl),
            number(row.mio),
            number(row.raw),
            against(row.to_curl, row.measure.to_curl),
            against(row.to_raw, row.measure.to_raw),
        ));
    }
    text
}

fn against(value: Option<f64>, limit: Option<Limit>) -> String {
    match (value, limit) {
        (None, None) => String::new(),
        (value, None) => number(value),
        (value, Some(Limit::AtMost(most))) => format!("{} (<= {most})", number(value)),
        (value, Some(Limit::AtLeast(least))) => format!("{} (>= {least})", number(value)),
    }
}

/// Three digits that mean something.
pub(crate) fn number(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        Some(value) if value.abs() >= 1000.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 100.0 => format!("{value:.1}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;
    use crate::scenario;

    #[test]
    fn ratios_are_paired_and_judged() {
        let scenarios: Vec<Scenario> = scenario::all().into_iter().filter(|s| s.name == "get-1").collect();
        let record = |cpu: f64| Record::last_of(&format!("{{\"cpu_us\":{cpu}}}")).unwrap_or_default();
        let mut runs = Vec::new();
        // The machine is three times as slow in the second round: the ratio is not moved by it.
        for (round, slow) in [(0, 1.0), (1, 3.0), (2, 1.0)] {
            runs.push((0, Peer::Ours, round, record(10.0 * slow)));
            runs.push((0, Peer::CurlSocket, round, record(50.0 * slow)));
            runs.push((0, Peer::CurlPoll, round, record(25.0 * slow)));
            runs.push((0, Peer::Raw, round, record(8.0 * slow)));
        }
        let rows = rows(&scenarios, &Results::of(runs));
        let cpu = &rows[0];
        assert_eq!((cpu.curl, cpu.to_curl, cpu.to_raw), (Some(25.0), Some(0.4), Some(1.25)));
        assert_eq!(cpu.met, Some(false), "1.25 of raw is more than 1.2");
        assert_eq!(rows[1].met, None, "nothing was measured");
        assert!(
            markdown(&rows)
                .contains("| get-1 | CPU, us a request | 10.00 | 25.00 |  | 8.000 | 0.400 (<= 0.45)")
        );
    }
}
