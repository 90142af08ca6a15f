/* The structures. Packed to 4 bytes on 32 bit, as on Windows; on 64 bit nothing changes. */
#ifndef WINHTTP_LAYOUT_H
#define WINHTTP_LAYOUT_H

#include "types.h"
#include "proxy.h"
#include "option.h"
#include "websocket.h"

/* Room for a socket address of every family, the platform's own layout. */
typedef struct WINHTTP_SOCKADDR_STORAGE {
#ifdef __APPLE__
    uint8_t ss_len;
    uint8_t ss_family;
#else
    uint16_t ss_family;
#endif
    uint8_t ss_pad[6];
    uint64_t ss_align;
    uint8_t ss_rest[112];
} WINHTTP_SOCKADDR_STORAGE;

#if UINTPTR_MAX > 0xFFFFFFFFu
#pragma pack(push, 8)
#else
#pragma pack(push, 4)
#endif

/* ---- payloads of the callback ---- */

/* REQUEST_ERROR: which call (API_*) and why. */
typedef struct WINHTTP_ASYNC_RESULT {
    WINHTTP_DWORD_PTR dwResult;
    WINHTTP_DWORD dwError;
} WINHTTP_ASYNC_RESULT, *LPWINHTTP_ASYNC_RESULT, *PWINHTTP_ASYNC_RESULT;

/* REQUEST_ERROR of a WebSocket. */
typedef struct WINHTTP_WEB_SOCKET_ASYNC_RESULT {
    WINHTTP_ASYNC_RESULT AsyncResult;
    WINHTTP_WEB_SOCKET_OPERATION Operation;
} WINHTTP_WEB_SOCKET_ASYNC_RESULT;

/* READ_COMPLETE and WRITE_COMPLETE of a WebSocket. */
typedef struct WINHTTP_WEB_SOCKET_STATUS {
    WINHTTP_DWORD dwBytesTransferred;
    WINHTTP_WEB_SOCKET_BUFFER_TYPE eBufferType;
} WINHTTP_WEB_SOCKET_STATUS;

/* REQUEST_ERROR of another upgraded protocol. */
typedef struct WINHTTP_PROTOCOL_ASYNC_RESULT {
    WINHTTP_ASYNC_RESULT AsyncResult;
    WINHTTP_PROTOCOL_OPERATION Operation;
} WINHTTP_PROTOCOL_ASYNC_RESULT;

/* ---- URLs and headers ---- */

typedef struct URL_COMPONENTS {
    WINHTTP_DWORD dwStructSize;
    WINHTTP_WCHAR *lpszScheme;
    WINHTTP_DWORD dwSchemeLength;
    INTERNET_SCHEME nScheme;
    WINHTTP_WCHAR *lpszHostName;
    WINHTTP_DWORD dwHostNameLength;
    INTERNET_PORT nPort;
    WINHTTP_WCHAR *lpszUserName;
    WINHTTP_DWORD dwUserNameLength;
    WINHTTP_WCHAR *lpszPassword;
    WINHTTP_DWORD dwPasswordLength;
    WINHTTP_WCHAR *lpszUrlPath;
    WINHTTP_DWORD dwUrlPathLength;
    WINHTTP_WCHAR *lpszExtraInfo;
    WINHTTP_DWORD dwExtraInfoLength;
} URL_COMPONENTS, *LPURL_COMPONENTS, URL_COMPONENTSW, *LPURL_COMPONENTSW;
typedef const URL_COMPONENTS *PCURL_COMPONENTS;

typedef struct WINHTTP_EXTENDED_HEADER {
    union {
        const WINHTTP_WCHAR *pwszName;
        const char *pszName;
    };
    union {
        const WINHTTP_WCHAR *pwszValue;
        const char *pszValue;
    };
} WINHTTP_EXTENDED_HEADER, *PWINHTTP_EXTENDED_HEADER;

typedef union WINHTTP_HEADER_NAME {
    const WINHTTP_WCHAR *pwszName;
    const char *pszName;
} WINHTTP_HEADER_NAME, *PWINHTTP_HEADER_NAME;

typedef struct HTTP_VERSION_INFO {
    WINHTTP_DWORD dwMajorVersion;
    WINHTTP_DWORD dwMinorVersion;
} HTTP_VERSION_INFO, *LPHTTP_VERSION_INFO;

/* ---- what options report ---- */

typedef struct WINHTTP_CONNECTION_INFO {
    WINHTTP_DWORD cbSize;
    WINHTTP_SOCKADDR_STORAGE LocalAddress;
    WINHTTP_SOCKADDR_STORAGE RemoteAddress;
} WINHTTP_CONNECTION_INFO, *PWINHTTP_CONNECTION_INFO;

typedef struct WINHTTP_REQUEST_TIMES {
    uint32_t cTimes;
    WINHTTP_ULONGLONG rgullTimes[64];
} WINHTTP_REQUEST_TIMES, *PWINHTTP_REQUEST_TIMES;

typedef struct WINHTTP_REQUEST_STATS {
    WINHTTP_ULONGLONG ullFlags;
    uint32_t ulIndex;
    uint32_t cStats;
    WINHTTP_ULONGLONG rgullStats[32];
} WINHTTP_REQUEST_STATS, *PWINHTTP_REQUEST_STATS;

typedef struct WINHTTP_CERTIFICATE_INFO {
    WINHTTP_FILETIME ftExpiry;
    WINHTTP_FILETIME ftStart;
    WINHTTP_WCHAR *lpszSubjectInfo;
    WINHTTP_WCHAR *lpszIssuerInfo;
    WINHTTP_WCHAR *lpszProtocolName;
    WINHTTP_WCHAR *lpszSignatureAlgName;
    WINHTTP_WCHAR *lpszEncryptionAlgName;
    WINHTTP_DWORD dwKeySize;
} WINHTTP_CERTIFICATE_INFO;

typedef struct SecPkgContext_ConnectionInfo {
    WINHTTP_DWORD dwProtocol;
    uint32_t aiCipher;
    WINHTTP_DWORD dwCipherStrength;
    uint32_t aiHash;
    WINHTTP_DWORD dwHashStrength;
    uint32_t aiExch;
    WINHTTP_DWORD dwExchStrength;
} SecPkgContext_ConnectionInfo;

typedef struct SecPkgContext_CipherInfo {
    WINHTTP_DWORD dwVersion;
    WINHTTP_DWORD dwProtocol;
    WINHTTP_DWORD dwCipherSuite;
    WINHTTP_DWORD dwBaseCipherSuite;
    WINHTTP_WCHAR szCipherSuite[64];
    WINHTTP_WCHAR szCipher[64];
    WINHTTP_DWORD dwCipherLen;
    WINHTTP_DWORD dwCipherBlockLen;
    WINHTTP_WCHAR szHash[64];
    WINHTTP_DWORD dwHashLen;
    WINHTTP_WCHAR szExchange[64];
    WINHTTP_DWORD dwMinExchangeLen;
    WINHTTP_DWORD dwMaxExchangeLen;
    WINHTTP_WCHAR szCertificate[64];
    WINHTTP_DWORD dwKeyType;
} SecPkgContext_CipherInfo;

typedef struct WINHTTP_SECURITY_INFO {
    SecPkgContext_ConnectionInfo ConnectionInfo;
    SecPkgContext_CipherInfo CipherInfo;
} WINHTTP_SECURITY_INFO, *PWINHTTP_SECURITY_INFO;

typedef struct SecPkgContext_IssuerListInfoEx {
    WINHTTP_BLOB *aIssuers;
    WINHTTP_DWORD cIssuers;
} SecPkgContext_IssuerListInfoEx;

typedef struct SecPkgContext_Bindings {
    uint32_t BindingsLength;
    void *Bindings;
} SecPkgContext_Bindings;

typedef struct WINHTTP_FAST_FORWARDING_STATUS {
    WINHTTP_FAST_FORWARDING_STATE TransferState;
    WINHTTP_LONG NtStatus;
    WINHTTP_DWORD dwError;
    WINHTTP_ULONGLONG ullBytesTransferred;
} WINHTTP_FAST_FORWARDING_STATUS;

/* ---- what options take ---- */

typedef struct WINHTTP_FAILED_CONNECTION_RETRIES {
    WINHTTP_DWORD dwMaxRetries;
    WINHTTP_DWORD dwAllowedRetryConditions;
} WINHTTP_FAILED_CONNECTION_RETRIES, *PWINHTTP_FAILED_CONNECTION_RETRIES;

typedef struct WINHTTP_HTTP2_RECEIVE_WINDOW {
    uint32_t ulStreamWindow;
    uint32_t ulStreamWindowUpdateDelta;
} WINHTTP_HTTP2_RECEIVE_WINDOW, *PWINHTTP_HTTP2_RECEIVE_WINDOW;

typedef struct WINHTTP_MATCH_CONNECTION_GUID {
    WINHTTP_GUID ConnectionGuid;
    WINHTTP_ULONGLONG ullFlags;
} WINHTTP_MATCH_CONNECTION_GUID, *PWINHTTP_MATCH_CONNECTION_GUID;

typedef struct WINHTTP_RESOLVER_CACHE_CONFIG {
    uint32_t ulMaxResolverCacheEntries;
    uint32_t ulMaxCacheEntryAge;
    uint32_t ulMinCacheEntryTtl;
    WINHTTP_SECURE_DNS_SETTING SecureDnsSetting;
    WINHTTP_ULONGLONG ullConnResolutionWaitTime;
    WINHTTP_ULONGLONG ullFlags;
} WINHTTP_RESOLVER_CACHE_CONFIG, *PWINHTTP_RESOLVER_CACHE_CONFIG;

/* Narrow text. */
typedef struct WINHTTP_CREDS {
    char *lpszUserName;
    char *lpszPassword;
    char *lpszRealm;
    WINHTTP_DWORD dwAuthScheme;
    char *lpszHostName;
    WINHTTP_DWORD dwPort;
} WINHTTP_CREDS, *PWINHTTP_CREDS;

typedef struct WINHTTP_CREDS_EX {
    char *lpszUserName;
    char *lpszPassword;
    char *lpszRealm;
    WINHTTP_DWORD dwAuthScheme;
    char *lpszHostName;
    WINHTTP_DWORD dwPort;
    char *lpszUrl;
} WINHTTP_CREDS_EX, *PWINHTTP_CREDS_EX;

/* ---- proxies ---- */

/* Text that the library gives out is freed with GlobalFree (WinHttpCompatFree). */
typedef struct WINHTTP_PROXY_INFO {
    WINHTTP_DWORD dwAccessType;
    WINHTTP_WCHAR *lpszProxy;
    WINHTTP_WCHAR *lpszProxyBypass;
} WINHTTP_PROXY_INFO, *LPWINHTTP_PROXY_INFO, *PWINHTTP_PROXY_INFO, WINHTTP_PROXY_INFOW,
    *LPWINHTTP_PROXY_INFOW;

typedef struct WINHTTP_CURRENT_USER_IE_PROXY_CONFIG {
    WINHTTP_BOOL fAutoDetect;
    WINHTTP_WCHAR *lpszAutoConfigUrl;
    WINHTTP_WCHAR *lpszProxy;
    WINHTTP_WCHAR *lpszProxyBypass;
} WINHTTP_CURRENT_USER_IE_PROXY_CONFIG;

typedef struct WINHTTP_AUTOPROXY_OPTIONS {
    WINHTTP_DWORD dwFlags;
    WINHTTP_DWORD dwAutoDetectFlags;
    const WINHTTP_WCHAR *lpszAutoConfigUrl;
    void *lpvReserved;
    WINHTTP_DWORD dwReserved;
    WINHTTP_BOOL fAutoLogonIfChallenged;
} WINHTTP_AUTOPROXY_OPTIONS;

typedef struct WINHTTP_PROXY_RESULT_ENTRY {
    WINHTTP_BOOL fProxy;
    WINHTTP_BOOL fBypass;
    INTERNET_SCHEME ProxyScheme;
    WINHTTP_WCHAR *pwszProxy;
    INTERNET_PORT ProxyPort;
} WINHTTP_PROXY_RESULT_ENTRY;

typedef struct WINHTTP_PROXY_RESULT {
    WINHTTP_DWORD cEntries;
    WINHTTP_PROXY_RESULT_ENTRY *pEntries;
} WINHTTP_PROXY_RESULT;

typedef struct WINHTTP_PROXY_RESULT_EX {
    WINHTTP_DWORD cEntries;
    WINHTTP_PROXY_RESULT_ENTRY *pEntries;
    WINHTTP_HANDLE hProxyDetectionHandle;
    WINHTTP_DWORD dwProxyInterfaceAffinity;
} WINHTTP_PROXY_RESULT_EX;

typedef struct WINHTTP_PROXY_NETWORKING_KEY {
    unsigned char pbBuffer[NETWORKING_KEY_BUFSIZE];
} WINHTTP_PROXY_NETWORKING_KEY, *PWINHTTP_PROXY_NETWORKING_KEY;

typedef struct WINHTTP_PROXY_SETTINGS {
    WINHTTP_DWORD dwStructSize;
    WINHTTP_DWORD dwFlags;
    WINHTTP_DWORD dwCurrentSettingsVersion;
    WINHTTP_WCHAR *pwszConnectionName;
    WINHTTP_WCHAR *pwszProxy;
    WINHTTP_WCHAR *pwszProxyBypass;
    WINHTTP_WCHAR *pwszAutoconfigUrl;
    WINHTTP_WCHAR *pwszAutoconfigSecondaryUrl;
    WINHTTP_DWORD dwAutoDiscoveryFlags;
    WINHTTP_WCHAR *pwszLastKnownGoodAutoConfigUrl;
    WINHTTP_DWORD dwAutoconfigReloadDelayMins;
    WINHTTP_FILETIME ftLastKnownDetectTime;
    WINHTTP_DWORD dwDetectedInterfaceIpCount;
    WINHTTP_DWORD *pdwDetectedInterfaceIp;
    WINHTTP_DWORD cNetworkKeys;
    PWINHTTP_PROXY_NETWORKING_KEY pNetworkKeys;
} WINHTTP_PROXY_SETTINGS, *PWINHTTP_PROXY_SETTINGS;

typedef struct WINHTTP_PROXY_SETTINGS_EX {
    WINHTTP_ULONGLONG ullGenerationId;
    WINHTTP_ULONGLONG ullFlags;
    const WINHTTP_WCHAR *pcwszAutoconfigUrl;
    const WINHTTP_WCHAR *pcwszProxy;
    const WINHTTP_WCHAR *pcwszSecureProxy;
    WINHTTP_DWORD cProxyBypasses;
    const WINHTTP_WCHAR **rgpcwszProxyBypasses;
    WINHTTP_DWORD dwInterfaceIndex;
    const WINHTTP_WCHAR *pcwszConnectionName;
} WINHTTP_PROXY_SETTINGS_EX, *PWINHTTP_PROXY_SETTINGS_EX;

typedef struct WINHTTP_PROXY_SETTINGS_PARAM {
    WINHTTP_ULONGLONG ullFlags;
    const WINHTTP_WCHAR *pcwszConnectionName;
    const WINHTTP_WCHAR *pcwszProbeHost;
} WINHTTP_PROXY_SETTINGS_PARAM, *PWINHTTP_PROXY_SETTINGS_PARAM;

/* ---- connections ---- */

typedef struct WINHTTP_CONNECTION_GROUP {
    uint32_t cConnections;
    WINHTTP_GUID guidGroup;
} WINHTTP_CONNECTION_GROUP, *PWINHTTP_CONNECTION_GROUP;

typedef struct WINHTTP_HOST_CONNECTION_GROUP {
    const WINHTTP_WCHAR *pwszHost;
    uint32_t cConnectionGroups;
    PWINHTTP_CONNECTION_GROUP pConnectionGroups;
} WINHTTP_HOST_CONNECTION_GROUP, *PWINHTTP_HOST_CONNECTION_GROUP;

typedef struct WINHTTP_QUERY_CONNECTION_GROUP_RESULT {
    uint32_t cHosts;
    PWINHTTP_HOST_CONNECTION_GROUP pHostConnectionGroups;
} WINHTTP_QUERY_CONNECTION_GROUP_RESULT, *PWINHTTP_QUERY_CONNECTION_GROUP_RESULT;

#pragma pack(pop)

#endif /* WINHTTP_LAYOUT_H */
