//! Values that options take, one table per option.

use crate::table::constants;

constants! {
    /// `WINHTTP_OPTION_REDIRECT_POLICY`.
    pub REDIRECT_POLICY: u32;
    WINHTTP_OPTION_REDIRECT_POLICY_NEVER = 0, "Redirects are handed to the application.";
    WINHTTP_OPTION_REDIRECT_POLICY_DISALLOW_HTTPS_TO_HTTP = 1, "Redirects are followed unless they lead from https to http.";
    WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS = 2, "Redirects are followed.";
}

constants! {
    /// Names and bounds made of the numbers above.
    pub ALIASES: u32;
    WINHTTP_OPTION_REDIRECT_POLICY_LAST = WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS, "The highest policy there is.";
    WINHTTP_OPTION_REDIRECT_POLICY_DEFAULT = WINHTTP_OPTION_REDIRECT_POLICY_DISALLOW_HTTPS_TO_HTTP, "The policy a session starts with.";
}

constants! {
    /// `WINHTTP_OPTION_DISABLE_FEATURE`.
    pub DISABLE_FEATURE: u32;
    WINHTTP_DISABLE_COOKIES = 1, "No automatic cookies.";
    WINHTTP_DISABLE_REDIRECTS = 2, "No automatic redirects.";
    WINHTTP_DISABLE_AUTHENTICATION = 4, "No automatic authentication.";
    WINHTTP_DISABLE_KEEP_ALIVE = 8, "The connection is not used again.";
}

constants! {
    /// `WINHTTP_OPTION_ENABLE_FEATURE`.
    pub ENABLE_FEATURE: u32;
    WINHTTP_ENABLE_SSL_REVOCATION = 1, "Check revocation (requests).";
    WINHTTP_ENABLE_SSL_REVERT_IMPERSONATION = 2, "Use the process's own identity for certificates (sessions).";
}

constants! {
    /// `WINHTTP_OPTION_DECOMPRESSION`.
    pub DECOMPRESSION: u32;
    WINHTTP_DECOMPRESSION_FLAG_GZIP = 1, "Decode gzip bodies.";
    WINHTTP_DECOMPRESSION_FLAG_DEFLATE = 2, "Decode deflate bodies.";
    WINHTTP_DECOMPRESSION_FLAG_ALL = 3, "Both.";
}

constants! {
    /// `WINHTTP_OPTION_ENABLE_HTTP_PROTOCOL` and `WINHTTP_OPTION_HTTP_PROTOCOL_USED`.
    pub HTTP_PROTOCOL: u32;
    WINHTTP_PROTOCOL_FLAG_HTTP2 = 1, "HTTP/2.";
    WINHTTP_PROTOCOL_FLAG_HTTP3 = 2, "HTTP/3.";
    WINHTTP_PROTOCOL_MASK = 3, "The bits that have a meaning.";
}

constants! {
    /// `WINHTTP_FAILED_CONNECTION_RETRIES::dwAllowedRetryConditions`.
    pub RETRY_CONDITIONS: u32;
    WINHTTP_CONNECTION_RETRY_CONDITION_408 = 1, "The server answered 408.";
    WINHTTP_CONNECTION_RETRY_CONDITION_SSL_HANDSHAKE = 2, "The TLS handshake failed.";
    WINHTTP_CONNECTION_RETRY_CONDITION_STALE_CONNECTION = 4, "A kept connection had died.";
    WINHTTP_CONNECTION_RETRY_CONDITION_MASK = 7, "The bits that have a meaning.";
}

constants! {
    /// `WINHTTP_RESOLVER_CACHE_CONFIG::ullFlags`.
    pub RESOLVER_CACHE: u32;
    WINHTTP_RESOLVER_CACHE_CONFIG_FLAG_SOFT_LIMIT = 1, "The number of entries may be exceeded.";
    WINHTTP_RESOLVER_CACHE_CONFIG_FLAG_BYPASS_CACHE = 2, "The cache is not asked.";
    WINHTTP_RESOLVER_CACHE_CONFIG_FLAG_USE_DNS_TTL = 4, "Entries live as long as DNS says.";
    WINHTTP_RESOLVER_CACHE_CONFIG_FLAG_CONN_USE_TTL = 8, "Connections too.";
}

constants! {
    /// `WINHTTP_RESOLVER_CACHE_CONFIG::SecureDnsSetting`.
    pub SECURE_DNS: u32;
    WinHttpSecureDnsSettingDefault = 0, "As the system has it.";
    WinHttpSecureDnsSettingForcePlaintext = 1, "Never encrypted.";
    WinHttpSecureDnsSettingRequireEncryption = 2, "Always encrypted.";
    WinHttpSecureDnsSettingTryEncryptionWithFallback = 3, "Encrypted where possible.";
    WinHttpSecureDnsSettingMax = 4, "How many settings there are.";
}

constants! {
    /// `WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_FLAGS`.
    pub CHAIN_BUILD: u32;
    WINHTTP_SERVER_CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL = 0x0000_0004, "Fetch nothing while building the chain.";
    WINHTTP_SERVER_CERT_CHAIN_DISABLE_AIA = 0x0000_2000, "Fetch no missing issuers.";
    WINHTTP_SERVER_CERT_CHAIN_REVOCATION_CHECK_CACHE_ONLY = 0x8000_0000, "Check revocation from what is stored.";
}

constants! {
    /// `WINHTTP_FAST_FORWARDING_STATUS::TransferState`.
    pub FAST_FORWARDING: u32;
    WinHttpFastForwardingStateInProgress = 0, "Going on.";
    WinHttpFastForwardingStateSucceeded = 1, "Done.";
    WinHttpFastForwardingStateClientSideFailed = 2, "Failed towards the client.";
    WinHttpFastForwardingStateServerSideFailed = 3, "Failed towards the server.";
}

constants! {
    /// Single numbers of other options.
    pub OTHER: u32;
    WINHTTP_HTTP2_PLUS_CLIENT_CERT_FLAG = 1, "`WINHTTP_OPTION_ENABLE_HTTP2_PLUS_CLIENT_CERT`: on.";
    WINHTTP_MATCH_CONNECTION_GUID_FLAG_REQUIRE_MARKED_CONNECTION = 1, "`WINHTTP_OPTION_MATCH_CONNECTION_GUID`: no other connection will do.";
    WINHTTP_MATCH_CONNECTION_GUID_FLAGS_MASK = 1, "The bits of that option that have a meaning.";
    WINHTTP_OPTION_REQUEST_ANNOTATION_MAX_LENGTH = 64000, "The longest `WINHTTP_OPTION_REQUEST_ANNOTATION`.";
    WINHTTP_CONNS_PER_SERVER_UNLIMITED = 4294967295, "`WINHTTP_OPTION_MAX_CONNS_PER_SERVER`: no limit.";
}
