//! Every structure against windows-sys: size, alignment and the offset of each member.
#![cfg(target_pointer_width = "64")]

use core::mem::{align_of, offset_of, size_of};
use windows_sys::Win32::Foundation::*;
use windows_sys::Win32::Networking::{WinHttp, WinSock};
use windows_sys::Win32::Security::Authentication::Identity;
use windows_sys::Win32::Security::Cryptography;
use windows_sys::core::GUID;

macro_rules! equal {
    ($($ours:ident = $oracle:ty { $($field:ident),* };)*) => {
        $(
            assert_eq!(size_of::<winhttp_abi::$ours>(), size_of::<$oracle>(), stringify!($ours));
            assert_eq!(align_of::<winhttp_abi::$ours>(), align_of::<$oracle>(), stringify!($ours));
            $(assert_eq!(
                offset_of!(winhttp_abi::$ours, $field),
                offset_of!($oracle, $field),
                "{}.{}", stringify!($ours), stringify!($field),
            );)*
        )*
    };
}

#[test]
fn all_structures_equal_the_oracle() {
    equal! {
        WINHTTP_ASYNC_RESULT = WinHttp::WINHTTP_ASYNC_RESULT { dwResult, dwError };
        URL_COMPONENTS = WinHttp::URL_COMPONENTS { dwStructSize, lpszScheme, dwSchemeLength, nScheme, lpszHostName, dwHostNameLength, nPort, lpszUserName, dwUserNameLength, lpszPassword, dwPasswordLength, lpszUrlPath, dwUrlPathLength, lpszExtraInfo, dwExtraInfoLength };
        WINHTTP_CERTIFICATE_INFO = WinHttp::WINHTTP_CERTIFICATE_INFO { ftExpiry, ftStart, lpszSubjectInfo, lpszIssuerInfo, lpszProtocolName, lpszSignatureAlgName, lpszEncryptionAlgName, dwKeySize };
        WINHTTP_PROXY_INFO = WinHttp::WINHTTP_PROXY_INFO { dwAccessType, lpszProxy, lpszProxyBypass };
        WINHTTP_CURRENT_USER_IE_PROXY_CONFIG = WinHttp::WINHTTP_CURRENT_USER_IE_PROXY_CONFIG { fAutoDetect, lpszAutoConfigUrl, lpszProxy, lpszProxyBypass };
        WINHTTP_AUTOPROXY_OPTIONS = WinHttp::WINHTTP_AUTOPROXY_OPTIONS { dwFlags, dwAutoDetectFlags, lpszAutoConfigUrl, lpvReserved, dwReserved, fAutoLogonIfChallenged };
        WINHTTP_PROXY_RESULT_ENTRY = WinHttp::WINHTTP_PROXY_RESULT_ENTRY { fProxy, fBypass, ProxyScheme, pwszProxy, ProxyPort };
        WINHTTP_PROXY_RESULT = WinHttp::WINHTTP_PROXY_RESULT { cEntries, pEntries };
        WINHTTP_PROXY_RESULT_EX = WinHttp::WINHTTP_PROXY_RESULT_EX { cEntries, pEntries, hProxyDetectionHandle, dwProxyInterfaceAffinity };
        WINHTTP_PROXY_NETWORKING_KEY = WinHttp::WINHTTP_PROXY_NETWORKING_KEY { pbBuffer };
        WINHTTP_PROXY_SETTINGS = WinHttp::WINHTTP_PROXY_SETTINGS { dwStructSize, dwFlags, dwCurrentSettingsVersion, pwszConnectionName, pwszProxy, pwszProxyBypass, pwszAutoconfigUrl, pwszAutoconfigSecondaryUrl, dwAutoDiscoveryFlags, pwszLastKnownGoodAutoConfigUrl, dwAutoconfigReloadDelayMins, ftLastKnownDetectTime, dwDetectedInterfaceIpCount, pdwDetectedInterfaceIp, cNetworkKeys, pNetworkKeys };
        HTTP_VERSION_INFO = WinHttp::HTTP_VERSION_INFO { dwMajorVersion, dwMinorVersion };
        WINHTTP_CONNECTION_INFO = WinHttp::WINHTTP_CONNECTION_INFO { cbSize, LocalAddress, RemoteAddress };
        WINHTTP_REQUEST_TIMES = WinHttp::WINHTTP_REQUEST_TIMES { cTimes, rgullTimes };
        WINHTTP_REQUEST_STATS = WinHttp::WINHTTP_REQUEST_STATS { ullFlags, ulIndex, cStats, rgullStats };
        WINHTTP_WEB_SOCKET_ASYNC_RESULT = WinHttp::WINHTTP_WEB_SOCKET_ASYNC_RESULT { AsyncResult, Operation };
        WINHTTP_WEB_SOCKET_STATUS = WinHttp::WINHTTP_WEB_SOCKET_STATUS { dwBytesTransferred, eBufferType };
        WINHTTP_MATCH_CONNECTION_GUID = WinHttp::WINHTTP_MATCH_CONNECTION_GUID { ConnectionGuid, ullFlags };
        WINHTTP_EXTENDED_HEADER = WinHttp::WINHTTP_EXTENDED_HEADER {  };
        WINHTTP_HEADER_NAME = WinHttp::WINHTTP_HEADER_NAME {  };
        WINHTTP_RESOLVER_CACHE_CONFIG = WinHttp::WINHTTP_RESOLVER_CACHE_CONFIG { ulMaxResolverCacheEntries, ulMaxCacheEntryAge, ulMinCacheEntryTtl, SecureDnsSetting, ullConnResolutionWaitTime, ullFlags };
        WINHTTP_CONNECTION_GROUP = WinHttp::WINHTTP_CONNECTION_GROUP { cConnections, guidGroup };
        WINHTTP_HOST_CONNECTION_GROUP = WinHttp::WINHTTP_HOST_CONNECTION_GROUP { pwszHost, cConnectionGroups, pConnectionGroups };
        WINHTTP_QUERY_CONNECTION_GROUP_RESULT = WinHttp::WINHTTP_QUERY_CONNECTION_GROUP_RESULT { cHosts, pHostConnectionGroups };
        WINHTTP_HTTP2_RECEIVE_WINDOW = WinHttp::WINHTTP_HTTP2_RECEIVE_WINDOW { ulStreamWindow, ulStreamWindowUpdateDelta };
        WINHTTP_FAILED_CONNECTION_RETRIES = WinHttp::WINHTTP_FAILED_CONNECTION_RETRIES { dwMaxRetries, dwAllowedRetryConditions };
        WINHTTP_CREDS = WinHttp::WINHTTP_CREDS { lpszUserName, lpszPassword, lpszRealm, dwAuthScheme, lpszHostName, dwPort };
        WINHTTP_CREDS_EX = WinHttp::WINHTTP_CREDS_EX { lpszUserName, lpszPassword, lpszRealm, dwAuthScheme, lpszHostName, dwPort, lpszUrl };
        WINHTTP_PROXY_SETTINGS_EX = WinHttp::WINHTTP_PROXY_SETTINGS_EX { ullGenerationId, ullFlags, pcwszAutoconfigUrl, pcwszProxy, pcwszSecureProxy, cProxyBypasses, rgpcwszProxyBypasses, dwInterfaceIndex, pcwszConnectionName };
        WINHTTP_PROXY_SETTINGS_PARAM = WinHttp::WINHTTP_PROXY_SETTINGS_PARAM { ullFlags, pcwszConnectionName, pcwszProbeHost };
        FILETIME = FILETIME { dwLowDateTime, dwHighDateTime };
        SYSTEMTIME = SYSTEMTIME { wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds };
        GUID = GUID {  };
        SOCKADDR_STORAGE = WinSock::SOCKADDR_STORAGE {  };
        CERT_CONTEXT = Cryptography::CERT_CONTEXT { dwCertEncodingType, pbCertEncoded, cbCertEncoded, pCertInfo, hCertStore };
        CERT_TRUST_STATUS = Cryptography::CERT_TRUST_STATUS { dwErrorStatus, dwInfoStatus };
        CERT_CHAIN_ELEMENT = Cryptography::CERT_CHAIN_ELEMENT { cbSize, pCertContext, TrustStatus, pRevocationInfo, pIssuanceUsage, pApplicationUsage, pwszExtendedErrorInfo };
        CERT_SIMPLE_CHAIN = Cryptography::CERT_SIMPLE_CHAIN { cbSize, TrustStatus, cElement, rgpElement, pTrustListInfo, fHasRevocationFreshnessTime, dwRevocationFreshnessTime };
        CERT_CHAIN_CONTEXT = Cryptography::CERT_CHAIN_CONTEXT { cbSize, TrustStatus, cChain, rgpChain, cLowerQualityChainContext, rgpLowerQualityChainContext, fHasRevocationFreshnessTime, dwRevocationFreshnessTime, dwCreateFlags, ChainId };
        SecPkgContext_ConnectionInfo = Identity::SecPkgContext_ConnectionInfo { dwProtocol, aiCipher, dwCipherStrength, aiHash, dwHashStrength, aiExch, dwExchStrength };
        SecPkgContext_CipherInfo = Identity::SecPkgContext_CipherInfo { dwVersion, dwProtocol, dwCipherSuite, dwBaseCipherSuite, szCipherSuite, szCipher, dwCipherLen, dwCipherBlockLen, szHash, dwHashLen, szExchange, dwMinExchangeLen, dwMaxExchangeLen, szCertificate, dwKeyType };
        SecPkgContext_IssuerListInfoEx = Identity::SecPkgContext_IssuerListInfoEx { aIssuers, cIssuers };
        SecPkgContext_Bindings = Identity::SecPkgContext_Bindings { BindingsLength, Bindings };
        TCP_INFO_v0 = WinSock::TCP_INFO_v0 { State, Mss, ConnectionTimeMs, TimestampsEnabled, RttUs, MinRttUs, BytesInFlight, Cwnd, SndWnd, RcvWnd, RcvBuf, BytesOut, BytesIn, BytesReordered, BytesRetrans, FastRetrans, DupAcksIn, TimeoutEpisodes, SynRetrans };
        TCP_INFO_v1 = WinSock::TCP_INFO_v1 { State, Mss, ConnectionTimeMs, TimestampsEnabled, RttUs, MinRttUs, BytesInFlight, Cwnd, SndWnd, RcvWnd, RcvBuf, BytesOut, BytesIn, BytesReordered, BytesRetrans, FastRetrans, DupAcksIn, TimeoutEpisodes, SynRetrans, SndLimTransRwin, SndLimTimeRwin, SndLimBytesRwin, SndLimTransCwnd, SndLimTimeCwnd, SndLimBytesCwnd, SndLimTransSnd, SndLimTimeSnd, SndLimBytesSnd };
        tcp_keepalive = WinSock::tcp_keepalive { onoff, keepalivetime, keepaliveinterval };
    }
    // Names in Rust's case there.
    assert_eq!(offset_of!(winhttp_abi::GUID, Data2), offset_of!(GUID, data2));
    assert_eq!(offset_of!(winhttp_abi::GUID, Data3), offset_of!(GUID, data3));
    assert_eq!(offset_of!(winhttp_abi::GUID, Data4), offset_of!(GUID, data4));
    // Two anonymous unions there.
    assert_eq!(
        offset_of!(winhttp_abi::WINHTTP_EXTENDED_HEADER, value),
        offset_of!(WinHttp::WINHTTP_EXTENDED_HEADER, Anonymous2)
    );
}
