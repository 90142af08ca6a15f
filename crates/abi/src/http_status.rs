//! HTTP status codes under the names `winhttp.h` gives them.

use crate::table::{self, constants};

constants! {
    /// Status codes in numeric order.
    pub TABLE: u32;
    HTTP_STATUS_CONTINUE = 100, "Go on with the body.";
    HTTP_STATUS_SWITCH_PROTOCOLS = 101, "The protocol changes.";
    HTTP_STATUS_OK = 200, "Done.";
    HTTP_STATUS_CREATED = 201, "Something was made.";
    HTTP_STATUS_ACCEPTED = 202, "Accepted, not done yet.";
    HTTP_STATUS_PARTIAL = 203, "Answer from elsewhere.";
    HTTP_STATUS_NO_CONTENT = 204, "Done, no body.";
    HTTP_STATUS_RESET_CONTENT = 205, "Done, reset the view.";
    HTTP_STATUS_PARTIAL_CONTENT = 206, "Part of the body.";
    HTTP_STATUS_WEBDAV_MULTI_STATUS = 207, "Several statuses.";
    HTTP_STATUS_AMBIGUOUS = 300, "Several choices.";
    HTTP_STATUS_MOVED = 301, "Moved for good.";
    HTTP_STATUS_REDIRECT = 302, "Found elsewhere.";
    HTTP_STATUS_REDIRECT_METHOD = 303, "See elsewhere with GET.";
    HTTP_STATUS_NOT_MODIFIED = 304, "Not modified.";
    HTTP_STATUS_USE_PROXY = 305, "Use a proxy.";
    HTTP_STATUS_REDIRECT_KEEP_VERB = 307, "Moved for now, same method.";
    HTTP_STATUS_PERMANENT_REDIRECT = 308, "Moved for good, same method.";
    HTTP_STATUS_BAD_REQUEST = 400, "Malformed request.";
    HTTP_STATUS_DENIED = 401, "Credentials needed.";
    HTTP_STATUS_PAYMENT_REQ = 402, "Payment needed.";
    HTTP_STATUS_FORBIDDEN = 403, "Not allowed.";
    HTTP_STATUS_NOT_FOUND = 404, "Not there.";
    HTTP_STATUS_BAD_METHOD = 405, "Method not allowed.";
    HTTP_STATUS_NONE_ACCEPTABLE = 406, "No acceptable form.";
    HTTP_STATUS_PROXY_AUTH_REQ = 407, "Credentials for the proxy needed.";
    HTTP_STATUS_REQUEST_TIMEOUT = 408, "The request took too long.";
    HTTP_STATUS_CONFLICT = 409, "Conflict.";
    HTTP_STATUS_GONE = 410, "Gone for good.";
    HTTP_STATUS_LENGTH_REQUIRED = 411, "A length is needed.";
    HTTP_STATUS_PRECOND_FAILED = 412, "A condition was not met.";
    HTTP_STATUS_REQUEST_TOO_LARGE = 413, "The body is too large.";
    HTTP_STATUS_URI_TOO_LONG = 414, "The target is too long.";
    HTTP_STATUS_UNSUPPORTED_MEDIA = 415, "Type of the body not supported.";
    HTTP_STATUS_RETRY_WITH = 449, "Try again after an action.";
    HTTP_STATUS_SERVER_ERROR = 500, "The server failed.";
    HTTP_STATUS_NOT_SUPPORTED = 501, "Not implemented.";
    HTTP_STATUS_BAD_GATEWAY = 502, "The next server answered badly.";
    HTTP_STATUS_SERVICE_UNAVAIL = 503, "Not available now.";
    HTTP_STATUS_GATEWAY_TIMEOUT = 504, "The next server was too slow.";
    HTTP_STATUS_VERSION_NOT_SUP = 505, "HTTP version not supported.";
}

constants! {
    /// Names and bounds made of the numbers above.
    pub ALIASES: u32;
    HTTP_STATUS_FIRST = HTTP_STATUS_CONTINUE, "The lowest code with a name.";
    HTTP_STATUS_LAST = HTTP_STATUS_VERSION_NOT_SUP, "The highest code with a name.";
}

/// The C name of a status code.
pub fn name(code: u32) -> Option<&'static str> {
    table::name(TABLE, u64::from(code))
}
