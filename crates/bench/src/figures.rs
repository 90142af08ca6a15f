//! The figures that are kept in the repository, and how two sets of them are held against each other.

use std::collections::BTreeMap;

use crate::Failure;

/// Growth that is let pass, as a share of the older figure.
const SHARE: f64 = 0.05;
/// And in any case this much, in the figure's unit: counts near zero differ by a call now and then.
const SLACK: f64 = 0.05;

/// Scenario and figure, and what it is for one request.
pub(crate) type Figures = BTreeMap<(String, String), f64>;

/// Out of `scenario,figure,value` lines after a heading.
pub(crate) fn parse(text: &str) -> Result<Figures, Failure> {
    let mut figures = Figures::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#') && *line != HEADING) {
        let mut cells = line.split(',');
        match (cells.next(), cells.next(), cells.next().map(str::parse::<f64>), cells.next()) {
            (Some(scenario), Some(figure), Some(Ok(value)), None) => {
                figures.insert((scenario.into(), figure.into()), value);
            }
            _ => return Err(format!("not scenario,figure,value: {line}").into()),
        }
    }
    Ok(figures)
}

const HEADING: &str = "scenario,figure,per_request";

/// What the figures are: said in the file, so that two of them can be told apart.
const ABOUT: &str = "\
# Of one request of the C client, the slope between a short and a long run. winhttp-bench icount --write makes it.
# instructions: user, all threads, callgrind, median of three slopes (1000 to 6000 requests)
# system calls: all threads but winhttp-watch, strace
# allocations: malloc and its family
# atomic read-modify-writes: locked instructions of x86-64 that ran, all threads
";

/// As `parse` reads them.
pub(crate) fn csv(figures: &Figures) -> String {
    let mut text = format!("{ABOUT}{HEADING}\n");
    for ((scenario, figure), value) in figures {
        let value = if *value >= 100.0 { format!("{value:.0}") } else { format!("{value:.3}") };
        text.push_str(&format!("{scenario},{figure},{value}\n"));
    }
    text
}

/// Whether a figure went up by more than is let pass.
fn grown(before: f64, now: f64) -> bool {
    now > before * (1.0 + SHARE) && now - before > SLACK
}

/// Whether a figure of a scenario has grown.
pub(crate) fn has_grown(old: &Figures, new: &Figures, scenario: &str) -> bool {
    new.iter()
        .filter(|(key, _)| key.0 == scenario)
        .any(|(key, now)| old.get(key).is_some_and(|was| grown(*was, *now)))
}

/// A table of both, and whether nothing has grown by more than is let pass.
pub(crate) fn held_against(old: &Figures, new: &Figures) -> (String, bool) {
    let mut text = String::from("| scenario | figure | before | now | |\n|---|---|--:|--:|---|\n");
    let mut fine = true;
    for (key, now) in new {
        let (before, word) = match old.get(key) {
            None => (String::new(), "new"),
            Some(before) if grown(*before, *now) => {
                fine = false;
                (format!("{before:.2}"), "**grown**")
            }
            Some(before) if *now < before * (1.0 - SHARE) && before - now > SLACK => {
                (format!("{before:.2}"), "less")
            }
            Some(before) => (format!("{before:.2}"), ""),
        };
        text.push_str(&format!("| {} | {} | {before} | {now:.2} | {word} |\n", key.0, key.1));
    }
    (text, fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: f64) -> Figures {
        Figures::from([(("get-1".into(), "allocations".into()), value)])
    }

    #[test]
    fn growth_is_told_from_noise() {
        assert!(held_against(&one(100.0), &one(104.9)).1);
        assert!(!held_against(&one(100.0), &one(105.1)).1);
        assert!(held_against(&one(0.0), &one(0.04)).1);
        assert!(!held_against(&one(0.0), &one(0.06)).1);
        assert!(
            has_grown(&one(100.0), &one(106.0), "get-1") && !has_grown(&one(100.0), &one(106.0), "get-16")
        );
        assert!(held_against(&Figures::new(), &one(5.0)).1, "a new figure has nothing to be held against");
    }

    #[test]
    fn what_is_written_is_read() {
        let read = parse(&csv(&one(2.5)));
        assert_eq!(read.ok(), Some(one(2.5)));
        assert!(parse("scenario,figure,per_request\na,b,c\n").is_err());
    }
}
