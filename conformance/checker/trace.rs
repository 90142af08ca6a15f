//! A trace: what a probe printed, one JSON object per line.
use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

/// The first line: who played what, where.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Head {
    /// Version of the trace's form.
    pub format: u32,
    /// The case.
    pub case: String,
    /// Hash of the case file and mode, in hexadecimal.
    pub hash: String,
    /// `native`, `wine` or `windows`.
    pub subject: String,
    /// Name and version of the library.
    pub library: String,
    /// Name and build of the operating system.
    pub system: String,
    /// Size of a pointer in bytes.
    pub pointer: u32,
    /// Size of the subject's WCHAR in bytes.
    pub wchar: u32,
}

/// A call of the application, before it is made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Call {
    /// Position in the trace.
    pub seq: u32,
    /// Microseconds since the probe began.
    pub at: u64,
    /// `main`, a named second thread, or `w1`, `w2` ... in the order of appearance.
    pub thread: String,
    /// Callbacks that this thread is inside of.
    pub depth: u32,
    /// The call on whose stack this one is made, 0 for none.
    pub outer: u32,
    /// Label of the main line's current call.
    pub section: String,
    /// Label of this call.
    pub label: String,
    /// What is called.
    pub verb: String,
    /// Its arguments as the case has them.
    pub args: Vec<String>,
}

/// A call's return.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Return {
    /// Position in the trace.
    pub seq: u32,
    /// Microseconds since the probe began.
    pub at: u64,
    /// The thread.
    pub thread: String,
    /// The call that returns.
    pub call: u32,
    /// `TRUE`, `FALSE`, `handle`, `NULL`, or what SetStatusCallback gave.
    pub result: String,
    /// The last error; it was 0xdeadbeef before.
    pub error: u32,
    /// Outputs.
    pub out: serde_json::Map<String, serde_json::Value>,
}

/// What `lpvStatusInformation` pointed at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Info {
    /// `null`, `string`, `number`, `handle`, `error`, `buffer` (of the application's), `websocket` or `pointer`.
    pub kind: String,
    /// A string's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether a NUL lies within the length given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminated: Option<bool>,
    /// A DWORD's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// `dwResult` of an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<i64>,
    /// `dwError` of an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<i64>,
    /// `operation` of a WebSocket's error: `send`, `receive`, `close` or `shutdown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// `eBufferType` of a WebSocket's completion: `binary`, `binary+`, `text`, `text+` (more of the message follows) or
    /// `close`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub buffer_type: Option<String>,
    /// A handle's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The call that lent the buffer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<u32>,
    /// The buffer's first bytes, each as one character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
}

/// A notification.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Callback {
    /// Position in the trace.
    pub seq: u32,
    /// Microseconds since the probe began.
    pub at: u64,
    /// The thread.
    pub thread: String,
    /// Callbacks that this thread is inside of, this one counted.
    pub depth: u32,
    /// The innermost call on this thread's stack, 0 for none.
    pub inside: u32,
    /// Label of the main line's current call.
    pub section: String,
    /// `hInternet` by name.
    pub handle: String,
    /// `dwContext` in hexadecimal.
    pub context: String,
    /// Name of the status.
    pub status: String,
    /// Its number.
    pub value: u32,
    /// `dwStatusInformationLength`.
    pub length: u32,
    /// The payload.
    pub info: Info,
}

/// A callback's return.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Leave {
    /// Position in the trace.
    pub seq: u32,
    /// Microseconds since the probe began.
    pub at: u64,
    /// The thread.
    pub thread: String,
    /// The callback that returns.
    pub callback: u32,
}

/// One request that the origin saw; the runner adds these after the probe's own lines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wire {
    /// Which origin: 1 or 2.
    pub origin: u32,
    /// Connection, from 0.
    pub connection: u32,
    /// The head as text.
    pub head: String,
    /// The body's first bytes as text.
    pub body: String,
    /// The body's length.
    pub length: u64,
}

/// A line of a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "the largest is the commonest")]
pub enum Event {
    /// The first line.
    Head(Head),
    /// A call.
    Call(Call),
    /// Its return.
    Return(Return),
    /// A notification.
    Callback(Callback),
    /// Its return.
    Leave(Leave),
    /// A request as the origin saw it.
    Wire(Wire),
    /// A WebSocket frame as the origin saw it.
    Frame {
        /// Which origin: 1 or 2.
        origin: u32,
        /// Opcode, length and first bytes, as `text 5 hello`; `+` where more of the message follows.
        text: String,
    },
    /// How many connections an origin accepted.
    Connections {
        /// Which origin: 1 or 2.
        origin: u32,
        /// How many.
        count: u32,
    },
    /// A signal between threads that did not come.
    Missed {
        /// Its name.
        signal: String,
    },
    /// A verb that the probe does not know.
    Unknown {
        /// The verb.
        verb: String,
    },
    /// The probe's time ran out.
    Hung {},
    /// The case was played to its end.
    End {},
}

/// Reads a trace.
///
/// # Errors
/// When a line is not what a probe writes. A last line that was cut off is left away.
pub fn read(input: impl BufRead) -> io::Result<Vec<Event>> {
    let mut events = Vec::new();
    let lines: Vec<String> = input.lines().collect::<io::Result<_>>()?;
    for (i, line) in lines.iter().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(event) => events.push(event),
            Err(_) if i + 1 == lines.len() => {}
            Err(e) => return Err(io::Error::other(format!("line {}: {e}", i + 1))),
        }
    }
    Ok(events)
}

/// The trace's head, or an empty one.
pub fn head(events: &[Event]) -> Head {
    events
        .iter()
        .find_map(|e| if let Event::Head(h) = e { Some(h.clone()) } else { None })
        .unwrap_or_default()
}
