//! The options of a request that govern the exchange.

use winhttp_abi as abi;

/// Whether completions are told or returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The session was opened with `WINHTTP_FLAG_ASYNC`.
    Asynchronous,
    /// Calls return when they are done.
    #[default]
    Synchronous,
}

/// `WINHTTP_OPTION_REDIRECT_POLICY`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RedirectPolicy {
    /// Every 3xx reply is handed to the application.
    Never,
    /// A step from https to http is not followed: the 3xx itself is the reply.
    #[default]
    DisallowHttpsToHttp,
    /// Everything is followed.
    Always,
}

impl RedirectPolicy {
    /// The policy behind the option's value; `None` for a value that WinHTTP does not know.
    pub fn from_option(value: u32) -> Option<Self> {
        match value {
            abi::WINHTTP_OPTION_REDIRECT_POLICY_NEVER => Some(Self::Never),
            abi::WINHTTP_OPTION_REDIRECT_POLICY_DISALLOW_HTTPS_TO_HTTP => Some(Self::DisallowHttpsToHttp),
            abi::WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS => Some(Self::Always),
            _ => None,
        }
    }

    /// The option's value.
    pub fn to_option(self) -> u32 {
        match self {
            Self::Never => abi::WINHTTP_OPTION_REDIRECT_POLICY_NEVER,
            Self::DisallowHttpsToHttp => abi::WINHTTP_OPTION_REDIRECT_POLICY_DISALLOW_HTTPS_TO_HTTP,
            Self::Always => abi::WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS,
        }
    }
}

/// What a session gives its requests when they are opened. Times are milliseconds; 0 and -1 mean no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// `WINHTTP_OPTION_RESOLVE_TIMEOUT`; none by default.
    pub resolve_timeout: u32,
    /// `WINHTTP_OPTION_CONNECT_TIMEOUT`, for each address; 60 s by default.
    pub connect_timeout: u32,
    /// `WINHTTP_OPTION_CONNECT_RETRIES`, in effect how many addresses are tried; 5 by default.
    pub connect_retries: u32,
    /// `WINHTTP_OPTION_SEND_TIMEOUT`, without progress; 30 s by default.
    pub send_timeout: u32,
    /// `WINHTTP_OPTION_RECEIVE_TIMEOUT`, without progress; 30 s by default.
    pub receive_timeout: u32,
    /// `WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT` as it was set; none by default.
    pub receive_response_timeout: u32,
    /// `WINHTTP_OPTION_REDIRECT_POLICY`.
    pub redirect_policy: RedirectPolicy,
    /// `WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS`; 10 by default.
    pub max_redirects: u32,
    /// `WINHTTP_OPTION_MAX_HTTP_STATUS_CONTINUE`; 10 by default.
    pub max_continues: u32,
    /// `WINHTTP_OPTION_MAX_RESPONSE_HEADER_SIZE` in bytes; 64 KiB by default.
    pub max_header_size: u32,
    /// `WINHTTP_OPTION_MAX_RESPONSE_DRAIN_SIZE` in bytes; 1 MiB by default.
    pub max_drain_size: u32,
    /// `WINHTTP_OPTION_DISABLE_FEATURE`: `WINHTTP_DISABLE_*` bits.
    pub disabled: u32,
    /// `WINHTTP_OPTION_DECOMPRESSION`: `WINHTTP_DECOMPRESSION_FLAG_*` bits; none by default.
    pub decompression: u32,
    /// `WINHTTP_OPTION_REJECT_USERPWD_IN_URL`: a redirect to such a URL fails.
    pub reject_credentials: bool,
    /// `WINHTTP_OPTION_IPV6_FAST_FALLBACK`: an IPv6 address is given up early for an IPv4 one.
    pub fast_fallback: bool,
    /// `WINHTTP_OPTION_FAILED_CONNECTION_RETRIES`: how often a request is sent again; never by default.
    pub retries: u32,
    /// `WINHTTP_OPTION_CONFIGURE_PASSPORT_AUTH`: a Passport challenge is a 401.
    pub passport: bool,
    /// On which of the `WINHTTP_CONNECTION_RETRY_CONDITION_*`.
    pub retry_on: u32,
    /// `WINHTTP_OPTION_WEB_SOCKET_RECEIVE_BUFFER_SIZE` in bytes; 32 KiB by default.
    pub socket_receive_buffer: u32,
    /// `WINHTTP_OPTION_WEB_SOCKET_SEND_BUFFER_SIZE` in bytes; 32 KiB by default.
    pub socket_send_buffer: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Terms {
            resolve_timeout: 0,
            connect_timeout: 60_000,
            connect_retries: 5,
            send_timeout: 30_000,
            receive_timeout: 30_000,
            receive_response_timeout: u32::MAX,
            redirect_policy: RedirectPolicy::default(),
            max_redirects: 10,
            max_continues: 10,
            max_header_size: 65_536,
            max_drain_size: 1_048_576,
            disabled: 0,
            decompression: 0,
            reject_credentials: false,
            fast_fallback: false,
            retries: 0,
            retry_on: 0,
            passport: false,
            socket_receive_buffer: 32_768,
            socket_send_buffer: 32_768,
        }
    }
}

impl Terms {
    /// The limit for the whole head of a reply: the larger of what was set and RECEIVE_TIMEOUT, unsigned.
    ///
    /// contract: api-behaviour section 12 (a smaller value reads back as RECEIVE_TIMEOUT).
    pub fn effective_response_timeout(&self) -> u32 {
        self.receive_response_timeout.max(self.receive_timeout)
    }

    /// Whether one of the `WINHTTP_DISABLE_*` bits is set.
    pub fn without(&self, feature: u32) -> bool {
        self.disabled & feature != 0
    }
}
