//! Error numbers and their texts: WinHTTP's own, the Win32 errors its functions answer with, and
//! the socket errors behind them.
//!
//! The texts are short English sentences of this library; they are what `FormatMessage` of the
//! compatibility headers and `WinHttpCompatErrorText` give.

use crate::table::{Constant, constants};

constants! {
    /// Names and bounds made of the numbers above.
    pub ALIASES: u32;
    WINHTTP_ERROR_BASE = 12000, "The number all WinHTTP errors are counted from.";
    WINHTTP_ERROR_LAST = ERROR_WINHTTP_FAST_FORWARDING_NOT_SUPPORTED, "The highest WinHTTP error known. It moves with every SDK: never use it as a bound on answers.";
}

constants! {
    /// WinHTTP's errors.
    pub TABLE: u32;
    ERROR_WINHTTP_OUT_OF_HANDLES = 12001, "No more handles can be made.";
    ERROR_WINHTTP_TIMEOUT = 12002, "The time allowed for the operation has passed.";
    ERROR_WINHTTP_INTERNAL_ERROR = 12004, "Something went wrong inside the library.";
    ERROR_WINHTTP_INVALID_URL = 12005, "The URL is not valid.";
    ERROR_WINHTTP_UNRECOGNIZED_SCHEME = 12006, "The URL has neither an http nor an https scheme.";
    ERROR_WINHTTP_NAME_NOT_RESOLVED = 12007, "The host name could not be resolved.";
    ERROR_WINHTTP_INVALID_OPTION = 12009, "The option is unknown, or its value is out of range.";
    ERROR_WINHTTP_OPTION_NOT_SETTABLE = 12011, "The option can be read but not set.";
    ERROR_WINHTTP_SHUTDOWN = 12012, "The library is being unloaded.";
    ERROR_WINHTTP_LOGIN_FAILURE = 12015, "Every attempt to log on failed.";
    ERROR_WINHTTP_OPERATION_CANCELLED = 12017, "The operation was cancelled, as a rule because its handle was closed.";
    ERROR_WINHTTP_INCORRECT_HANDLE_TYPE = 12018, "The handle is of the wrong kind for this call.";
    ERROR_WINHTTP_INCORRECT_HANDLE_STATE = 12019, "The call does not fit the present state of the handle.";
    ERROR_WINHTTP_CANNOT_CONNECT = 12029, "No connection to the server could be made.";
    ERROR_WINHTTP_CONNECTION_ERROR = 12030, "The connection to the server was reset or ended.";
    ERROR_WINHTTP_RESEND_REQUEST = 12032, "The request must be sent once more by the application.";
    ERROR_WINHTTP_SECURE_CERT_DATE_INVALID = 12037, "The server's certificate has expired or is not yet valid.";
    ERROR_WINHTTP_SECURE_CERT_CN_INVALID = 12038, "The server's certificate is for another host name.";
    ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED = 12044, "The server asks for a client certificate.";
    ERROR_WINHTTP_SECURE_INVALID_CA = 12045, "The server's certificate was issued by an authority that is not trusted.";
    ERROR_WINHTTP_SECURE_CERT_REV_FAILED = 12057, "Revocation of the server's certificate could not be checked.";
    ERROR_WINHTTP_CANNOT_CALL_BEFORE_OPEN = 12100, "The call is not allowed before the request is opened.";
    ERROR_WINHTTP_CANNOT_CALL_BEFORE_SEND = 12101, "The call is not allowed before the request is sent.";
    ERROR_WINHTTP_CANNOT_CALL_AFTER_SEND = 12102, "The call is not allowed once the request was sent.";
    ERROR_WINHTTP_CANNOT_CALL_AFTER_OPEN = 12103, "The call is not allowed once the request was opened.";
    ERROR_WINHTTP_HEADER_NOT_FOUND = 12150, "The header asked for is not there.";
    ERROR_WINHTTP_INVALID_SERVER_RESPONSE = 12152, "The server's answer cannot be understood.";
    ERROR_WINHTTP_INVALID_HEADER = 12153, "The header is malformed.";
    ERROR_WINHTTP_INVALID_QUERY_REQUEST = 12154, "The query is not valid for this request.";
    ERROR_WINHTTP_HEADER_ALREADY_EXISTS = 12155, "The header is there already.";
    ERROR_WINHTTP_REDIRECT_FAILED = 12156, "The redirect was refused: too many hops, or a change of scheme that is not allowed.";
    ERROR_WINHTTP_SECURE_CHANNEL_ERROR = 12157, "The secure channel could not be set up or failed.";
    ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT = 12166, "The proxy configuration script failed.";
    ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT = 12167, "The proxy configuration script could not be fetched.";
    ERROR_WINHTTP_SECURE_INVALID_CERT = 12169, "The server's certificate is invalid.";
    ERROR_WINHTTP_SECURE_CERT_REVOKED = 12170, "The server's certificate has been revoked.";
    ERROR_WINHTTP_NOT_INITIALIZED = 12172, "The library has not been set up.";
    ERROR_WINHTTP_SECURE_FAILURE = 12175, "The server's certificate has one or more faults; SECURE_FAILURE says which.";
    ERROR_WINHTTP_UNHANDLED_SCRIPT_TYPE = 12176, "The proxy configuration script is of a type that cannot be run.";
    ERROR_WINHTTP_SCRIPT_EXECUTION_ERROR = 12177, "The proxy configuration script ended in an error.";
    ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR = 12178, "No proxy could be determined from the configuration.";
    ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE = 12179, "The server's certificate is not meant for this use.";
    ERROR_WINHTTP_AUTODETECTION_FAILED = 12180, "No proxy configuration was found on the network.";
    ERROR_WINHTTP_HEADER_COUNT_EXCEEDED = 12181, "The answer has more headers than allowed.";
    ERROR_WINHTTP_HEADER_SIZE_OVERFLOW = 12182, "The headers of the answer are larger than allowed.";
    ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW = 12183, "A chunk header of the answer is larger than allowed.";
    ERROR_WINHTTP_RESPONSE_DRAIN_OVERFLOW = 12184, "The unread rest of the answer is larger than allowed.";
    ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY = 12185, "The client certificate has no private key.";
    ERROR_WINHTTP_CLIENT_CERT_NO_ACCESS_PRIVATE_KEY = 12186, "The private key of the client certificate may not be used.";
    ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED_PROXY = 12187, "The proxy asks for a client certificate.";
    ERROR_WINHTTP_SECURE_FAILURE_PROXY = 12188, "The proxy's certificate has one or more faults.";
    ERROR_WINHTTP_RESERVED_189 = 12189, "Reserved.";
    ERROR_WINHTTP_HTTP_PROTOCOL_MISMATCH = 12190, "The server cannot speak the HTTP version that is required.";
    ERROR_WINHTTP_GLOBAL_CALLBACK_FAILED = 12191, "A process-wide callback failed.";
    ERROR_WINHTTP_FEATURE_DISABLED = 12192, "The feature is switched off.";
    ERROR_WINHTTP_FAST_FORWARDING_NOT_SUPPORTED = 12193, "Fast forwarding is not possible for this exchange.";
}

constants! {
    /// The Win32 errors that WinHTTP functions and the compatibility headers use.
    pub WIN32: u32;
    ERROR_SUCCESS = 0, "No error.";
    ERROR_FILE_NOT_FOUND = 2, "The item asked for does not exist.";
    ERROR_ACCESS_DENIED = 5, "Access is denied.";
    ERROR_INVALID_HANDLE = 6, "The handle is not valid.";
    ERROR_NOT_ENOUGH_MEMORY = 8, "There is not enough memory for the call.";
    ERROR_INVALID_DATA = 13, "The data is not valid.";
    ERROR_OUTOFMEMORY = 14, "Memory is exhausted.";
    ERROR_GEN_FAILURE = 31, "The system refused the operation.";
    ERROR_NOT_SUPPORTED = 50, "The request is not supported.";
    ERROR_INVALID_PARAMETER = 87, "A parameter is not valid.";
    ERROR_CALL_NOT_IMPLEMENTED = 120, "The function is not implemented here.";
    ERROR_INSUFFICIENT_BUFFER = 122, "The buffer is too small for the result.";
    ERROR_MOD_NOT_FOUND = 126, "The module was not found.";
    ERROR_PROC_NOT_FOUND = 127, "The procedure was not found.";
    ERROR_BUSY = 170, "The resource is in use.";
    ERROR_ALREADY_EXISTS = 183, "The item exists already.";
    ERROR_MORE_DATA = 234, "More data is available than fits.";
    ERROR_NO_MORE_ITEMS = 259, "There are no more items.";
    ERROR_OPERATION_ABORTED = 995, "The operation was ended before it was complete.";
    ERROR_IO_PENDING = 997, "The operation goes on and completes later.";
    ERROR_INVALID_FLAGS = 1004, "The flags are not valid.";
    ERROR_NO_TOKEN = 1008, "There is no such token.";
    ERROR_NO_UNICODE_TRANSLATION = 1113, "A character cannot be converted.";
    ERROR_NOT_FOUND = 1168, "The element was not found.";
    ERROR_CANCELLED = 1223, "The operation was cancelled by its user.";
    ERROR_REQUEST_ABORTED = 1235, "The request was ended.";
    ERROR_INTERNAL_ERROR = 1359, "Something went wrong inside the library.";
    ERROR_TIMEOUT = 1460, "The time allowed has passed.";
    ERROR_INVALID_OPERATION = 4317, "The operation is not valid now.";
}

constants! {
    /// The socket errors that `WINHTTP_OPTION_EXTENDED_ERROR` reports.
    pub SOCKET: u32;
    WSAEACCES = 10013, "The system does not permit this use of the socket.";
    WSAEMFILE = 10024, "No descriptor is left for another socket.";
    WSAEADDRINUSE = 10048, "The local address is in use.";
    WSAEADDRNOTAVAIL = 10049, "The address cannot be used here.";
    WSAENETDOWN = 10050, "The network is down.";
    WSAENETUNREACH = 10051, "The network cannot be reached.";
    WSAECONNABORTED = 10053, "The connection was ended on this side.";
    WSAECONNRESET = 10054, "The connection was reset by the other side.";
    WSAENOBUFS = 10055, "The system has no buffers left.";
    WSAETIMEDOUT = 10060, "The other side did not answer in time.";
    WSAECONNREFUSED = 10061, "The other side refused the connection.";
    WSAEHOSTUNREACH = 10065, "The host cannot be reached.";
    WSAHOST_NOT_FOUND = 11001, "The host name is not known.";
    WSATRY_AGAIN = 11002, "The name server did not answer; another try may help.";
    WSANO_RECOVERY = 11003, "The name server reported a lasting failure.";
    WSANO_DATA = 11004, "The name exists but has no address.";
}

constants! {
    /// What the security packages of Windows say where WinHTTP hands their words on.
    pub SECURITY: u32;
    SEC_E_CERT_EXPIRED = 0x8009_0328, "The certificate has expired.";
}

/// The row of an error number of any of the four tables.
pub fn find(code: u32) -> Option<&'static Constant> {
    let code = u64::from(code);
    [TABLE, WIN32, SOCKET, SECURITY].into_iter().find_map(|table| {
        let at = table.binary_search_by_key(&code, |row| row.value).ok()?;
        table.get(at)
    })
}

/// The C name of an error number.
pub fn name(code: u32) -> Option<&'static str> {
    find(code).map(|row| row.name)
}

/// An English sentence that says what the error means.
pub fn text(code: u32) -> Option<&'static str> {
    find(code).map(|row| row.meaning)
}
