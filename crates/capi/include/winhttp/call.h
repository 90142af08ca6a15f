/* The functions. Those that carry wide text, callbacks or options bind by WINHTTP_DOOR to the
 * symbol of this translation unit's WCHAR; the others have one symbol.
 *
 * contract: functions of winhttp.h. */
#ifndef WINHTTP_CALL_H
#define WINHTTP_CALL_H

#include "layout.h"

WINHTTP_BEGIN_C

/* ---- sessions ---- */

typedef void (*WINHTTP_STATUS_CALLBACK)(HINTERNET hInternet, WINHTTP_DWORD_PTR dwContext,
                                        WINHTTP_DWORD dwInternetStatus, void *lpvStatusInformation,
                                        WINHTTP_DWORD dwStatusInformationLength);
typedef WINHTTP_STATUS_CALLBACK *LPWINHTTP_STATUS_CALLBACK;

/* What WinHttpSetStatusCallback gives back when it fails. */
#define WINHTTP_INVALID_STATUS_CALLBACK ((WINHTTP_STATUS_CALLBACK)(WINHTTP_DWORD_PTR)-1)

HINTERNET WinHttpOpen(const WINHTTP_WCHAR *pszAgentW, WINHTTP_DWORD dwAccessType,
                      const WINHTTP_WCHAR *pszProxyW, const WINHTTP_WCHAR *pszProxyBypassW,
                      WINHTTP_DWORD dwFlags) WINHTTP_DOOR("WinHttpOpen");
HINTERNET WinHttpConnect(HINTERNET hSession, const WINHTTP_WCHAR *pswzServerName,
                         INTERNET_PORT nServerPort, WINHTTP_DWORD dwReserved)
    WINHTTP_DOOR("WinHttpConnect");
WINHTTP_BOOL WinHttpCloseHandle(HINTERNET hInternet);
WINHTTP_STATUS_CALLBACK WinHttpSetStatusCallback(HINTERNET hInternet,
                                                 WINHTTP_STATUS_CALLBACK lpfnInternetCallback,
                                                 WINHTTP_DWORD dwNotificationFlags,
                                                 WINHTTP_DWORD_PTR dwReserved)
    WINHTTP_DOOR("WinHttpSetStatusCallback");
WINHTTP_BOOL WinHttpSetTimeouts(HINTERNET hInternet, int nResolveTimeout, int nConnectTimeout,
                                int nSendTimeout, int nReceiveTimeout);
WINHTTP_BOOL WinHttpCheckPlatform(void);

/* ---- requests ---- */

HINTERNET WinHttpOpenRequest(HINTERNET hConnect, const WINHTTP_WCHAR *pwszVerb,
                             const WINHTTP_WCHAR *pwszObjectName, const WINHTTP_WCHAR *pwszVersion,
                             const WINHTTP_WCHAR *pwszReferrer,
                             const WINHTTP_WCHAR **ppwszAcceptTypes, WINHTTP_DWORD dwFlags)
    WINHTTP_DOOR("WinHttpOpenRequest");
WINHTTP_BOOL WinHttpSendRequest(HINTERNET hRequest, const WINHTTP_WCHAR *lpszHeaders,
                                WINHTTP_DWORD dwHeadersLength, void *lpOptional,
                                WINHTTP_DWORD dwOptionalLength, WINHTTP_DWORD dwTotalLength,
                                WINHTTP_DWORD_PTR dwContext) WINHTTP_DOOR("WinHttpSendRequest");
WINHTTP_BOOL WinHttpReceiveResponse(HINTERNET hRequest, void *lpReserved);
WINHTTP_BOOL WinHttpWriteData(HINTERNET hRequest, const void *lpBuffer,
                              WINHTTP_DWORD dwNumberOfBytesToWrite,
                              WINHTTP_DWORD *lpdwNumberOfBytesWritten);
WINHTTP_BOOL WinHttpQueryDataAvailable(HINTERNET hRequest,
                                       WINHTTP_DWORD *lpdwNumberOfBytesAvailable);
WINHTTP_BOOL WinHttpReadData(HINTERNET hRequest, void *lpBuffer,
                             WINHTTP_DWORD dwNumberOfBytesToRead,
                             WINHTTP_DWORD *lpdwNumberOfBytesRead);

/* ---- headers ---- */

WINHTTP_BOOL WinHttpAddRequestHeaders(HINTERNET hRequest, const WINHTTP_WCHAR *lpszHeaders,
                                      WINHTTP_DWORD dwHeadersLength, WINHTTP_DWORD dwModifiers)
    WINHTTP_DOOR("WinHttpAddRequestHeaders");
WINHTTP_BOOL WinHttpQueryHeaders(HINTERNET hRequest, WINHTTP_DWORD dwInfoLevel,
                                 const WINHTTP_WCHAR *pwszName, void *lpBuffer,
                                 WINHTTP_DWORD *lpdwBufferLength, WINHTTP_DWORD *lpdwIndex)
    WINHTTP_DOOR("WinHttpQueryHeaders");

/* ---- options ---- */

WINHTTP_BOOL WinHttpQueryOption(HINTERNET hInternet, WINHTTP_DWORD dwOption, void *lpBuffer,
                                WINHTTP_DWORD *lpdwBufferLength) WINHTTP_DOOR("WinHttpQueryOption");
WINHTTP_BOOL WinHttpSetOption(HINTERNET hInternet, WINHTTP_DWORD dwOption, void *lpBuffer,
                              WINHTTP_DWORD dwBufferLength) WINHTTP_DOOR("WinHttpSetOption");

/* ---- URLs and dates ---- */

WINHTTP_BOOL WinHttpCrackUrl(const WINHTTP_WCHAR *pwszUrl, WINHTTP_DWORD dwUrlLength,
                             WINHTTP_DWORD dwFlags, LPURL_COMPONENTS lpUrlComponents)
    WINHTTP_DOOR("WinHttpCrackUrl");
WINHTTP_BOOL WinHttpCreateUrl(LPURL_COMPONENTS lpUrlComponents, WINHTTP_DWORD dwFlags,
                              WINHTTP_WCHAR *pwszUrl, WINHTTP_DWORD *pdwUrlLength)
    WINHTTP_DOOR("WinHttpCreateUrl");
WINHTTP_BOOL WinHttpTimeFromSystemTime(const WINHTTP_SYSTEMTIME *pst, WINHTTP_WCHAR *pwszTime)
    WINHTTP_DOOR("WinHttpTimeFromSystemTime");
WINHTTP_BOOL WinHttpTimeToSystemTime(const WINHTTP_WCHAR *pwszTime, WINHTTP_SYSTEMTIME *pst)
    WINHTTP_DOOR("WinHttpTimeToSystemTime");

/* ---- declared for later work: a program that calls one of these may not link yet ---- */

/* Requests and headers. They answer with the error itself. */
WINHTTP_DWORD WinHttpReadDataEx(HINTERNET hRequest, void *lpBuffer,
                                WINHTTP_DWORD dwNumberOfBytesToRead,
                                WINHTTP_DWORD *lpdwNumberOfBytesRead, WINHTTP_ULONGLONG ullFlags,
                                WINHTTP_DWORD cbProperty, void *pvProperty);
WINHTTP_DWORD WinHttpAddRequestHeadersEx(HINTERNET hRequest, WINHTTP_DWORD dwModifiers,
                                         WINHTTP_ULONGLONG ullFlags, WINHTTP_ULONGLONG ullExtra,
                                         WINHTTP_DWORD cHeaders, WINHTTP_EXTENDED_HEADER *pHeaders)
    WINHTTP_DOOR("WinHttpAddRequestHeadersEx");
WINHTTP_DWORD WinHttpQueryHeadersEx(HINTERNET hRequest, WINHTTP_DWORD dwInfoLevel,
                                    WINHTTP_ULONGLONG ullFlags, uint32_t uiCodePage,
                                    WINHTTP_DWORD *pdwIndex, PWINHTTP_HEADER_NAME pHeaderName,
                                    void *pBuffer, WINHTTP_DWORD *pdwBufferLength,
                                    PWINHTTP_EXTENDED_HEADER *ppHeaders,
                                    WINHTTP_DWORD *pdwHeadersCount)
    WINHTTP_DOOR("WinHttpQueryHeadersEx");

/* Authentication. */
WINHTTP_BOOL WinHttpSetCredentials(HINTERNET hRequest, WINHTTP_DWORD AuthTargets,
                                   WINHTTP_DWORD AuthScheme, const WINHTTP_WCHAR *pwszUserName,
                                   const WINHTTP_WCHAR *pwszPassword, void *pAuthParams)
    WINHTTP_DOOR("WinHttpSetCredentials");
WINHTTP_BOOL WinHttpQueryAuthSchemes(HINTERNET hRequest, WINHTTP_DWORD *lpdwSupportedSchemes,
                                     WINHTTP_DWORD *lpdwFirstScheme, WINHTTP_DWORD *pdwAuthTarget);
WINHTTP_BOOL WinHttpQueryAuthParams(HINTERNET hRequest, WINHTTP_DWORD AuthScheme,
                                    void **pAuthParams) WINHTTP_DOOR("WinHttpQueryAuthParams");

/* WebSocket. All but CompleteUpgrade answer with the error itself. */
HINTERNET WinHttpWebSocketCompleteUpgrade(HINTERNET hRequest, WINHTTP_DWORD_PTR pContext);
WINHTTP_DWORD WinHttpWebSocketSend(HINTERNET hWebSocket, WINHTTP_WEB_SOCKET_BUFFER_TYPE eBufferType,
                                   void *pvBuffer, WINHTTP_DWORD dwBufferLength);
WINHTTP_DWORD WinHttpWebSocketReceive(HINTERNET hWebSocket, void *pvBuffer,
                                      WINHTTP_DWORD dwBufferLength, WINHTTP_DWORD *pdwBytesRead,
                                      WINHTTP_WEB_SOCKET_BUFFER_TYPE *peBufferType);
WINHTTP_DWORD WinHttpWebSocketShutdown(HINTERNET hWebSocket, WINHTTP_WORD usStatus, void *pvReason,
                                       WINHTTP_DWORD dwReasonLength);
WINHTTP_DWORD WinHttpWebSocketClose(HINTERNET hWebSocket, WINHTTP_WORD usStatus, void *pvReason,
                                    WINHTTP_DWORD dwReasonLength);
WINHTTP_DWORD WinHttpWebSocketQueryCloseStatus(HINTERNET hWebSocket, WINHTTP_WORD *pusStatus,
                                               void *pvReason, WINHTTP_DWORD dwReasonLength,
                                               WINHTTP_DWORD *pdwReasonLengthConsumed);

/* Other upgraded protocols. */
HINTERNET WinHttpProtocolCompleteUpgrade(HINTERNET hRequest, WINHTTP_DWORD_PTR pContext);
WINHTTP_DWORD WinHttpProtocolSend(HINTERNET hProtocol, WINHTTP_ULONGLONG ullFlags, void *pvBuffer,
                                  WINHTTP_DWORD dwBufferLength);
WINHTTP_DWORD WinHttpProtocolReceive(HINTERNET hProtocol, WINHTTP_ULONGLONG ullFlags,
                                     void *pvBuffer, WINHTTP_DWORD dwBufferLength,
                                     WINHTTP_DWORD *pdwBytesRead);

/* Groups of connections. */
WINHTTP_DWORD WinHttpQueryConnectionGroup(HINTERNET hInternet, const WINHTTP_GUID *pGuidConnection,
                                          WINHTTP_ULONGLONG ullFlags,
                                          PWINHTTP_QUERY_CONNECTION_GROUP_RESULT *ppResult)
    WINHTTP_DOOR("WinHttpQueryConnectionGroup");
void WinHttpFreeQueryConnectionGroupResult(WINHTTP_QUERY_CONNECTION_GROUP_RESULT *pResult);

WINHTTP_END_C

#endif /* WINHTTP_CALL_H */
