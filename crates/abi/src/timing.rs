//! What `WINHTTP_OPTION_REQUEST_TIMES` and `WINHTTP_OPTION_REQUEST_STATS` report.

use crate::table::constants;

constants! {
    /// Slots of `WINHTTP_REQUEST_TIMES::rgullTimes`: ticks of the performance counter, 0 for a step
    /// that was not taken.
    pub TIMES: u32;
    WinHttpProxyDetectionStart = 0, "Proxy detection begins.";
    WinHttpProxyDetectionEnd = 1, "Proxy detection ends.";
    WinHttpConnectionAcquireStart = 2, "Connection acquire begins.";
    WinHttpConnectionAcquireWaitEnd = 3, "Connection acquire wait ends.";
    WinHttpConnectionAcquireEnd = 4, "Connection acquire ends.";
    WinHttpNameResolutionStart = 5, "Name resolution begins.";
    WinHttpNameResolutionEnd = 6, "Name resolution ends.";
    WinHttpConnectionEstablishmentStart = 7, "Connection establishment begins.";
    WinHttpConnectionEstablishmentEnd = 8, "Connection establishment ends.";
    WinHttpTlsHandshakeClientLeg1Start = 9, "TLS handshake client leg1 begins.";
    WinHttpTlsHandshakeClientLeg1End = 10, "TLS handshake client leg1 ends.";
    WinHttpTlsHandshakeClientLeg2Start = 11, "TLS handshake client leg2 begins.";
    WinHttpTlsHandshakeClientLeg2End = 12, "TLS handshake client leg2 ends.";
    WinHttpTlsHandshakeClientLeg3Start = 13, "TLS handshake client leg3 begins.";
    WinHttpTlsHandshakeClientLeg3End = 14, "TLS handshake client leg3 ends.";
    WinHttpStreamWaitStart = 15, "Stream wait begins.";
    WinHttpStreamWaitEnd = 16, "Stream wait ends.";
    WinHttpSendRequestStart = 17, "Send request begins.";
    WinHttpSendRequestHeadersCompressionStart = 18, "Send request headers compression begins.";
    WinHttpSendRequestHeadersCompressionEnd = 19, "Send request headers compression ends.";
    WinHttpSendRequestHeadersEnd = 20, "Send request headers ends.";
    WinHttpSendRequestEnd = 21, "Send request ends.";
    WinHttpReceiveResponseStart = 22, "Receive response begins.";
    WinHttpReceiveResponseHeadersDecompressionStart = 23, "Receive response headers decompression begins.";
    WinHttpReceiveResponseHeadersDecompressionEnd = 24, "Receive response headers decompression ends.";
    WinHttpReceiveResponseHeadersEnd = 25, "Receive response headers ends.";
    WinHttpReceiveResponseBodyDecompressionDelta = 26, "Receive response body decompression: ticks spent.";
    WinHttpReceiveResponseEnd = 27, "Receive response ends.";
    WinHttpProxyTunnelStart = 28, "Proxy tunnel begins.";
    WinHttpProxyTunnelEnd = 29, "Proxy tunnel ends.";
    WinHttpProxyTlsHandshakeClientLeg1Start = 30, "Proxy TLS handshake client leg1 begins.";
    WinHttpProxyTlsHandshakeClientLeg1End = 31, "Proxy TLS handshake client leg1 ends.";
    WinHttpProxyTlsHandshakeClientLeg2Start = 32, "Proxy TLS handshake client leg2 begins.";
    WinHttpProxyTlsHandshakeClientLeg2End = 33, "Proxy TLS handshake client leg2 ends.";
    WinHttpProxyTlsHandshakeClientLeg3Start = 34, "Proxy TLS handshake client leg3 begins.";
    WinHttpProxyTlsHandshakeClientLeg3End = 35, "Proxy TLS handshake client leg3 ends.";
    WinHttpRequestTimeLast = 36, "One past the last entry that is filled.";
    WinHttpRequestTimeMax = 64, "Slots of the structure.";
}

constants! {
    /// Slots of `WINHTTP_REQUEST_STATS::rgullStats`.
    pub STATS: u32;
    WinHttpConnectFailureCount = 0, "Connect failure: how many.";
    WinHttpProxyFailureCount = 1, "Proxy failure: how many.";
    WinHttpTlsHandshakeClientLeg1Size = 2, "TLS handshake client leg1: bytes.";
    WinHttpTlsHandshakeServerLeg1Size = 3, "TLS handshake server leg1: bytes.";
    WinHttpTlsHandshakeClientLeg2Size = 4, "TLS handshake client leg2: bytes.";
    WinHttpTlsHandshakeServerLeg2Size = 5, "TLS handshake server leg2: bytes.";
    WinHttpRequestHeadersSize = 6, "Request headers: bytes.";
    WinHttpRequestHeadersCompressedSize = 7, "Request headers compressed: bytes.";
    WinHttpResponseHeadersSize = 8, "Response headers: bytes.";
    WinHttpResponseHeadersCompressedSize = 9, "Response headers compressed: bytes.";
    WinHttpResponseBodySize = 10, "Response body: bytes.";
    WinHttpResponseBodyCompressedSize = 11, "Response body compressed: bytes.";
    WinHttpProxyTlsHandshakeClientLeg1Size = 12, "Proxy TLS handshake client leg1: bytes.";
    WinHttpProxyTlsHandshakeServerLeg1Size = 13, "Proxy TLS handshake server leg1: bytes.";
    WinHttpProxyTlsHandshakeClientLeg2Size = 14, "Proxy TLS handshake client leg2: bytes.";
    WinHttpProxyTlsHandshakeServerLeg2Size = 15, "Proxy TLS handshake server leg2: bytes.";
    WinHttpRequestStatLast = 16, "One past the last entry that is filled.";
    WinHttpRequestStatMax = 32, "Slots of the structure.";
}

constants! {
    /// Bits of `WINHTTP_REQUEST_STATS::ullFlags`.
    pub STAT_FLAGS: u32;
    WINHTTP_REQUEST_STAT_FLAG_TCP_FAST_OPEN = 0x0000_0001, "The connection used TCP fast open.";
    WINHTTP_REQUEST_STAT_FLAG_TLS_SESSION_RESUMPTION = 0x0000_0002, "The TLS session was resumed.";
    WINHTTP_REQUEST_STAT_FLAG_TLS_FALSE_START = 0x0000_0004, "The handshake used a false start.";
    WINHTTP_REQUEST_STAT_FLAG_PROXY_TLS_SESSION_RESUMPTION = 0x0000_0008, "The TLS session with the proxy was resumed.";
    WINHTTP_REQUEST_STAT_FLAG_PROXY_TLS_FALSE_START = 0x0000_0010, "The handshake with the proxy used a false start.";
    WINHTTP_REQUEST_STAT_FLAG_FIRST_REQUEST = 0x0000_0020, "The request was the first of its connection.";
}
