/* The functions for proxies. Stored settings and change notifications are declared only: a program that calls one of
   those does not link. */
#ifndef WINHTTP_CALL_PROXY_H
#define WINHTTP_CALL_PROXY_H

#include "layout.h"

WINHTTP_BEGIN_C

/* Settings of the machine and of the user. Text given out is freed with GlobalFree. */
WINHTTP_BOOL WinHttpGetDefaultProxyConfiguration(WINHTTP_PROXY_INFO *pProxyInfo)
    WINHTTP_DOOR("WinHttpGetDefaultProxyConfiguration");
WINHTTP_BOOL WinHttpSetDefaultProxyConfiguration(WINHTTP_PROXY_INFO *pProxyInfo)
    WINHTTP_DOOR("WinHttpSetDefaultProxyConfiguration");
WINHTTP_BOOL
WinHttpGetIEProxyConfigForCurrentUser(WINHTTP_CURRENT_USER_IE_PROXY_CONFIG *pProxyConfig)
    WINHTTP_DOOR("WinHttpGetIEProxyConfigForCurrentUser");

/* Finding a proxy, waiting for it. */
WINHTTP_BOOL WinHttpDetectAutoProxyConfigUrl(WINHTTP_DWORD dwAutoDetectFlags,
                                             WINHTTP_WCHAR **ppwstrAutoConfigUrl)
    WINHTTP_DOOR("WinHttpDetectAutoProxyConfigUrl");
WINHTTP_BOOL WinHttpGetProxyForUrl(HINTERNET hSession, const WINHTTP_WCHAR *lpcwszUrl,
                                   WINHTTP_AUTOPROXY_OPTIONS *pAutoProxyOptions,
                                   WINHTTP_PROXY_INFO *pProxyInfo)
    WINHTTP_DOOR("WinHttpGetProxyForUrl");
WINHTTP_DWORD WinHttpIsHostInProxyBypassList(const WINHTTP_PROXY_INFO *pProxyInfo,
                                             const WINHTTP_WCHAR *pwszHost,
                                             INTERNET_SCHEME tScheme, INTERNET_PORT nPort,
                                             WINHTTP_BOOL *pfIsInBypassList)
    WINHTTP_DOOR("WinHttpIsHostInProxyBypassList");

/* Finding a proxy, told by callback. */
WINHTTP_DWORD WinHttpCreateProxyResolver(HINTERNET hSession, HINTERNET *phResolver);
WINHTTP_DWORD WinHttpGetProxyForUrlEx(HINTERNET hResolver, const WINHTTP_WCHAR *pcwszUrl,
                                      WINHTTP_AUTOPROXY_OPTIONS *pAutoProxyOptions,
                                      WINHTTP_DWORD_PTR pContext)
    WINHTTP_DOOR("WinHttpGetProxyForUrlEx");
WINHTTP_DWORD WinHttpGetProxyForUrlEx2(HINTERNET hResolver, const WINHTTP_WCHAR *pcwszUrl,
                                       WINHTTP_AUTOPROXY_OPTIONS *pAutoProxyOptions,
                                       WINHTTP_DWORD cbInterfaceSelectionContext,
                                       WINHTTP_BYTE *pInterfaceSelectionContext,
                                       WINHTTP_DWORD_PTR pContext)
    WINHTTP_DOOR("WinHttpGetProxyForUrlEx2");
WINHTTP_DWORD WinHttpGetProxyResult(HINTERNET hResolver, WINHTTP_PROXY_RESULT *pProxyResult)
    WINHTTP_DOOR("WinHttpGetProxyResult");
WINHTTP_DWORD WinHttpGetProxyResultEx(HINTERNET hResolver, WINHTTP_PROXY_RESULT_EX *pProxyResultEx)
    WINHTTP_DOOR("WinHttpGetProxyResultEx");
void WinHttpFreeProxyResult(WINHTTP_PROXY_RESULT *pProxyResult);
void WinHttpFreeProxyResultEx(WINHTTP_PROXY_RESULT_EX *pProxyResultEx);
WINHTTP_DWORD WinHttpResetAutoProxy(HINTERNET hSession, WINHTTP_DWORD dwFlags);

/* Stored settings. */
WINHTTP_DWORD WinHttpGetProxySettingsVersion(HINTERNET hSession,
                                             WINHTTP_DWORD *pdwProxySettingsVersion);
WINHTTP_DWORD WinHttpReadProxySettings(HINTERNET hSession, const WINHTTP_WCHAR *pcwszConnectionName,
                                       WINHTTP_BOOL fFallBackToDefaultSettings,
                                       WINHTTP_BOOL fSetAutoDiscoverForDefaultSettings,
                                       WINHTTP_DWORD *pdwSettingsVersion,
                                       WINHTTP_BOOL *pfDefaultSettingsAreReturned,
                                       WINHTTP_PROXY_SETTINGS *pWinHttpProxySettings)
    WINHTTP_DOOR("WinHttpReadProxySettings");
WINHTTP_DWORD WinHttpWriteProxySettings(HINTERNET hSession, WINHTTP_BOOL fForceUpdate,
                                        WINHTTP_PROXY_SETTINGS *pWinHttpProxySettings)
    WINHTTP_DOOR("WinHttpWriteProxySettings");
void WinHttpFreeProxySettings(WINHTTP_PROXY_SETTINGS *pWinHttpProxySettings);
WINHTTP_DWORD WinHttpGetProxySettingsEx(HINTERNET hResolver,
                                        WINHTTP_PROXY_SETTINGS_TYPE ProxySettingsType,
                                        PWINHTTP_PROXY_SETTINGS_PARAM pProxySettingsParam,
                                        WINHTTP_DWORD_PTR pContext)
    WINHTTP_DOOR("WinHttpGetProxySettingsEx");
WINHTTP_DWORD WinHttpGetProxySettingsResultEx(HINTERNET hResolver, void *pProxySettingsEx)
    WINHTTP_DOOR("WinHttpGetProxySettingsResultEx");
WINHTTP_DWORD WinHttpFreeProxySettingsEx(WINHTTP_PROXY_SETTINGS_TYPE ProxySettingsType,
                                         void *pProxySettingsEx);
WINHTTP_DWORD WinHttpSetProxySettingsPerUser(WINHTTP_BOOL fProxySettingsPerUser);

/* Hearing of changes. */
typedef void (*WINHTTP_PROXY_CHANGE_CALLBACK)(WINHTTP_ULONGLONG ullFlags, void *pvContext);
typedef void *WINHTTP_PROXY_CHANGE_REGISTRATION_HANDLE;
WINHTTP_DWORD
WinHttpRegisterProxyChangeNotification(WINHTTP_ULONGLONG ullFlags,
                                       WINHTTP_PROXY_CHANGE_CALLBACK pfnCallback, void *pvContext,
                                       WINHTTP_PROXY_CHANGE_REGISTRATION_HANDLE *hRegistration);
WINHTTP_DWORD
WinHttpUnregisterProxyChangeNotification(WINHTTP_PROXY_CHANGE_REGISTRATION_HANDLE hRegistration);

WINHTTP_END_C

#endif /* WINHTTP_CALL_PROXY_H */
