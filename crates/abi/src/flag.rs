//! Flags of the calls: opening, headers, notification masks, reading.

use crate::table::constants;

constants! {
    /// Flags of `WinHttpOpen`.
    pub OPEN: u32;
    WINHTTP_FLAG_ASYNC = 0x1000_0000, "Calls return at once and complete through the callback.";
    WINHTTP_FLAG_SECURE_DEFAULTS = 0x3000_0000, "Modern TLS only. Contains the bit of `ASYNC`.";
}

constants! {
    /// Flags of `WinHttpOpenRequest`.
    pub OPEN_REQUEST: u32;
    WINHTTP_FLAG_ESCAPE_PERCENT = 0x0000_0004, "Escape `%` too.";
    WINHTTP_FLAG_NULL_CODEPAGE = 0x0000_0008, "The path is ASCII.";
    WINHTTP_FLAG_ESCAPE_DISABLE = 0x0000_0040, "Escape nothing.";
    WINHTTP_FLAG_ESCAPE_DISABLE_QUERY = 0x0000_0080, "Do not escape the query.";
    WINHTTP_FLAG_REFRESH = 0x0000_0100, "Ask proxies for a fresh answer (`Pragma: no-cache`).";
    WINHTTP_FLAG_BYPASS_PROXY_CACHE = 0x0000_0100, "Another name of `REFRESH`.";
    WINHTTP_FLAG_AUTOMATIC_CHUNKING = 0x0000_0200, "Frame bodies of unknown length as chunks.";
    WINHTTP_FLAG_SECURE = 0x0080_0000, "Use TLS.";
}

constants! {
    /// Modifiers of `WinHttpAddRequestHeaders`.
    pub ADDREQ: u32;
    WINHTTP_ADDREQ_FLAG_COALESCE_WITH_SEMICOLON = 0x0100_0000, "Join with what is there by `; `.";
    WINHTTP_ADDREQ_FLAG_ADD_IF_NEW = 0x1000_0000, "Add only if the header is not there.";
    WINHTTP_ADDREQ_FLAG_ADD = 0x2000_0000, "Add; with `REPLACE`, also when there is nothing to replace.";
    WINHTTP_ADDREQ_FLAG_COALESCE_WITH_COMMA = 0x4000_0000, "Join with what is there by `, `.";
    WINHTTP_ADDREQ_FLAG_COALESCE = 0x4000_0000, "Another name of `COALESCE_WITH_COMMA`.";
    WINHTTP_ADDREQ_FLAG_REPLACE = 0x8000_0000, "Replace the first header of that name; an empty value removes it.";
    WINHTTP_ADDREQ_FLAGS_MASK = 0xffff_0000, "The bits that are flags.";
    WINHTTP_ADDREQ_INDEX_MASK = 0x0000_ffff, "The bits that are an index.";
}

constants! {
    /// Masks of `WinHttpSetStatusCallback`.
    pub NOTIFICATION: u32;
    WINHTTP_CALLBACK_FLAG_RESOLVE_NAME = 0x0000_0003, "Both name resolution statuses.";
    WINHTTP_CALLBACK_FLAG_CONNECT_TO_SERVER = 0x0000_000c, "Both connection statuses.";
    WINHTTP_CALLBACK_FLAG_SEND_REQUEST = 0x0000_0030, "Both sending statuses.";
    WINHTTP_CALLBACK_FLAG_RECEIVE_RESPONSE = 0x0000_00c0, "Both receiving statuses.";
    WINHTTP_CALLBACK_FLAG_CLOSE_CONNECTION = 0x0000_0300, "Both closing statuses.";
    WINHTTP_CALLBACK_FLAG_HANDLES = 0x0000_0c00, "Handles created and closing.";
    WINHTTP_CALLBACK_FLAG_DETECTING_PROXY = 0x0000_1000, "`DETECTING_PROXY`.";
    WINHTTP_CALLBACK_FLAG_REDIRECT = 0x0000_4000, "`REDIRECT`.";
    WINHTTP_CALLBACK_FLAG_INTERMEDIATE_RESPONSE = 0x0000_8000, "`INTERMEDIATE_RESPONSE`.";
    WINHTTP_CALLBACK_FLAG_SECURE_FAILURE = 0x0001_0000, "`SECURE_FAILURE`.";
    WINHTTP_CALLBACK_FLAG_HEADERS_AVAILABLE = 0x0002_0000, "`HEADERS_AVAILABLE`.";
    WINHTTP_CALLBACK_FLAG_DATA_AVAILABLE = 0x0004_0000, "`DATA_AVAILABLE`.";
    WINHTTP_CALLBACK_FLAG_READ_COMPLETE = 0x0008_0000, "`READ_COMPLETE`.";
    WINHTTP_CALLBACK_FLAG_WRITE_COMPLETE = 0x0010_0000, "`WRITE_COMPLETE`.";
    WINHTTP_CALLBACK_FLAG_REQUEST_ERROR = 0x0020_0000, "`REQUEST_ERROR`.";
    WINHTTP_CALLBACK_FLAG_SENDREQUEST_COMPLETE = 0x0040_0000, "`SENDREQUEST_COMPLETE`.";
    WINHTTP_CALLBACK_FLAG_GETPROXYFORURL_COMPLETE = 0x0100_0000, "`GETPROXYFORURL_COMPLETE`.";
    WINHTTP_CALLBACK_FLAG_GETPROXYSETTINGS_COMPLETE = 0x0800_0000, "`GETPROXYSETTINGS_COMPLETE`.";
    WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS = 0x097e_0000, "All completions of requests. Without `CLOSE_COMPLETE` and `SHUTDOWN_COMPLETE`; older headers also leave out 0x0800_0000.";
    WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS = 0xffff_ffff, "Everything.";
}

constants! {
    /// Other numbers of the calls.
    pub OTHER: u32;
    WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH = 0, "SendRequest: the application frames the body itself.";
    WINHTTP_EXTENDED_HEADER_FLAG_UNICODE = 1, "AddRequestHeadersEx: the strings are wide.";
    WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER = 1, "ReadDataEx: complete when the buffer is full or the body ends.";
    WINHTTP_QUERY_CONNECTION_GROUP_FLAG_INSECURE = 1, "QueryConnectionGroup: groups without TLS too.";
    WINHTTP_TIME_FORMAT_BUFSIZE = 62, "Bytes of the text that `WinHttpTimeFromSystemTime` writes: 31 units of 16 bits. The C header doubles it for 32-bit text.";
}

/// What `WinHttpSetStatusCallback` gives back when it fails, as a number: all bits set.
pub const WINHTTP_INVALID_STATUS_CALLBACK: usize = usize::MAX;
