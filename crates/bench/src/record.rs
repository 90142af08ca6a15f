//! What a client prints: one line of JSON, flat, of which the numbers are kept.

use std::collections::HashMap;

/// The numbers of one run of one client.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record(HashMap<String, f64>);

impl Record {
    /// The last line that begins with a brace, or nothing. Strings are passed over; there is no nesting.
    pub(crate) fn last_of(output: &str) -> Option<Record> {
        let line = output.lines().rev().find(|line| line.starts_with('{'))?;
        let inside = line.trim().strip_prefix('{')?.strip_suffix('}')?;
        let mut numbers = HashMap::new();
        for member in inside.split(',') {
            let (name, value) = member.split_once(':')?;
            if let Ok(number) = value.parse::<f64>() {
                numbers.insert(name.trim_matches('"').to_owned(), number);
            }
        }
        Some(Record(numbers))
    }

    /// A number by name; none where the client does not print it.
    pub(crate) fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied().filter(|number| number.is_finite())
    }
}

/// The middle of what is there, or nothing of nothing.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[half]),
        _ => Some((values[half - 1] + values[half]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_last_line() {
        let record =
            Record::last_of("noise\n{\"client\":\"raw\",\"a\":1.5}\n{\"client\":\"raw\",\"a\":-2}\n");
        assert_eq!(record.and_then(|record| record.get("a")), Some(-2.0));
        assert_eq!(Record::last_of("nothing"), None);
    }

    #[test]
    fn medians() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0]), Some(2.5));
    }
}
