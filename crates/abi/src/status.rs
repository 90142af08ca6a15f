//! The notifications: one bit each, with what their information pointer points to.

/// What sort of notification a status is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Tells how far the outstanding operation has come.
    Progress,
    /// Ends one accepted operation. Exactly one comes for each.
    Completion,
    /// Tells of a handle's birth or end.
    Handle,
}

/// What `lpvStatusInformation` points to. Pointers other than the application's own buffer are
/// valid during the callback only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Null, length 0.
    Nothing,
    /// Wide text that ends with a NUL, in the code unit of the door the callback came through.
    Text,
    /// A `DWORD` that counts bytes, length 4.
    Count,
    /// A `DWORD` that holds an HTTP status code, length 4.
    Code,
    /// A `DWORD` of [`crate::secure::FAILURES`] bits, length 4.
    Faults,
    /// An `HINTERNET`, length of a pointer.
    Handle,
    /// The application's buffer; the length is the number of bytes in it.
    Buffer,
    /// A `WINHTTP_ASYNC_RESULT`.
    Failure,
    /// A `WINHTTP_WEB_SOCKET_STATUS`, length 8.
    Frame,
    /// A `WINHTTP_WEB_SOCKET_ASYNC_RESULT`.
    SocketFailure,
}

/// One status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The C name.
    pub name: &'static str,
    /// The bit.
    pub value: u32,
    /// Progress, completion or handle.
    pub role: Role,
    /// The payload on a request handle (and on the other HTTP handles).
    pub payload: Payload,
    /// What it means, in a phrase.
    pub meaning: &'static str,
}

impl Status {
    /// The name without its `WINHTTP_CALLBACK_STATUS_` prefix, for people to read.
    pub fn short_name(&self) -> &'static str {
        self.name.strip_prefix("WINHTTP_CALLBACK_STATUS_").unwrap_or(self.name)
    }

    /// The payload on a WebSocket handle: three statuses carry other structures there.
    pub fn socket_payload(&self) -> Payload {
        match self.value {
            WINHTTP_CALLBACK_STATUS_READ_COMPLETE | WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE => Payload::Frame,
            WINHTTP_CALLBACK_STATUS_REQUEST_ERROR => Payload::SocketFailure,
            _ => self.payload,
        }
    }
}

macro_rules! statuses {
    ($($name:ident = $value:literal, $role:ident, $payload:ident, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $name: u32 = $value;
        )*

        /// All statuses, lowest bit first. The bits 0x2000, 0x80_0000, 0x4000_0000 and
        /// 0x8000_0000 are not given out.
        pub const TABLE: &[Status] = &[
            $(Status {
                name: stringify!($name),
                value: $name,
                role: Role::$role,
                payload: Payload::$payload,
                meaning: $meaning,
            },)*
        ];
    };
}

statuses! {
    WINHTTP_CALLBACK_STATUS_RESOLVING_NAME = 0x0000_0001, Progress, Text, "The name of the host to contact is being looked up.";
    WINHTTP_CALLBACK_STATUS_NAME_RESOLVED = 0x0000_0002, Progress, Text, "The lookup is done; the text is the address.";
    WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER = 0x0000_0004, Progress, Text, "One address is being dialled; comes once for each address tried.";
    WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER = 0x0000_0008, Progress, Text, "The TCP connection stands; the text is the address.";
    WINHTTP_CALLBACK_STATUS_SENDING_REQUEST = 0x0000_0010, Progress, Nothing, "The request is about to go out; on TLS the certificate can be read here.";
    WINHTTP_CALLBACK_STATUS_REQUEST_SENT = 0x0000_0020, Progress, Count, "The request went out; bytes sent.";
    WINHTTP_CALLBACK_STATUS_RECEIVING_RESPONSE = 0x0000_0040, Progress, Nothing, "Waiting for the answer.";
    WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED = 0x0000_0080, Progress, Count, "Something of the answer came in; bytes received.";
    WINHTTP_CALLBACK_STATUS_CLOSING_CONNECTION = 0x0000_0100, Progress, Nothing, "The connection is about to be closed.";
    WINHTTP_CALLBACK_STATUS_CONNECTION_CLOSED = 0x0000_0200, Progress, Nothing, "The connection is closed.";
    WINHTTP_CALLBACK_STATUS_HANDLE_CREATED = 0x0000_0400, Handle, Handle, "A child handle was made.";
    WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING = 0x0000_0800, Handle, Handle, "The last callback of a handle.";
    WINHTTP_CALLBACK_STATUS_DETECTING_PROXY = 0x0000_1000, Progress, Nothing, "Named in the headers, never reported.";
    WINHTTP_CALLBACK_STATUS_REDIRECT = 0x0000_4000, Progress, Text, "A redirect is about to be followed; the text is the absolute URL.";
    WINHTTP_CALLBACK_STATUS_INTERMEDIATE_RESPONSE = 0x0000_8000, Progress, Code, "An interim (1xx) answer came; its status code.";
    WINHTTP_CALLBACK_STATUS_SECURE_FAILURE = 0x0001_0000, Progress, Faults, "The certificate has faults; an OR of the failure bits.";
    WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE = 0x0002_0000, Completion, Nothing, "ReceiveResponse is done.";
    WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE = 0x0004_0000, Completion, Count, "QueryDataAvailable is done; bytes that can be read, 0 at the end.";
    WINHTTP_CALLBACK_STATUS_READ_COMPLETE = 0x0008_0000, Completion, Buffer, "ReadData is done; the application's buffer, its length the bytes read.";
    WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE = 0x0010_0000, Completion, Count, "WriteData is done; bytes written.";
    WINHTTP_CALLBACK_STATUS_REQUEST_ERROR = 0x0020_0000, Completion, Failure, "The outstanding operation failed.";
    WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE = 0x0040_0000, Completion, Nothing, "SendRequest is done.";
    WINHTTP_CALLBACK_STATUS_GETPROXYFORURL_COMPLETE = 0x0100_0000, Completion, Nothing, "GetProxyForUrlEx is done.";
    WINHTTP_CALLBACK_STATUS_CLOSE_COMPLETE = 0x0200_0000, Completion, Nothing, "WebSocketClose is done.";
    WINHTTP_CALLBACK_STATUS_SHUTDOWN_COMPLETE = 0x0400_0000, Completion, Nothing, "WebSocketShutdown is done.";
    WINHTTP_CALLBACK_STATUS_GETPROXYSETTINGS_COMPLETE = 0x0800_0000, Completion, Nothing, "GetProxySettingsEx is done.";
    WINHTTP_CALLBACK_STATUS_SETTINGS_WRITE_COMPLETE = 0x1000_0000, Completion, Nothing, "Proxy settings were written; named in the headers only.";
    WINHTTP_CALLBACK_STATUS_SETTINGS_READ_COMPLETE = 0x2000_0000, Completion, Nothing, "Proxy settings were read; named in the headers only.";
}

/// The row of a status; none for a mask of several or a bit that is not given out.
pub fn find(status: u32) -> Option<&'static Status> {
    let at = TABLE.binary_search_by_key(&status, |row| row.value).ok()?;
    TABLE.get(at)
}

/// The C name of a status.
pub fn name(status: u32) -> Option<&'static str> {
    find(status).map(|row| row.name)
}
