//! Authentication: schemes, targets, and when the user's own credentials may be sent.

use crate::table::{self, Names, constants};

constants! {
    /// Who asks for credentials.
    pub TARGETS: u32;
    WINHTTP_AUTH_TARGET_SERVER = 0, "The server (401).";
    WINHTTP_AUTH_TARGET_PROXY = 1, "The proxy (407).";
}

constants! {
    /// Schemes, one bit each.
    pub SCHEMES: u32;
    WINHTTP_AUTH_SCHEME_BASIC = 0x0000_0001, "Basic, RFC 7617.";
    WINHTTP_AUTH_SCHEME_NTLM = 0x0000_0002, "NTLM.";
    WINHTTP_AUTH_SCHEME_PASSPORT = 0x0000_0004, "Passport.";
    WINHTTP_AUTH_SCHEME_DIGEST = 0x0000_0008, "Digest, RFC 7616.";
    WINHTTP_AUTH_SCHEME_NEGOTIATE = 0x0000_0010, "Negotiate: Kerberos or NTLM.";
}

constants! {
    /// Values of `WINHTTP_OPTION_AUTOLOGON_POLICY`.
    pub AUTOLOGON: u32;
    WINHTTP_AUTOLOGON_SECURITY_LEVEL_MEDIUM = 0, "The user's own credentials go to intranet hosts only.";
    WINHTTP_AUTOLOGON_SECURITY_LEVEL_LOW = 1, "They go to any host.";
    WINHTTP_AUTOLOGON_SECURITY_LEVEL_HIGH = 2, "They are never sent.";
    WINHTTP_AUTOLOGON_SECURITY_LEVEL_PROXY_ONLY = 3, "They go to proxies only.";
}

constants! {
    /// Names and bounds made of the numbers above.
    pub ALIASES: u32;
    WINHTTP_AUTOLOGON_SECURITY_LEVEL_DEFAULT = WINHTTP_AUTOLOGON_SECURITY_LEVEL_MEDIUM, "The level a request starts with.";
    WINHTTP_AUTOLOGON_SECURITY_LEVEL_MAX = WINHTTP_AUTOLOGON_SECURITY_LEVEL_PROXY_ONLY, "The highest level there is.";
    WINHTTP_OPTION_SPN_MASK = WINHTTP_ENABLE_SPN_SERVER_PORT, "The bits of `WINHTTP_OPTION_SPN` that have a meaning.";
}

constants! {
    /// Values of `WINHTTP_OPTION_CONFIGURE_PASSPORT_AUTH`.
    pub PASSPORT: u32;
    WINHTTP_DISABLE_PASSPORT_AUTH = 0x0000_0000, "Passport is off.";
    WINHTTP_ENABLE_PASSPORT_AUTH = 0x1000_0000, "Passport is on.";
    WINHTTP_DISABLE_PASSPORT_KEYRING = 0x2000_0000, "Stored Passport credentials are not used.";
    WINHTTP_ENABLE_PASSPORT_KEYRING = 0x4000_0000, "Stored Passport credentials are used.";
}

constants! {
    /// Bits of `WINHTTP_OPTION_DISABLE_PROXY_AUTH_SCHEMES`.
    pub PROXY_DISABLE: u32;
    WINHTTP_PROXY_DISABLE_SCHEME_BASIC = 0x0000_0001, "No Basic to proxies.";
    WINHTTP_PROXY_DISABLE_SCHEME_DIGEST = 0x0000_0002, "No Digest to proxies.";
    WINHTTP_PROXY_DISABLE_SCHEME_NTLM = 0x0000_0004, "No NTLM to proxies.";
    WINHTTP_PROXY_DISABLE_SCHEME_KERBEROS = 0x0000_0008, "No Kerberos to proxies.";
    WINHTTP_PROXY_DISABLE_SCHEME_NEGOTIATE = 0x0000_0010, "No Negotiate to proxies.";
    WINHTTP_PROXY_DISABLE_AUTH_LOCAL_SERVICE = 0x0000_0100, "No credentials of local services to proxies.";
}

constants! {
    /// Values of `WINHTTP_OPTION_SPN`.
    pub SPN: u32;
    WINHTTP_DISABLE_SPN_SERVER_PORT = 0, "The service name goes without a port.";
    WINHTTP_ENABLE_SPN_SERVER_PORT = 1, "The service name carries the port.";
}

/// Names of the scheme bits set in a value, lowest bit first.
pub fn scheme_names(bits: u32) -> Names {
    table::names(SCHEMES, u64::from(bits))
}
