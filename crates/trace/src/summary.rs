//! The last line of an exchange.
use crate::info::{error_name, fault_names};
use crate::paint::{tame, thousands};
use crate::record::Outcome;

/// What came of it, in one line.
pub(crate) fn line(outcome: &Outcome) -> String {
    let took = format!("{:.3} ms", outcome.took.as_secs_f64() * 1e3);
    let mut parts = Vec::new();
    if let Some(code) = outcome.code {
        parts.push(format!("{code} {}", tame(&outcome.reason)).trim_end().to_owned());
    }
    if outcome.uploaded > 0 {
        parts.push(format!("{} bytes sent", thousands(outcome.uploaded)));
    }
    match &outcome.failure {
        Some(failure) => {
            parts.push(format!("{} failed with {}", failure.function, error_name(failure.error)));
            if failure.faults != 0 {
                parts.push(fault_names(failure.faults).join(" | "));
            }
        }
        None => {
            parts.push(format!("body {} bytes", thousands(outcome.bytes)));
            if outcome.bytes > 0 {
                parts.push(format!("SHA-256 {}", outcome.sha256));
            }
        }
    }
    parts.push(took);
    format!("{:>10}  {}", "=", parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Failure;

    #[test]
    fn what_came_of_it() {
        let good = Outcome {
            code: Some(200),
            reason: "OK".into(),
            bytes: 1234,
            sha256: "ab".into(),
            ..Outcome::default()
        };
        assert_eq!(line(&good), "         =  200 OK; body 1,234 bytes; SHA-256 ab; 0.000 ms");
        let failure = Failure { function: "WinHttpSendRequest", error: 12175, faults: 8 };
        let bad = Outcome { failure: Some(failure), ..Outcome::default() };
        assert!(
            line(&bad)
                .contains("WinHttpSendRequest failed with ERROR_WINHTTP_SECURE_FAILURE (12175); INVALID_CA")
        );
    }
}
