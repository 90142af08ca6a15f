//! Playing cases against a subject and judging what came.
pub mod case;
pub mod compare;
pub mod compile;
pub mod coverage;
pub mod drive;
pub mod judge;
pub mod ledger;
pub mod matrix;
mod names;
pub mod play;
pub mod recorded;
pub mod report;
pub mod results;
pub mod script;
pub mod subject;
mod words;

pub use names::number;
pub use words::fits;

/// Statuses by name, in WinHTTP's numeric order.
pub const STATUSES: &[(&str, u32)] = &[
    ("RESOLVING_NAME", 0x0000_0001),
    ("NAME_RESOLVED", 0x0000_0002),
    ("CONNECTING_TO_SERVER", 0x0000_0004),
    ("CONNECTED_TO_SERVER", 0x0000_0008),
    ("SENDING_REQUEST", 0x0000_0010),
    ("REQUEST_SENT", 0x0000_0020),
    ("RECEIVING_RESPONSE", 0x0000_0040),
    ("RESPONSE_RECEIVED", 0x0000_0080),
    ("CLOSING_CONNECTION", 0x0000_0100),
    ("CONNECTION_CLOSED", 0x0000_0200),
    ("HANDLE_CREATED", 0x0000_0400),
    ("HANDLE_CLOSING", 0x0000_0800),
    ("DETECTING_PROXY", 0x0000_1000),
    ("REDIRECT", 0x0000_4000),
    ("INTERMEDIATE_RESPONSE", 0x0000_8000),
    ("SECURE_FAILURE", 0x0001_0000),
    ("HEADERS_AVAILABLE", 0x0002_0000),
    ("DATA_AVAILABLE", 0x0004_0000),
    ("READ_COMPLETE", 0x0008_0000),
    ("WRITE_COMPLETE", 0x0010_0000),
    ("REQUEST_ERROR", 0x0020_0000),
    ("SENDREQUEST_COMPLETE", 0x0040_0000),
    ("GETPROXYFORURL_COMPLETE", 0x0100_0000),
    ("CLOSE_COMPLETE", 0x0200_0000),
    ("SHUTDOWN_COMPLETE", 0x0400_0000),
    ("GETPROXYSETTINGS_COMPLETE", 0x0800_0000),
    ("SETTINGS_WRITE_COMPLETE", 0x1000_0000),
    ("SETTINGS_READ_COMPLETE", 0x2000_0000),
];
