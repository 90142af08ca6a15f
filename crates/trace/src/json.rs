//! One JSON object per line.
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::info::{Info, api_name, buffer_type_name, fault_names, operation_name, status_name};
use crate::record::{Outcome, Record, Thread, What};
use winhttp_abi::error;

/// Every line has the same first keys, null where they say nothing, so that filters need not ask for them.
#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    exchange: &'a str,
    t_ms: f64,
    thread: Option<&'static str>,
    handle: Option<&'static str>,
    status: Option<String>,
    length: Option<u32>,
    info: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_value: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_number: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handle_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<u32>,
}

/// Milliseconds with three decimals.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

fn value(info: &Info, described: &str) -> Value {
    match info {
        Info::Nothing => Value::Null,
        Info::Text(text) => json!(text),
        Info::Number(number) => json!(number),
        Info::Faults(bits) => json!({ "bits": bits, "names": fault_names(*bits) }),
        Info::Handle(_) | Info::Buffer => json!(described),
        Info::Failure { api, error } => {
            json!({ "api": api_name(*api), "error": error, "name": error::name(*error) })
        }
        Info::Frame { bytes, buffer_type } => {
            json!({ "bytes": bytes, "type": buffer_type_name(*buffer_type) })
        }
        Info::SocketFailure { operation, error } => json!({
            "operation": operation_name(*operation),
            "error": error,
            "name": error::name(*error),
        }),
        Info::Unexpected => json!({ "unexpected": described }),
    }
}

/// A record as one line, without its end.
pub(crate) fn record(exchange: &str, record: &Record) -> String {
    let (thread, thread_number) = match record.thread {
        Thread::Caller => ("caller", None),
        Thread::Other(number) => ("other", Some(number)),
    };
    let mut line = Line {
        event: "notification",
        exchange,
        t_ms: milliseconds(record.at),
        thread: Some(thread),
        handle: (!record.handle.name.is_empty()).then_some(record.handle.name),
        status: None,
        length: None,
        info: Value::Null,
        status_value: None,
        thread_number,
        handle_value: (record.handle.value != 0).then(|| format!("{:#x}", record.handle.value)),
        inside: None,
        function: None,
        result: None,
        last_error: None,
    };
    match &record.what {
        What::Notification { status, info, described, length, inside } => {
            line.status = Some(status_name(*status));
            line.status_value = Some(*status);
            line.length = Some(*length);
            line.info = value(info, described);
            line.inside = *inside;
        }
        What::Call { function, arguments } => {
            line.event = "call";
            line.function = Some(function);
            line.info = json!(arguments);
        }
        What::Return { function, result, error } => {
            line.event = "return";
            line.function = Some(function);
            line.result = Some(result);
            line.last_error = Some(*error);
        }
    }
    text(&line)
}

/// The last line of an exchange.
pub(crate) fn outcome(exchange: &str, outcome: &Outcome) -> String {
    let failure = outcome.failure.map(|f| {
        json!({
            "function": f.function,
            "error": f.error,
            "name": error::name(f.error),
            "faults": fault_names(f.faults),
        })
    });
    text(&json!({
        "event": "end",
        "exchange": exchange,
        "t_ms": milliseconds(outcome.took),
        "thread": null,
        "handle": null,
        "status": null,
        "length": null,
        "info": {
            "code": outcome.code,
            "reason": outcome.reason,
            "bytes": outcome.bytes,
            "sha256": outcome.sha256,
            "uploaded": outcome.uploaded,
            "failure": failure,
        },
    }))
}

fn text(line: &impl Serialize) -> String {
    // Maps with text keys and plain values cannot fail to become text.
    serde_json::to_string(line).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Named;

    #[test]
    fn a_notification_has_the_keys_that_scripts_ask_for() {
        let line = record(
            "get",
            &Record {
                at: Duration::from_nanos(1_234_567),
                thread: Thread::Other(2),
                handle: Named { name: "request", value: 0x1003 },
                what: What::Notification {
                    status: 1,
                    info: Info::Text("a \"b\"\n".into()),
                    described: String::new(),
                    length: 6,
                    inside: None,
                },
            },
        );
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["status"], "RESOLVING_NAME");
        assert_eq!(value["length"], 6);
        assert_eq!(value["thread"], "other");
        assert_eq!(value["thread_number"], 2);
        assert_eq!(value["handle"], "request");
        assert_eq!(value["info"], "a \"b\"\n");
        assert_eq!(value["t_ms"], 1.235);
        assert!(!line.contains('\n'));
    }

    #[test]
    fn calls_have_the_same_keys() {
        let what = What::Return { function: "WinHttpReadData", result: "TRUE".into(), error: 997 };
        let line =
            record("get", &Record { at: Duration::ZERO, thread: Thread::Caller, handle: Named::NONE, what });
        let value: Value = serde_json::from_str(&line).unwrap();
        for key in ["status", "length", "thread", "handle", "info", "t_ms"] {
            assert!(value.get(key).is_some(), "{key} in {line}");
        }
        assert_eq!(value["last_error"], 997);
    }
}
