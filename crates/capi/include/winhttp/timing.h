/* What WINHTTP_OPTION_REQUEST_TIMES and WINHTTP_OPTION_REQUEST_STATS report. */
#ifndef WINHTTP_TIMING_H
#define WINHTTP_TIMING_H

/* Slots of WINHTTP_REQUEST_TIMES.rgullTimes: ticks of the performance counter, 0 for a step that
 * was not taken. */
typedef enum WINHTTP_REQUEST_TIME_ENTRY {
    WinHttpProxyDetectionStart = 0,
    WinHttpProxyDetectionEnd = 1,
    WinHttpConnectionAcquireStart = 2,
    WinHttpConnectionAcquireWaitEnd = 3,
    WinHttpConnectionAcquireEnd = 4,
    WinHttpNameResolutionStart = 5,
    WinHttpNameResolutionEnd = 6,
    WinHttpConnectionEstablishmentStart = 7,
    WinHttpConnectionEstablishmentEnd = 8,
    WinHttpTlsHandshakeClientLeg1Start = 9,
    WinHttpTlsHandshakeClientLeg1End = 10,
    WinHttpTlsHandshakeClientLeg2Start = 11,
    WinHttpTlsHandshakeClientLeg2End = 12,
    WinHttpTlsHandshakeClientLeg3Start = 13,
    WinHttpTlsHandshakeClientLeg3End = 14,
    WinHttpStreamWaitStart = 15,
    WinHttpStreamWaitEnd = 16,
    WinHttpSendRequestStart = 17,
    WinHttpSendRequestHeadersCompressionStart = 18,
    WinHttpSendRequestHeadersCompressionEnd = 19,
    WinHttpSendRequestHeadersEnd = 20,
    WinHttpSendRequestEnd = 21,
    WinHttpReceiveResponseStart = 22,
    WinHttpReceiveResponseHeadersDecompressionStart = 23,
    WinHttpReceiveResponseHeadersDecompressionEnd = 24,
    WinHttpReceiveResponseHeadersEnd = 25,
    WinHttpReceiveResponseBodyDecompressionDelta = 26,
    WinHttpReceiveResponseEnd = 27,
    WinHttpProxyTunnelStart = 28,
    WinHttpProxyTunnelEnd = 29,
    WinHttpProxyTlsHandshakeClientLeg1Start = 30,
    WinHttpProxyTlsHandshakeClientLeg1End = 31,
    WinHttpProxyTlsHandshakeClientLeg2Start = 32,
    WinHttpProxyTlsHandshakeClientLeg2End = 33,
    WinHttpProxyTlsHandshakeClientLeg3Start = 34,
    WinHttpProxyTlsHandshakeClientLeg3End = 35,
    WinHttpRequestTimeLast = 36,
    WinHttpRequestTimeMax = 64
} WINHTTP_REQUEST_TIME_ENTRY;

/* Slots of WINHTTP_REQUEST_STATS.rgullStats. */
typedef enum WINHTTP_REQUEST_STAT_ENTRY {
    WinHttpConnectFailureCount = 0,
    WinHttpProxyFailureCount = 1,
    WinHttpTlsHandshakeClientLeg1Size = 2,
    WinHttpTlsHandshakeServerLeg1Size = 3,
    WinHttpTlsHandshakeClientLeg2Size = 4,
    WinHttpTlsHandshakeServerLeg2Size = 5,
    WinHttpRequestHeadersSize = 6,
    WinHttpRequestHeadersCompressedSize = 7,
    WinHttpResponseHeadersSize = 8,
    WinHttpResponseHeadersCompressedSize = 9,
    WinHttpResponseBodySize = 10,
    WinHttpResponseBodyCompressedSize = 11,
    WinHttpProxyTlsHandshakeClientLeg1Size = 12,
    WinHttpProxyTlsHandshakeServerLeg1Size = 13,
    WinHttpProxyTlsHandshakeClientLeg2Size = 14,
    WinHttpProxyTlsHandshakeServerLeg2Size = 15,
    WinHttpRequestStatLast = 16,
    WinHttpRequestStatMax = 32
} WINHTTP_REQUEST_STAT_ENTRY;

/* Bits of WINHTTP_REQUEST_STATS.ullFlags. */
#define WINHTTP_REQUEST_STAT_FLAG_TCP_FAST_OPEN              0x00000001
#define WINHTTP_REQUEST_STAT_FLAG_TLS_SESSION_RESUMPTION     0x00000002
#define WINHTTP_REQUEST_STAT_FLAG_TLS_FALSE_START            0x00000004
#define WINHTTP_REQUEST_STAT_FLAG_PROXY_TLS_SESSION_RESUMPTION 0x00000008
#define WINHTTP_REQUEST_STAT_FLAG_PROXY_TLS_FALSE_START      0x00000010
#define WINHTTP_REQUEST_STAT_FLAG_FIRST_REQUEST              0x00000020

#endif /* WINHTTP_TIMING_H */
