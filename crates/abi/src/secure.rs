//! TLS: what is wrong with a certificate, what may be ignored, which protocols may be used.

use crate::table::{self, Names, constants};

constants! {
    /// Bits of the `DWORD` that `SECURE_FAILURE` points to. A host name that does not match arrives as
    /// 0x10 alone; several faults are OR-ed.
    pub FAILURES: u32;
    WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED = 0x0000_0001, "Revocation could not be checked.";
    WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT = 0x0000_0002, "The certificate itself is invalid.";
    WINHTTP_CALLBACK_STATUS_FLAG_CERT_REVOKED = 0x0000_0004, "The certificate has been revoked.";
    WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA = 0x0000_0008, "The chain does not end in a trusted authority.";
    WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID = 0x0000_0010, "The certificate is for another host name.";
    WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID = 0x0000_0020, "The certificate has expired or is not yet valid.";
    WINHTTP_CALLBACK_STATUS_FLAG_CERT_WRONG_USAGE = 0x0000_0040, "The certificate is not meant for servers. In every header, missing from the callback page.";
    WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR = 0x8000_0000, "The handshake or the secure channel itself failed.";
}

constants! {
    /// Bits of `WINHTTP_OPTION_SECURITY_FLAGS`: the `IGNORE` bits may be set, the others are reported.
    /// Numeric order puts `MEDIUM` above `STRONG`; that is how Windows numbers them.
    pub FLAGS: u32;
    SECURITY_FLAG_SECURE = 0x0000_0001, "The exchange uses TLS (reported).";
    SECURITY_FLAG_IGNORE_UNKNOWN_CA = 0x0000_0100, "Accept an untrusted authority.";
    SECURITY_FLAG_IGNORE_CERT_WRONG_USAGE = 0x0000_0200, "Accept a certificate that is not meant for servers.";
    SECURITY_FLAG_IGNORE_CERT_CN_INVALID = 0x0000_1000, "Accept a certificate for another host.";
    SECURITY_FLAG_IGNORE_CERT_DATE_INVALID = 0x0000_2000, "Accept an expired or not yet valid certificate.";
    SECURITY_FLAG_IGNORE_WEAK_SIGNATURE = 0x0001_0000, "Accept a weak signature. Named by the documentation only; the value is WinINet's.";
    SECURITY_FLAG_STRENGTH_WEAK = 0x1000_0000, "Keys of less than 56 bits (reported).";
    SECURITY_FLAG_STRENGTH_STRONG = 0x2000_0000, "Keys of 128 bits or more (reported).";
    SECURITY_FLAG_STRENGTH_MEDIUM = 0x4000_0000, "Keys between weak and strong (reported).";
}

constants! {
    /// Names and bounds made of the numbers above.
    pub ALIASES: u32;
    SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS = SECURITY_FLAG_IGNORE_UNKNOWN_CA | SECURITY_FLAG_IGNORE_CERT_WRONG_USAGE | SECURITY_FLAG_IGNORE_CERT_CN_INVALID | SECURITY_FLAG_IGNORE_CERT_DATE_INVALID, "The four `IGNORE` bits that real clients set together.";
    WINHTTP_FLAG_SECURE_PROTOCOL_ALL = WINHTTP_FLAG_SECURE_PROTOCOL_SSL2 | WINHTTP_FLAG_SECURE_PROTOCOL_SSL3 | WINHTTP_FLAG_SECURE_PROTOCOL_TLS1, "What the name `ALL` stood for when it was made: SSL 2, SSL 3 and TLS 1.0, and nothing newer.";
}

constants! {
    /// Bits of `WINHTTP_OPTION_SECURE_PROTOCOLS`.
    pub PROTOCOLS: u32;
    WINHTTP_FLAG_SECURE_PROTOCOL_SSL2 = 0x0000_0008, "SSL 2.0.";
    WINHTTP_FLAG_SECURE_PROTOCOL_SSL3 = 0x0000_0020, "SSL 3.0.";
    WINHTTP_FLAG_SECURE_PROTOCOL_TLS1 = 0x0000_0080, "TLS 1.0.";
    WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_1 = 0x0000_0200, "TLS 1.1.";
    WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2 = 0x0000_0800, "TLS 1.2.";
    WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3 = 0x0000_2000, "TLS 1.3.";
}

/// Names of the bits set in a `SECURE_FAILURE` payload, lowest bit first. Unknown bits are left out.
pub fn names(bits: u32) -> Names {
    table::names(FAILURES, u64::from(bits))
}

/// Names of the bits set in a `WINHTTP_OPTION_SECURITY_FLAGS` value, lowest bit first.
pub fn flag_names(bits: u32) -> Names {
    table::names(FLAGS, u64::from(bits))
}

/// Names of the bits set in a `WINHTTP_OPTION_SECURE_PROTOCOLS` value, lowest bit first.
pub fn protocol_names(bits: u32) -> Names {
    table::names(PROTOCOLS, u64::from(bits))
}
