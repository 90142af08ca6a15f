//! Numbers of the COM object `WinHttpRequest`.
//!
//! The object itself is not offered; its numbers are part of WinHTTP's public ones and stand here
//! so that the vocabulary is whole. `winhttp.h` does not carry them, on Windows neither.

use crate::table::constants;

constants! {
    /// All numbers of the object's interface.
    pub TABLE: u32;
    AutoLogonPolicy_Always = 0, "The user's own credentials may go anywhere.";
    HTTPREQUEST_PROXYSETTING_DEFAULT = 0, "The machine's proxy.";
    HTTPREQUEST_PROXYSETTING_PRECONFIG = 0, "Another name of the default.";
    HTTPREQUEST_SETCREDENTIALS_FOR_SERVER = 0, "Credentials for the server.";
    WinHttpRequestOption_UserAgentString = 0, "Option of the object: UserAgentString.";
    AutoLogonPolicy_OnlyIfBypassProxy = 1, "They go to hosts reached without a proxy.";
    HTTPREQUEST_PROXYSETTING_DIRECT = 1, "No proxy.";
    HTTPREQUEST_SETCREDENTIALS_FOR_PROXY = 1, "Credentials for the proxy.";
    WinHttpRequestOption_URL = 1, "Option of the object: URL.";
    AutoLogonPolicy_Never = 2, "They are never sent.";
    HTTPREQUEST_PROXYSETTING_PROXY = 2, "A named proxy.";
    WinHttpRequestOption_URLCodePage = 2, "Option of the object: URLCodePage.";
    WinHttpRequestOption_EscapePercentInURL = 3, "Option of the object: EscapePercentInURL.";
    WinHttpRequestOption_SslErrorIgnoreFlags = 4, "Option of the object: SslErrorIgnoreFlags.";
    WinHttpRequestOption_SelectCertificate = 5, "Option of the object: SelectCertificate.";
    WinHttpRequestOption_EnableRedirects = 6, "Option of the object: EnableRedirects.";
    WinHttpRequestOption_UrlEscapeDisable = 7, "Option of the object: UrlEscapeDisable.";
    SecureProtocol_SSL2 = 8, "Protocol SSL2.";
    WinHttpRequestOption_UrlEscapeDisableQuery = 8, "Option of the object: UrlEscapeDisableQuery.";
    WinHttpRequestOption_SecureProtocols = 9, "Option of the object: SecureProtocols.";
    WinHttpRequestOption_EnableTracing = 10, "Option of the object: EnableTracing.";
    WinHttpRequestOption_RevertImpersonationOverSsl = 11, "Option of the object: RevertImpersonationOverSsl.";
    WinHttpRequestOption_EnableHttpsToHttpRedirects = 12, "Option of the object: EnableHttpsToHttpRedirects.";
    WinHttpRequestOption_EnablePassportAuthentication = 13, "Option of the object: EnablePassportAuthentication.";
    WinHttpRequestOption_MaxAutomaticRedirects = 14, "Option of the object: MaxAutomaticRedirects.";
    WinHttpRequestOption_MaxResponseHeaderSize = 15, "Option of the object: MaxResponseHeaderSize.";
    WinHttpRequestOption_MaxResponseDrainSize = 16, "Option of the object: MaxResponseDrainSize.";
    WinHttpRequestOption_EnableHttp1_1 = 17, "Option of the object: EnableHttp1.1.";
    WinHttpRequestOption_EnableCertificateRevocationCheck = 18, "Option of the object: EnableCertificateRevocationCheck.";
    WinHttpRequestOption_RejectUserpwd = 19, "Option of the object: RejectUserpwd.";
    SecureProtocol_SSL3 = 32, "Protocol SSL3.";
    SecureProtocol_TLS1 = 128, "Protocol TLS1.";
    SecureProtocol_ALL = 168, "Protocol ALL.";
    SslErrorFlag_UnknownCA = 256, "Accept an untrusted authority.";
    SecureProtocol_TLS1_1 = 512, "Protocol TLS1.1.";
    SslErrorFlag_CertWrongUsage = 512, "Accept a certificate that is not meant for servers.";
    SecureProtocol_TLS1_2 = 2048, "Protocol TLS1.2.";
    SslErrorFlag_CertCNInvalid = 4096, "Accept a certificate for another host.";
    SslErrorFlag_CertDateInvalid = 8192, "Accept a certificate out of its dates.";
    SslErrorFlag_Ignore_All = 13056, "Accept all of that.";
}
