//! WebSocket: buffer types, operations and close statuses.

use crate::table::{self, constants};

constants! {
    /// Buffer types (`WINHTTP_WEB_SOCKET_BUFFER_TYPE`).
    pub BUFFER_TYPES: u32;
    WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE = 0, "A whole binary message, or its last part.";
    WINHTTP_WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE = 1, "Part of a binary message; more follows.";
    WINHTTP_WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE = 2, "A whole text message, or its last part.";
    WINHTTP_WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE = 3, "Part of a text message; more follows.";
    WINHTTP_WEB_SOCKET_CLOSE_BUFFER_TYPE = 4, "The other side has closed.";
}

constants! {
    /// Operations (`WINHTTP_WEB_SOCKET_OPERATION`), named by a failure.
    pub OPERATIONS: u32;
    WINHTTP_WEB_SOCKET_SEND_OPERATION = 0, "`WinHttpWebSocketSend`.";
    WINHTTP_WEB_SOCKET_RECEIVE_OPERATION = 1, "`WinHttpWebSocketReceive`.";
    WINHTTP_WEB_SOCKET_CLOSE_OPERATION = 2, "`WinHttpWebSocketClose`.";
    WINHTTP_WEB_SOCKET_SHUTDOWN_OPERATION = 3, "`WinHttpWebSocketShutdown`.";
}

constants! {
    /// Close statuses (`WINHTTP_WEB_SOCKET_CLOSE_STATUS`), the numbers of RFC 6455 section 7.4.
    pub CLOSE_STATUSES: u16;
    WINHTTP_WEB_SOCKET_SUCCESS_CLOSE_STATUS = 1000, "Done as meant.";
    WINHTTP_WEB_SOCKET_ENDPOINT_TERMINATED_CLOSE_STATUS = 1001, "One side goes away.";
    WINHTTP_WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS = 1002, "The protocol was violated.";
    WINHTTP_WEB_SOCKET_INVALID_DATA_TYPE_CLOSE_STATUS = 1003, "This type of data is not accepted.";
    WINHTTP_WEB_SOCKET_EMPTY_CLOSE_STATUS = 1005, "The close frame had no status; never on the wire.";
    WINHTTP_WEB_SOCKET_ABORTED_CLOSE_STATUS = 1006, "The connection ended without a close frame; never on the wire.";
    WINHTTP_WEB_SOCKET_INVALID_PAYLOAD_CLOSE_STATUS = 1007, "The data did not fit its type, such as text that is not UTF-8.";
    WINHTTP_WEB_SOCKET_POLICY_VIOLATION_CLOSE_STATUS = 1008, "A policy was violated.";
    WINHTTP_WEB_SOCKET_MESSAGE_TOO_BIG_CLOSE_STATUS = 1009, "The message is too large.";
    WINHTTP_WEB_SOCKET_UNSUPPORTED_EXTENSIONS_CLOSE_STATUS = 1010, "The server did not agree to a required extension.";
    WINHTTP_WEB_SOCKET_SERVER_ERROR_CLOSE_STATUS = 1011, "The server met an unexpected condition.";
    WINHTTP_WEB_SOCKET_SECURE_HANDSHAKE_ERROR_CLOSE_STATUS = 1015, "The TLS handshake failed; never on the wire.";
}

constants! {
    /// Limits of the family.
    pub LIMITS: u32;
    WINHTTP_WEB_SOCKET_MAX_CLOSE_REASON_LENGTH = 123, "The longest close reason, in bytes.";
    WINHTTP_WEB_SOCKET_MIN_KEEPALIVE_VALUE = 15000, "The shortest keep-alive interval, in milliseconds.";
}

constants! {
    /// Operations of an upgraded protocol (`WINHTTP_PROTOCOL_OPERATION`).
    pub PROTOCOL_OPERATIONS: u32;
    WINHTTP_PROTOCOL_SEND_OPERATION = 0, "`WinHttpProtocolSend`.";
    WINHTTP_PROTOCOL_RECEIVE_OPERATION = 1, "`WinHttpProtocolReceive`.";
}

/// The C name of a buffer type.
pub fn buffer_type_name(buffer_type: u32) -> Option<&'static str> {
    table::name(BUFFER_TYPES, u64::from(buffer_type))
}

/// The C name of a close status.
pub fn close_status_name(status: u16) -> Option<&'static str> {
    table::name(CLOSE_STATUSES, u64::from(status))
}

/// The C name of an operation.
pub fn operation_name(operation: u32) -> Option<&'static str> {
    table::name(OPERATIONS, u64::from(operation))
}
