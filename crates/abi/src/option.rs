//! Options: id, kinds of handles, direction, type of value and how much each one matters.

use crate::handle::Kinds;
use crate::layout::*;
use crate::table::constants;

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The C name.
    pub name: &'static str,
    /// The number.
    pub id: u32,
    /// The kinds of handles it belongs to. Connect handles are in no documented list; where they
    /// stand here, a query was seen to work on them.
    pub handles: Kinds,
    /// Whether it can be read, set or both.
    pub access: Access,
    /// The type of its value.
    pub value: Value,
    /// How much it matters.
    pub tier: Tier,
    /// What it does, in a phrase.
    pub meaning: &'static str,
}

/// Whether an option can be read, set or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `WinHttpQueryOption` only.
    Read,
    /// `WinHttpSetOption` only; a query answers `ERROR_INVALID_PARAMETER`.
    Write,
    /// Both.
    ReadWrite,
    /// No public source says.
    Unstated,
}

impl Access {
    /// Whether `WinHttpQueryOption` takes the option.
    pub const fn readable(self) -> bool {
        matches!(self, Access::Read | Access::ReadWrite)
    }

    /// Whether `WinHttpSetOption` takes the option.
    pub const fn settable(self) -> bool {
        matches!(self, Access::Write | Access::ReadWrite)
    }
}

/// The type of an option's value. Sizes are in bytes, for 16-bit text and this machine's pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A `DWORD`.
    Dword,
    /// A `BOOL`.
    Bool,
    /// Wide text. Lengths count characters when set, bytes when read.
    Text,
    /// A pointer.
    Pointer,
    /// A handle: of WinHTTP, or of an event.
    Handle,
    /// A `DWORD_PTR` that only the application understands.
    Context,
    /// A structure of this size.
    Struct(usize),
    /// Nothing: a null pointer and length 0.
    Empty,
    /// No public source says.
    Unstated,
}

impl Value {
    /// The size of a value, where it is fixed.
    pub const fn size(self) -> Option<usize> {
        match self {
            Value::Dword | Value::Bool => Some(4),
            Value::Pointer | Value::Handle | Value::Context => Some(size_of::<usize>()),
            Value::Struct(size) => Some(size),
            Value::Empty => Some(0),
            Value::Text | Value::Unstated => None,
        }
    }
}

/// How much an option matters to programs in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Programs fail without it.
    Must = 1,
    /// Programs use it.
    Should = 2,
    /// Accepted, with or without effect.
    Accept = 3,
    /// Refused with `ERROR_WINHTTP_INVALID_OPTION`.
    Refuse = 4,
}

const fn structure<T>() -> Value {
    Value::Struct(size_of::<T>())
}

use Access::{Read, ReadWrite, Unstated as Open, Write};
use Tier::{Accept, Must, Refuse, Should};
use Value::{Bool, Context, Dword, Empty, Handle, Pointer, Text, Unstated};

// Sets of kinds as the rows write them: S session, C connect, R request, W WebSocket, P process.
const PROCESS: Kinds = Kinds::PROCESS;
const REQUEST: Kinds = Kinds::REQUEST;
const SESSION: Kinds = Kinds::SESSION;
const SCR: Kinds = Kinds::SESSION.or(Kinds::CONNECT).or(Kinds::REQUEST);
const SCRP: Kinds = Kinds::SESSION.or(Kinds::CONNECT).or(Kinds::REQUEST).or(Kinds::PROCESS);
const SCRW: Kinds = Kinds::SESSION.or(Kinds::CONNECT).or(Kinds::REQUEST).or(Kinds::WEB_SOCKET);
const SR: Kinds = Kinds::SESSION.or(Kinds::REQUEST);
const SRP: Kinds = Kinds::SESSION.or(Kinds::REQUEST).or(Kinds::PROCESS);
const UNSTATED: Kinds = Kinds::UNSTATED;
const SOCKET: Kinds = Kinds::WEB_SOCKET;

macro_rules! options {
    ($($name:ident = $id:literal, $handles:ident, $access:ident, $value:expr, $tier:ident, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $name: u32 = $id;
        )*

        /// All options in numeric order.
        pub const TABLE: &[Setting] = &[
            $(Setting {
                name: stringify!($name),
                id: $name,
                handles: $handles,
                access: $access,
                value: $value,
                tier: $tier,
                meaning: $meaning,
            },)*
        ];
    };
}

options! {
    WINHTTP_OPTION_CALLBACK = 1, SCRW, ReadWrite, Pointer, Must, "The function pointer last given to WinHttpSetStatusCallback.";
    WINHTTP_OPTION_RESOLVE_TIMEOUT = 2, SCR, ReadWrite, Dword, Must, "Name-resolution limit in ms; 0 or -1 mean no limit.";
    WINHTTP_OPTION_CONNECT_TIMEOUT = 3, SCR, ReadWrite, Dword, Must, "Per-address TCP connect limit in ms; 0xFFFFFFFF switches the timer off.";
    WINHTTP_OPTION_CONNECT_RETRIES = 4, SR, ReadWrite, Dword, Must, "Upper bound on connection attempts; in effect how many of the resolved addresses are tried.";
    WINHTTP_OPTION_SEND_TIMEOUT = 5, SCR, ReadWrite, Dword, Must, "Limit in ms for sending a request or one body write.";
    WINHTTP_OPTION_RECEIVE_TIMEOUT = 6, SCR, ReadWrite, Dword, Must, "Limit in ms for one partial receive or read.";
    WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT = 7, SCR, ReadWrite, Dword, Must, "Limit in ms until all response headers are in; only checked when bytes arrive.";
    WINHTTP_OPTION_HANDLE_TYPE = 9, SCRW, Read, Dword, Must, "Kind of the handle: 1 session 2 connect 3 request 4 resolver 5 websocket 6 protocol.";
    WINHTTP_OPTION_READ_BUFFER_SIZE = 12, REQUEST, ReadWrite, Dword, Accept, "Deprecated no-op.";
    WINHTTP_OPTION_WRITE_BUFFER_SIZE = 13, REQUEST, ReadWrite, Dword, Accept, "Deprecated no-op.";
    WINHTTP_OPTION_PARENT_HANDLE = 21, SCRW, Read, Handle, Must, "The handle this one was made from.";
    WINHTTP_OPTION_EXTENDED_ERROR = 24, SCRP, Read, Dword, Should, "Winsock error behind the last ERROR_WINHTTP_* of this thread; NULL handle allowed.";
    WINHTTP_OPTION_SECURITY_FLAGS = 31, REQUEST, ReadWrite, Dword, Must, "Which certificate problems to ignore (set) and what was negotiated (query adds SECURE/STRENGTH bits).";
    WINHTTP_OPTION_SECURITY_CERTIFICATE_STRUCT = 32, REQUEST, Read, structure::<WINHTTP_CERTIFICATE_INFO>(), Should, "Server certificate summary; caller frees subject and issuer strings with LocalFree.";
    WINHTTP_OPTION_URL = 34, REQUEST, Read, Text, Must, "Full effective URL, changes after a redirect; buffer size in bytes.";
    WINHTTP_OPTION_SECURITY_KEY_BITNESS = 36, REQUEST, Read, Dword, Should, "Symmetric key strength in bits.";
    WINHTTP_OPTION_PROXY = 38, SRP, ReadWrite, structure::<WINHTTP_PROXY_INFO>(), Must, "Proxy mode and lists of a session or request; queried strings are freed with GlobalFree; NULL handle gives the default proxy.";
    WINHTTP_OPTION_PROXY_RESULT_ENTRY = 39, UNSTATED, Open, structure::<WINHTTP_PROXY_RESULT_ENTRY>(), Accept, "Give a request one entry of a resolver result.";
    WINHTTP_OPTION_USER_AGENT = 41, SESSION, ReadWrite, Text, Must, "User-Agent text; set length is in characters, query length in bytes.";
    WINHTTP_OPTION_CONTEXT_VALUE = 45, SCRW, ReadWrite, Context, Must, "The pointer-size value handed to the callback for this handle.";
    WINHTTP_OPTION_CLIENT_CERT_CONTEXT = 47, REQUEST, Write, structure::<CERT_CONTEXT>(), Should, "Client certificate for TLS; NULL/0 means none on purpose.";
    WINHTTP_OPTION_REQUEST_PRIORITY = 58, REQUEST, ReadWrite, Dword, Accept, "Deprecated no-op.";
    WINHTTP_OPTION_HTTP_VERSION = 59, SRP, ReadWrite, structure::<HTTP_VERSION_INFO>(), Should, "Legacy version declaration, 1.0 or 1.1; process-wide with NULL handle.";
    WINHTTP_OPTION_DISABLE_FEATURE = 63, REQUEST, Write, Dword, Must, "Switch off cookies 1, redirects 2, authentication 4, keep-alive 8; after open, before send.";
    WINHTTP_OPTION_CODEPAGE = 68, SESSION, Write, Dword, Should, "Code page for turning the URL query into bytes.";
    WINHTTP_OPTION_MAX_CONNS_PER_SERVER = 73, SESSION, ReadWrite, Dword, Must, "Pool limit per server.";
    WINHTTP_OPTION_MAX_CONNS_PER_1_0_SERVER = 74, SESSION, ReadWrite, Dword, Should, "Pool limit per HTTP/1.0 server.";
    WINHTTP_OPTION_AUTOLOGON_POLICY = 77, REQUEST, Write, Dword, Should, "When default credentials may be sent: medium intranet only, low always, high never, 3 proxy only.";
    WINHTTP_OPTION_SERVER_CERT_CONTEXT = 78, REQUEST, Read, Pointer, Should, "Duplicate of the server PCCERT_CONTEXT; caller frees it with CertFreeCertificateContext.";
    WINHTTP_OPTION_ENABLE_FEATURE = 79, SR, Write, Dword, Must, "Switch on revocation check (1, request) or impersonation revert (2, session).";
    WINHTTP_OPTION_WORKER_THREAD_COUNT = 80, SCRP, ReadWrite, Dword, Accept, "Completion pool size; NULL handle only, once, before any async call.";
    WINHTTP_OPTION_PASSPORT_COBRANDING_TEXT = 81, REQUEST, Read, Text, Refuse, "Passport: text from the logon server.";
    WINHTTP_OPTION_PASSPORT_COBRANDING_URL = 82, REQUEST, Read, Text, Refuse, "Passport: picture URL from the logon server.";
    WINHTTP_OPTION_CONFIGURE_PASSPORT_AUTH = 83, SESSION, Write, Dword, Should, "Passport on/off.";
    WINHTTP_OPTION_SECURE_PROTOCOLS = 84, SESSION, Write, Dword, Must, "Bit set of TLS versions allowed (0x800 = 1.2, 0x2000 = 1.3).";
    WINHTTP_OPTION_ENABLETRACING = 85, PROCESS, ReadWrite, Dword, Accept, "Tracing switch; NULL handle only.";
    WINHTTP_OPTION_PASSPORT_SIGN_OUT = 86, SESSION, Write, Pointer, Refuse, "Passport sign-out by return URL.";
    WINHTTP_OPTION_PASSPORT_RETURN_URL = 87, REQUEST, Read, Pointer, Refuse, "Passport return URL.";
    WINHTTP_OPTION_REDIRECT_POLICY = 88, SR, ReadWrite, Dword, Must, "0 never, 1 not from https to http, 2 always.";
    WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS = 89, SR, ReadWrite, Dword, Must, "Redirect hops before ERROR_WINHTTP_REDIRECT_FAILED.";
    WINHTTP_OPTION_MAX_HTTP_STATUS_CONTINUE = 90, SR, ReadWrite, Dword, Must, "1xx answers tolerated before the final one.";
    WINHTTP_OPTION_MAX_RESPONSE_HEADER_SIZE = 91, SR, ReadWrite, Dword, Must, "Header block limit in bytes (ERROR_WINHTTP_HEADER_SIZE_OVERFLOW beyond).";
    WINHTTP_OPTION_MAX_RESPONSE_DRAIN_SIZE = 92, SR, ReadWrite, Dword, Should, "Bytes drained from an unread body to keep the connection.";
    WINHTTP_OPTION_CONNECTION_INFO = 93, REQUEST, Read, structure::<WINHTTP_CONNECTION_INFO>(), Must, "Local and remote socket address of the exchange; set cbSize; family and layout are Windows ones.";
    WINHTTP_OPTION_CLIENT_CERT_ISSUER_LIST = 94, REQUEST, Read, structure::<SecPkgContext_IssuerListInfoEx>(), Accept, "CA names the server asked for, after ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED.";
    WINHTTP_OPTION_SPN = 96, REQUEST, Write, Dword, Refuse, "Put the port into the Kerberos SPN.";
    WINHTTP_OPTION_GLOBAL_PROXY_CREDS = 97, SRP, Write, structure::<WINHTTP_CREDS>(), Refuse, "WinINet shared proxy credentials; NULL handle and a registry switch.";
    WINHTTP_OPTION_GLOBAL_SERVER_CREDS = 98, SRP, Write, structure::<WINHTTP_CREDS_EX>(), Refuse, "WinINet shared server credentials; NULL handle and a registry switch.";
    WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT = 99, SESSION, Write, Handle, Accept, "Event set once the last callback of a session is done.";
    WINHTTP_OPTION_REJECT_USERPWD_IN_URL = 100, REQUEST, Write, Bool, Should, "Refuse URLs that carry user:password.";
    WINHTTP_OPTION_USE_GLOBAL_SERVER_CREDENTIALS = 101, SR, Write, Bool, Refuse, "Last resort use of WinINet credentials.";
    WINHTTP_OPTION_RECEIVE_PROXY_CONNECT_RESPONSE = 103, SR, Write, Bool, Should, "Let the caller read the body of a failed CONNECT.";
    WINHTTP_OPTION_IS_PROXY_CONNECT_RESPONSE = 104, SR, Read, Bool, Should, "Is the current response the proxy answer to CONNECT.";
    WINHTTP_OPTION_NETWORK_INTERFACE_AFFINITY = 105, UNSTATED, Open, Unstated, Refuse, "Bind to one interface.";
    WINHTTP_OPTION_SERVER_SPN_USED = 106, REQUEST, Read, Text, Refuse, "SPN given to SSPI for the server.";
    WINHTTP_OPTION_PROXY_SPN_USED = 107, REQUEST, Read, Text, Refuse, "SPN given to SSPI for the proxy.";
    WINHTTP_OPTION_SERVER_CBT = 108, REQUEST, Read, structure::<SecPkgContext_Bindings>(), Refuse, "TLS channel binding token (SecPkgContext_Bindings plus data).";
    WINHTTP_OPTION_PEERDIST_EXTENSION_STATE = 109, SESSION, Write, Dword, Refuse, "BranchCache switch; private, but some clients set it and go on when it is refused.";
    WINHTTP_OPTION_UNSAFE_HEADER_PARSING = 110, REQUEST, Write, Dword, Refuse, "Reserved for internal use.";
    WINHTTP_OPTION_ASSURED_NON_BLOCKING_CALLBACKS = 111, SESSION, Write, Bool, Should, "Caller promises quick callbacks, so progress need not be guaranteed when one blocks.";
    WINHTTP_OPTION_UPGRADE_TO_WEB_SOCKET = 114, REQUEST, Write, Empty, Should, "Turn the request into a WebSocket handshake; NULL/0 buffer.";
    WINHTTP_OPTION_WEB_SOCKET_CLOSE_TIMEOUT = 115, SOCKET, ReadWrite, Dword, Should, "ms WinHttpWebSocketClose waits for the peer close.";
    WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL = 116, SOCKET, Write, Dword, Should, "Ping interval in ms, write-only though documented as readable; lower values give ERROR_INVALID_PARAMETER.";
    WINHTTP_OPTION_DECOMPRESSION = 118, SR, Write, Dword, Should, "Automatic gzip 1 / deflate 2 body decoding; also replaces Accept-Encoding.";
    WINHTTP_OPTION_WEB_SOCKET_RECEIVE_BUFFER_SIZE = 122, SR, ReadWrite, Dword, Accept, "WebSocket receive buffer in bytes.";
    WINHTTP_OPTION_WEB_SOCKET_SEND_BUFFER_SIZE = 123, SR, ReadWrite, Dword, Accept, "WebSocket send buffer in bytes.";
    WINHTTP_OPTION_TCP_PRIORITY_HINT = 128, UNSTATED, Open, Unstated, Refuse, "Socket priority hint.";
    WINHTTP_OPTION_CONNECTION_FILTER = 131, UNSTATED, Open, Unstated, Refuse, "Named in the headers only.";
    WINHTTP_OPTION_ENABLE_HTTP_PROTOCOL = 133, SR, Write, Dword, Should, "Bits of newer protocols allowed: 1 HTTP/2, 2 HTTP/3; 0 keeps HTTP/1.1.";
    WINHTTP_OPTION_HTTP_PROTOCOL_USED = 134, REQUEST, Read, Dword, Should, "Which newer protocol carried the exchange, 0 for HTTP/1.x.";
    WINHTTP_OPTION_KDC_PROXY_SETTINGS = 136, UNSTATED, Open, Unstated, Refuse, "Named in the headers only.";
    WINHTTP_OPTION_PROXY_DISABLE_SERVICE_CALLS = 137, UNSTATED, Open, Unstated, Refuse, "Named in the headers only.";
    WINHTTP_OPTION_ENCODE_EXTRA = 138, SR, Write, Bool, Accept, "Percent-encode path and query.";
    WINHTTP_OPTION_DISABLE_STREAM_QUEUE = 139, SR, Write, Bool, Accept, "Open another HTTP/2 connection at the stream limit.";
    WINHTTP_OPTION_IPV6_FAST_FALLBACK = 140, SESSION, Write, Bool, Should, "Quick fallback order: v6 with 300 ms, v4 normal, v6 normal, then the rest.";
    WINHTTP_OPTION_CONNECTION_STATS_V0 = 141, REQUEST, Read, structure::<TCP_INFO_v0>(), Refuse, "TCP_INFO_v0 of the connection.";
    WINHTTP_OPTION_REQUEST_TIMES = 142, REQUEST, Read, structure::<WINHTTP_REQUEST_TIMES>(), Should, "Per-phase times as performance-counter values, set cTimes first, 64 slots.";
    WINHTTP_OPTION_EXPIRE_CONNECTION = 143, REQUEST, Write, Empty, Should, "Retire the connection of an active request after it ends.";
    WINHTTP_OPTION_DISABLE_SECURE_PROTOCOL_FALLBACK = 144, SESSION, Write, Bool, Accept, "No retry with a lower TLS version.";
    WINHTTP_OPTION_HTTP_PROTOCOL_REQUIRED = 145, SR, Write, Bool, Should, "Fail instead of using a version outside ENABLE_HTTP_PROTOCOL.";
    WINHTTP_OPTION_REQUEST_STATS = 146, REQUEST, Read, structure::<WINHTTP_REQUEST_STATS>(), Should, "Counters and sizes per request, set cStats first, 32 slots.";
    WINHTTP_OPTION_SERVER_CERT_CHAIN_CONTEXT = 147, REQUEST, Read, Pointer, Accept, "Duplicate of the server's certificate chain; the caller frees it with CertFreeCertificateChain.";
    WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_FLAGS = 148, UNSTATED, Write, Dword, Accept, "Flags for chain building.";
    WINHTTP_OPTION_CONNECTION_STATS_V1 = 150, REQUEST, Read, structure::<TCP_INFO_v1>(), Refuse, "TCP_INFO_v1 of the connection.";
    WINHTTP_OPTION_SECURITY_INFO = 151, REQUEST, Read, structure::<WINHTTP_SECURITY_INFO>(), Should, "Negotiated TLS protocol and cipher suite.";
    WINHTTP_OPTION_TCP_KEEPALIVE = 152, SESSION, Write, structure::<tcp_keepalive>(), Accept, "tcp_keepalive struct (3 ULONG: on, time, interval).";
    WINHTTP_OPTION_TCP_FAST_OPEN = 153, SESSION, Write, Bool, Accept, "TCP fast open.";
    WINHTTP_OPTION_TLS_FALSE_START = 154, SESSION, Write, Bool, Accept, "TLS false start.";
    WINHTTP_OPTION_IGNORE_CERT_REVOCATION_OFFLINE = 155, REQUEST, Write, Bool, Accept, "Accept when the revocation list cannot be fetched.";
    WINHTTP_OPTION_TLS_PROTOCOL_INSECURE_FALLBACK = 158, SESSION, Write, Bool, Accept, "Allow a TLS 1.0 retry.";
    WINHTTP_OPTION_STREAM_ERROR_CODE = 159, REQUEST, Read, Dword, Accept, "Code of the RST_STREAM seen.";
    WINHTTP_OPTION_REQUIRE_STREAM_END = 160, SR, Write, Bool, Accept, "Ignore Content-Length, wait for END_STREAM.";
    WINHTTP_OPTION_ENABLE_HTTP2_PLUS_CLIENT_CERT = 161, SESSION, Write, Bool, Accept, "Allow a client certificate on HTTP/2.";
    WINHTTP_OPTION_FAILED_CONNECTION_RETRIES = 162, SESSION, Write, structure::<WINHTTP_FAILED_CONNECTION_RETRIES>(), Should, "Retry count and conditions: 408, TLS handshake, stale connection.";
    WINHTTP_OPTION_HTTP2_KEEPALIVE = 164, SESSION, Write, Dword, Accept, "HTTP/2 PING idle time in ms, at least 5000.";
    WINHTTP_OPTION_RESOLUTION_HOSTNAME = 165, REQUEST, Write, Text, Should, "Resolve this name instead of the one in the URL; before send.";
    WINHTTP_OPTION_SET_TOKEN_BINDING = 166, UNSTATED, Open, Unstated, Refuse, "Token binding.";
    WINHTTP_OPTION_TOKEN_BINDING_PUBLIC_KEY = 167, UNSTATED, Open, Unstated, Refuse, "Token binding.";
    WINHTTP_OPTION_REFERER_TOKEN_BINDING_HOSTNAME = 168, UNSTATED, Open, Unstated, Refuse, "Token binding.";
    WINHTTP_OPTION_HTTP2_PLUS_TRANSFER_ENCODING = 169, SR, Write, Bool, Accept, "Accept Transfer-Encoding on an HTTP/2 response.";
    WINHTTP_OPTION_RESOLVER_CACHE_CONFIG = 170, UNSTATED, Open, structure::<WINHTTP_RESOLVER_CACHE_CONFIG>(), Accept, "Size, ages and secure-DNS mode of the resolver cache.";
    WINHTTP_OPTION_DISABLE_CERT_CHAIN_BUILDING = 171, SESSION, Write, Bool, Accept, "Skip building the server chain.";
    WINHTTP_OPTION_BACKGROUND_CONNECTIONS = 172, SESSION, Write, Dword, Accept, "How many connections to open in parallel on first send.";
    WINHTTP_OPTION_FIRST_AVAILABLE_CONNECTION = 173, SESSION, Write, Bool, Accept, "Serve a waiting request on whichever connection frees up first.";
    WINHTTP_OPTION_TCP_PRIORITY_STATUS = 177, UNSTATED, Open, Dword, Refuse, "Read back the priority hint.";
    WINHTTP_OPTION_CONNECTION_GUID = 178, UNSTATED, Open, structure::<GUID>(), Accept, "Tag the connection of a request.";
    WINHTTP_OPTION_MATCH_CONNECTION_GUID = 179, UNSTATED, Open, structure::<WINHTTP_MATCH_CONNECTION_GUID>(), Accept, "Use only connections with this tag (flag 1 = required).";
    WINHTTP_OPTION_HTTP2_RECEIVE_WINDOW = 183, UNSTATED, Open, structure::<WINHTTP_HTTP2_RECEIVE_WINDOW>(), Accept, "Initial HTTP/2 stream window and update threshold.";
    WINHTTP_OPTION_FEATURE_SUPPORTED = 184, UNSTATED, Open, Dword, Should, "Is a WINHTTP_FEATURE_* number supported.";
    WINHTTP_OPTION_QUIC_STATS = 185, UNSTATED, Open, Unstated, Refuse, "QUIC_STATISTICS of the connection.";
    WINHTTP_OPTION_HTTP3_KEEPALIVE = 188, UNSTATED, Open, Dword, Accept, "HTTP/3 keep-alive in ms.";
    WINHTTP_OPTION_HTTP3_HANDSHAKE_TIMEOUT = 189, UNSTATED, Open, Dword, Accept, "HTTP/3 handshake limit in ms.";
    WINHTTP_OPTION_HTTP3_INITIAL_RTT = 190, UNSTATED, Open, Dword, Accept, "Start RTT in ms for msquic.";
    WINHTTP_OPTION_HTTP3_STREAM_ERROR_CODE = 191, UNSTATED, Open, Dword, Accept, "HTTP/3 stream error from the server.";
    WINHTTP_OPTION_REQUEST_ANNOTATION = 192, UNSTATED, Open, Text, Accept, "Attach a text to a request, up to 64000.";
    WINHTTP_OPTION_DISABLE_PROXY_AUTH_SCHEMES = 193, UNSTATED, Open, Dword, Accept, "Refuse some proxy schemes: basic 1 digest 2 ntlm 4 kerberos 8 negotiate 0x10 local service 0x100.";
    WINHTTP_OPTION_REVERT_IMPERSONATION_SERVER_CERT = 194, UNSTATED, Open, Bool, Refuse, "Build the chain with the process token.";
    WINHTTP_OPTION_DISABLE_GLOBAL_POOLING = 195, SESSION, Write, Bool, Accept, "No connection sharing between sessions.";
    WINHTTP_OPTION_USE_SESSION_SCH_CRED = 196, UNSTATED, Open, Bool, Accept, "One TLS credential for the session.";
    WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_CACHE_ONLY = 199, UNSTATED, Write, Bool, Accept, "Build the chain from caches only.";
    WINHTTP_OPTION_QUIC_STATS_V2 = 200, UNSTATED, Open, Unstated, Refuse, "Newer QUIC statistics.";
    WINHTTP_OPTION_QUIC_STREAM_STATS = 202, UNSTATED, Open, Unstated, Refuse, "QUIC stream statistics.";
    WINHTTP_OPTION_USE_LOOKASIDE = 203, UNSTATED, Open, Unstated, Refuse, "Allocation tuning.";
    WINHTTP_OPTION_ERROR_LOG_GUID = 204, UNSTATED, Open, structure::<GUID>(), Refuse, "GUID linking a request to the error log.";
    WINHTTP_OPTION_ENABLE_FAST_FORWARDING = 205, UNSTATED, Open, Unstated, Refuse, "Pass the response on without copying.";
    WINHTTP_OPTION_FAST_FORWARDING_RESPONSE_DATA = 206, UNSTATED, Open, Unstated, Refuse, "Data for fast forwarding.";
    WINHTTP_OPTION_UPGRADE_TO_PROTOCOL = 207, UNSTATED, Open, Unstated, Refuse, "Upgrade to another protocol, see WinHttpProtocol*.";
    WINHTTP_OPTION_CONNECTION_STATS_V2 = 208, UNSTATED, Open, Unstated, Refuse, "TCP_INFO_v2 of the connection.";
    WINHTTP_OPTION_FAST_FORWARDING_RESPONSE_STATUS = 209, UNSTATED, Open, structure::<WINHTTP_FAST_FORWARDING_STATUS>(), Refuse, "WINHTTP_FAST_FORWARDING_STATUS.";
    WINHTTP_OPTION_DSCP_TAG = 210, UNSTATED, Open, Unstated, Refuse, "DSCP mark.";
    WINHTTP_OPTION_HTTP11_DOWNGRADE_TTL = 211, UNSTATED, Open, Unstated, Refuse, "How long an HTTP/1.1 downgrade is remembered.";
    WINHTTP_OPTION_SESSION_ERROR_LOG_GUID = 212, UNSTATED, Open, structure::<GUID>(), Refuse, "GUID linking a session to the error log.";
    WINHTTP_OPTION_USERNAME = 0x1000, REQUEST, ReadWrite, Text, Should, "User name for the server.";
    WINHTTP_OPTION_PASSWORD = 0x1001, REQUEST, ReadWrite, Text, Should, "Password for the server.";
    WINHTTP_OPTION_PROXY_USERNAME = 0x1002, REQUEST, ReadWrite, Text, Should, "User name for the proxy.";
    WINHTTP_OPTION_PROXY_PASSWORD = 0x1003, REQUEST, ReadWrite, Text, Should, "Password for the proxy.";
}

constants! {
    /// Names and bounds made of the numbers above.
    pub ALIASES: u32;
    WINHTTP_OPTION_TCP_FALSE_START = WINHTTP_OPTION_TLS_FALSE_START, "Another name for `WINHTTP_OPTION_TLS_FALSE_START` that some headers carry.";
    WINHTTP_FIRST_OPTION = WINHTTP_OPTION_CALLBACK, "The lowest option.";
    WINHTTP_LAST_OPTION = WINHTTP_OPTION_SESSION_ERROR_LOG_GUID, "The highest option below the credentials. It moves with every SDK.";
}

/// The row of an option.
pub fn find(id: u32) -> Option<&'static Setting> {
    let at = TABLE.binary_search_by_key(&id, |row| row.id).ok()?;
    TABLE.get(at)
}

/// The C name of an option.
pub fn name(id: u32) -> Option<&'static str> {
    find(id).map(|row| row.name)
}
