//! Sizes, alignments and offsets of every structure, for 64 and 32 bit, as numbers. Checked while
//! compiling, so that a build for a 32-bit machine checks them too without running.
//!
//! contract: structures of winhttp.h, as cross-compiled for x86_64 and i686 Windows.
#![allow(missing_docs)]

use core::mem::{align_of, offset_of, size_of};
use winhttp_abi::*;

const WIDE: bool = cfg!(target_pointer_width = "64");

macro_rules! layout {
    ($($type:ty: $size64:literal / $size32:literal $({ $($field:ident: $at64:literal / $at32:literal),* $(,)? })?;)*) => {
        $(
            const _: () = assert!(size_of::<$type>() == if WIDE { $size64 } else { $size32 });
            $($(const _: () = assert!(
                offset_of!($type, $field) == if WIDE { $at64 } else { $at32 }
            );)*)?
        )*
    };
}

layout! {
    WINHTTP_ASYNC_RESULT: 16 / 8 {
        dwResult: 0 / 0,
        dwError: 8 / 4,
    };
    URL_COMPONENTS: 104 / 60 {
        dwStructSize: 0 / 0,
        lpszScheme: 8 / 4,
        dwSchemeLength: 16 / 8,
        nScheme: 20 / 12,
        lpszHostName: 24 / 16,
        dwHostNameLength: 32 / 20,
        nPort: 36 / 24,
        lpszUserName: 40 / 28,
        dwUserNameLength: 48 / 32,
        lpszPassword: 56 / 36,
        dwPasswordLength: 64 / 40,
        lpszUrlPath: 72 / 44,
        dwUrlPathLength: 80 / 48,
        lpszExtraInfo: 88 / 52,
        dwExtraInfoLength: 96 / 56,
    };
    WINHTTP_CERTIFICATE_INFO: 64 / 40 {
        ftExpiry: 0 / 0,
        ftStart: 8 / 8,
        lpszSubjectInfo: 16 / 16,
        lpszIssuerInfo: 24 / 20,
        lpszProtocolName: 32 / 24,
        lpszSignatureAlgName: 40 / 28,
        lpszEncryptionAlgName: 48 / 32,
        dwKeySize: 56 / 36,
    };
    WINHTTP_PROXY_INFO: 24 / 12 {
        dwAccessType: 0 / 0,
        lpszProxy: 8 / 4,
        lpszProxyBypass: 16 / 8,
    };
    WINHTTP_CURRENT_USER_IE_PROXY_CONFIG: 32 / 16 {
        fAutoDetect: 0 / 0,
        lpszAutoConfigUrl: 8 / 4,
        lpszProxy: 16 / 8,
        lpszProxyBypass: 24 / 12,
    };
    WINHTTP_AUTOPROXY_OPTIONS: 32 / 24 {
        dwFlags: 0 / 0,
        dwAutoDetectFlags: 4 / 4,
        lpszAutoConfigUrl: 8 / 8,
        lpvReserved: 16 / 12,
        dwReserved: 24 / 16,
        fAutoLogonIfChallenged: 28 / 20,
    };
    WINHTTP_PROXY_RESULT_ENTRY: 32 / 20 {
        fProxy: 0 / 0,
        fBypass: 4 / 4,
        ProxyScheme: 8 / 8,
        pwszProxy: 16 / 12,
        ProxyPort: 24 / 16,
    };
    WINHTTP_PROXY_RESULT: 16 / 8 {
        cEntries: 0 / 0,
        pEntries: 8 / 4,
    };
    WINHTTP_PROXY_RESULT_EX: 32 / 16 {
        cEntries: 0 / 0,
        pEntries: 8 / 4,
        hProxyDetectionHandle: 16 / 8,
        dwProxyInterfaceAffinity: 24 / 12,
    };
    WINHTTP_PROXY_NETWORKING_KEY: 128 / 128 {
        pbBuffer: 0 / 0,
    };
    WINHTTP_PROXY_SETTINGS: 112 / 68 {
        dwStructSize: 0 / 0,
        dwFlags: 4 / 4,
        dwCurrentSettingsVersion: 8 / 8,
        pwszConnectionName: 16 / 12,
        pwszProxy: 24 / 16,
        pwszProxyBypass: 32 / 20,
        pwszAutoconfigUrl: 40 / 24,
        pwszAutoconfigSecondaryUrl: 48 / 28,
        dwAutoDiscoveryFlags: 56 / 32,
        pwszLastKnownGoodAutoConfigUrl: 64 / 36,
        dwAutoconfigReloadDelayMins: 72 / 40,
        ftLastKnownDetectTime: 76 / 44,
        dwDetectedInterfaceIpCount: 84 / 52,
        pdwDetectedInterfaceIp: 88 / 56,
        cNetworkKeys: 96 / 60,
        pNetworkKeys: 104 / 64,
    };
    HTTP_VERSION_INFO: 8 / 8 {
        dwMajorVersion: 0 / 0,
        dwMinorVersion: 4 / 4,
    };
    WINHTTP_CONNECTION_INFO: 264 / 260 {
        cbSize: 0 / 0,
        LocalAddress: 8 / 4,
        RemoteAddress: 136 / 132,
    };
    WINHTTP_REQUEST_TIMES: 520 / 516 {
        cTimes: 0 / 0,
        rgullTimes: 8 / 4,
    };
    WINHTTP_REQUEST_STATS: 272 / 272 {
        ullFlags: 0 / 0,
        ulIndex: 8 / 8,
        cStats: 12 / 12,
        rgullStats: 16 / 16,
    };
    WINHTTP_WEB_SOCKET_ASYNC_RESULT: 24 / 12 {
        AsyncResult: 0 / 0,
        Operation: 16 / 8,
    };
    WINHTTP_WEB_SOCKET_STATUS: 8 / 8 {
        dwBytesTransferred: 0 / 0,
        eBufferType: 4 / 4,
    };
    WINHTTP_SECURITY_INFO: 708 / 708 {
        ConnectionInfo: 0 / 0,
        CipherInfo: 28 / 28,
    };
    WINHTTP_MATCH_CONNECTION_GUID: 24 / 24 {
        ConnectionGuid: 0 / 0,
        ullFlags: 16 / 16,
    };
    WINHTTP_EXTENDED_HEADER: 16 / 8 {
        name: 0 / 0,
        value: 8 / 4,
    };
    WINHTTP_HEADER_NAME: 8 / 4;
    WINHTTP_RESOLVER_CACHE_CONFIG: 32 / 32 {
        ulMaxResolverCacheEntries: 0 / 0,
        ulMaxCacheEntryAge: 4 / 4,
        ulMinCacheEntryTtl: 8 / 8,
        SecureDnsSetting: 12 / 12,
        ullConnResolutionWaitTime: 16 / 16,
        ullFlags: 24 / 24,
    };
    WINHTTP_CONNECTION_GROUP: 20 / 20 {
        cConnections: 0 / 0,
        guidGroup: 4 / 4,
    };
    WINHTTP_HOST_CONNECTION_GROUP: 24 / 12 {
        pwszHost: 0 / 0,
        cConnectionGroups: 8 / 4,
        pConnectionGroups: 16 / 8,
    };
    WINHTTP_QUERY_CONNECTION_GROUP_RESULT: 16 / 8 {
        cHosts: 0 / 0,
        pHostConnectionGroups: 8 / 4,
    };
    WINHTTP_HTTP2_RECEIVE_WINDOW: 8 / 8 {
        ulStreamWindow: 0 / 0,
        ulStreamWindowUpdateDelta: 4 / 4,
    };
    WINHTTP_FAILED_CONNECTION_RETRIES: 8 / 8 {
        dwMaxRetries: 0 / 0,
        dwAllowedRetryConditions: 4 / 4,
    };
    WINHTTP_CREDS: 48 / 24 {
        lpszUserName: 0 / 0,
        lpszPassword: 8 / 4,
        lpszRealm: 16 / 8,
        dwAuthScheme: 24 / 12,
        lpszHostName: 32 / 16,
        dwPort: 40 / 20,
    };
    WINHTTP_CREDS_EX: 56 / 28 {
        lpszUserName: 0 / 0,
        lpszPassword: 8 / 4,
        lpszRealm: 16 / 8,
        dwAuthScheme: 24 / 12,
        lpszHostName: 32 / 16,
        dwPort: 40 / 20,
        lpszUrl: 48 / 24,
    };
    WINHTTP_PROTOCOL_ASYNC_RESULT: 24 / 12 {
        AsyncResult: 0 / 0,
        Operation: 16 / 8,
    };
    WINHTTP_PROXY_SETTINGS_EX: 72 / 44 {
        ullGenerationId: 0 / 0,
        ullFlags: 8 / 8,
        pcwszAutoconfigUrl: 16 / 16,
        pcwszProxy: 24 / 20,
        pcwszSecureProxy: 32 / 24,
        cProxyBypasses: 40 / 28,
        rgpcwszProxyBypasses: 48 / 32,
        dwInterfaceIndex: 56 / 36,
        pcwszConnectionName: 64 / 40,
    };
    WINHTTP_PROXY_SETTINGS_PARAM: 24 / 16 {
        ullFlags: 0 / 0,
        pcwszConnectionName: 8 / 8,
        pcwszProbeHost: 16 / 12,
    };
    WINHTTP_FAST_FORWARDING_STATUS: 24 / 20 {
        TransferState: 0 / 0,
        NtStatus: 4 / 4,
        dwError: 8 / 8,
        ullBytesTransferred: 16 / 12,
    };
    FILETIME: 8 / 8 {
        dwLowDateTime: 0 / 0,
        dwHighDateTime: 4 / 4,
    };
    SYSTEMTIME: 16 / 16 {
        wYear: 0 / 0,
        wMonth: 2 / 2,
        wDayOfWeek: 4 / 4,
        wDay: 6 / 6,
        wHour: 8 / 8,
        wMinute: 10 / 10,
        wSecond: 12 / 12,
        wMilliseconds: 14 / 14,
    };
    GUID: 16 / 16 {
        Data1: 0 / 0,
        Data2: 4 / 4,
        Data3: 6 / 6,
        Data4: 8 / 8,
    };
    SOCKADDR_STORAGE: 128 / 128;
    CERT_CONTEXT: 40 / 20 {
        dwCertEncodingType: 0 / 0,
        pbCertEncoded: 8 / 4,
        cbCertEncoded: 16 / 8,
        pCertInfo: 24 / 12,
        hCertStore: 32 / 16,
    };
    SecPkgContext_ConnectionInfo: 28 / 28 {
        dwProtocol: 0 / 0,
        aiCipher: 4 / 4,
        dwCipherStrength: 8 / 8,
        aiHash: 12 / 12,
        dwHashStrength: 16 / 16,
        aiExch: 20 / 20,
        dwExchStrength: 24 / 24,
    };
    SecPkgContext_CipherInfo: 680 / 680 {
        dwVersion: 0 / 0,
        dwProtocol: 4 / 4,
        dwCipherSuite: 8 / 8,
        dwBaseCipherSuite: 12 / 12,
        szCipherSuite: 16 / 16,
        szCipher: 144 / 144,
        dwCipherLen: 272 / 272,
        dwCipherBlockLen: 276 / 276,
        szHash: 280 / 280,
        dwHashLen: 408 / 408,
        szExchange: 412 / 412,
        dwMinExchangeLen: 540 / 540,
        dwMaxExchangeLen: 544 / 544,
        szCertificate: 548 / 548,
        dwKeyType: 676 / 676,
    };
    CERT_TRUST_STATUS: 8 / 8 { dwErrorStatus: 0 / 0, dwInfoStatus: 4 / 4 };
    CERT_CHAIN_ELEMENT: 56 / 32 { pCertContext: 8 / 4, TrustStatus: 16 / 8, pwszExtendedErrorInfo: 48 / 28 };
    CERT_SIMPLE_CHAIN: 40 / 32 { TrustStatus: 4 / 4, cElement: 12 / 12, rgpElement: 16 / 16, dwRevocationFreshnessTime: 36 / 28 };
    CERT_CHAIN_CONTEXT: 72 / 56 { cChain: 12 / 12, rgpChain: 16 / 16, dwCreateFlags: 48 / 36, ChainId: 52 / 40 };
    SecPkgContext_IssuerListInfoEx: 16 / 8 {
        aIssuers: 0 / 0,
        cIssuers: 8 / 4,
    };
    SecPkgContext_Bindings: 16 / 8 {
        BindingsLength: 0 / 0,
        Bindings: 8 / 4,
    };
    TCP_INFO_v0: 88 / 88 { ConnectionTimeMs: 8 / 8, TimestampsEnabled: 16 / 16, BytesOut: 48 / 48, SynRetrans: 84 / 84 };
    TCP_INFO_v1: 136 / 136 { SndLimTransRwin: 88 / 88, SndLimBytesRwin: 96 / 96, SndLimBytesSnd: 128 / 128 };
    tcp_keepalive: 12 / 12 { onoff: 0 / 0, keepalivetime: 4 / 4, keepaliveinterval: 8 / 8 };
}

#[test]
fn text_of_32_bit_units_changes_no_layout_but_embedded_text() {
    assert_eq!(size_of::<URL_COMPONENTS<u32>>(), size_of::<URL_COMPONENTS<u16>>());
    assert_eq!(size_of::<WINHTTP_PROXY_INFO<u32>>(), size_of::<WINHTTP_PROXY_INFO<u16>>());
    assert_eq!(size_of::<WINHTTP_CERTIFICATE_INFO<u32>>(), size_of::<WINHTTP_CERTIFICATE_INFO<u16>>());
    assert_eq!(size_of::<WINHTTP_PROXY_SETTINGS_EX<u32>>(), size_of::<WINHTTP_PROXY_SETTINGS_EX<u16>>());
    // Five texts of 64 units lie inside the cipher's description.
    assert_eq!(size_of::<WINHTTP_SECURITY_INFO<u32>>(), size_of::<WINHTTP_SECURITY_INFO<u16>>() + 5 * 64 * 2);
}

#[test]
fn alignments_are_those_of_the_packed_headers() {
    let pointer = size_of::<usize>();
    assert_eq!(align_of::<URL_COMPONENTS>(), pointer);
    assert_eq!(align_of::<WINHTTP_REQUEST_TIMES>(), pointer);
    assert_eq!(align_of::<WINHTTP_REQUEST_STATS>(), pointer);
    assert_eq!(align_of::<WINHTTP_CONNECTION_INFO>(), pointer);
    assert_eq!(align_of::<WINHTTP_PROXY_SETTINGS_EX>(), pointer);
    assert_eq!(align_of::<WINHTTP_WEB_SOCKET_STATUS>(), 4);
    assert_eq!(align_of::<WINHTTP_SECURITY_INFO>(), 4);
    assert_eq!(align_of::<SYSTEMTIME>(), 2);
}
