//! What options say of a request's connection and of its TLS.

use std::net::SocketAddr;

use winhttp_abi as abi;
use winhttp_engine::wire::tls::TlsReport;
use winhttp_engine::wire::verdict::{certificate::Certificate, name_values};
use winhttp_engine::{Error, Handle, option};
use winhttp_proto::unit::Unit;

use crate::lower::{self, Room};
use crate::{certificate, chain, memory};

/// Seconds from 1601 to 1970.
const EPOCH: i64 = 11_644_473_600;

/// `WINHTTP_OPTION_CONNECTION_INFO`: both ends, as the platform's own `sockaddr`.
pub(super) fn connection(handle: Handle, room: &Room) -> Result<(), Error> {
    // contract: api-behaviour section 23, the state is looked at before the size
    let (local, remote) = option::ends(handle)?;
    let info = abi::WINHTTP_CONNECTION_INFO {
        cbSize: size_of::<abi::WINHTTP_CONNECTION_INFO>() as u32,
        LocalAddress: place(storage(local)),
        RemoteAddress: place(storage(remote)),
    };
    room.put(&info)
}

/// Where an address stands in the structure: a packed one has no place for an aligned structure.
#[cfg(target_pointer_width = "32")]
fn place(bytes: [u8; 128]) -> [u32; 32] {
    std::array::from_fn(|at| {
        let word = bytes.get(at * 4..at * 4 + 4).and_then(|word| word.try_into().ok());
        word.map_or(0, u32::from_ne_bytes)
    })
}

/// Where an address stands in the structure.
#[cfg(not(target_pointer_width = "32"))]
fn place(bytes: [u8; 128]) -> abi::SOCKADDR_STORAGE {
    abi::SOCKADDR_STORAGE { bytes }
}

/// The bytes of a `sockaddr_in` or `sockaddr_in6`.
fn storage(address: SocketAddr) -> [u8; 128] {
    let mut bytes = [0u8; 128];
    let (family, length) = match address {
        SocketAddr::V4(_) => (2u8, 16u8),
        SocketAddr::V6(_) if cfg!(target_vendor = "apple") => (30, 28),
        SocketAddr::V6(_) => (10, 28),
    };
    if cfg!(target_vendor = "apple") {
        bytes[0] = length;
        bytes[1] = family;
    } else {
        bytes[..2].copy_from_slice(&u16::from(family).to_ne_bytes());
    }
    bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
    match address {
        SocketAddr::V4(address) => bytes[4..8].copy_from_slice(&address.ip().octets()),
        SocketAddr::V6(address) => {
            bytes[4..8].copy_from_slice(&address.flowinfo().to_be_bytes());
            bytes[8..24].copy_from_slice(&address.ip().octets());
            bytes[24..28].copy_from_slice(&address.scope_id().to_ne_bytes());
        }
    }
    bytes
}

fn leaf(report: &TlsReport) -> Result<&[u8], Error> {
    report.chain.first().map(Vec::as_slice).ok_or(Error::INCORRECT_STATE)
}

/// `WINHTTP_OPTION_SERVER_CERT_CONTEXT`: a reference that the caller gives up with
/// `WinHttpCompatCertFreeContext`.
pub(super) fn certificate(handle: Handle, room: &Room) -> Result<(), Error> {
    let report = match option::report(handle) {
        // contract: evidence Q18, with a proxy's page as the reply the query succeeds and gives NULL
        Err(Error::INCORRECT_STATE)
            if option::number(handle, abi::WINHTTP_OPTION_IS_PROXY_CONNECT_RESPONSE)? != 0 =>
        {
            return room.put(&std::ptr::null::<abi::CERT_CONTEXT>());
        }
        report => report?,
    };
    let der = leaf(&report)?;
    // Only a caller with room for the pointer gets a reference to give up.
    room.need(size_of::<*const abi::CERT_CONTEXT>())?;
    room.put(&certificate::give(der))
}

/// `WINHTTP_OPTION_SERVER_CERT_CHAIN_CONTEXT`: a reference that the caller gives up with `WinHttpCompatCertFreeChain`.
///
/// contract: options, the page says CertFreeCertificateContext, which is not for chains
pub(super) fn chain(handle: Handle, room: &Room) -> Result<(), Error> {
    let (built, faults) = option::chain(handle)?;
    room.need(size_of::<*const abi::CERT_CHAIN_CONTEXT>())?;
    room.put(&chain::give(&built, faults))
}

/// `WINHTTP_OPTION_CLIENT_CERT_ISSUER_LIST`: a pointer to one piece of memory, which the caller frees with `GlobalFree`.
/// Without issuers when the server asked and named none.
///
/// contract: options, to be asked after ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED
pub(super) fn issuers(handle: Handle, room: &Room) -> Result<(), Error> {
    let report = option::report(handle)?;
    if !report.client_asked {
        return Err(Error::INCORRECT_STATE);
    }
    room.need(size_of::<*const abi::SecPkgContext_IssuerListInfoEx>())?;
    room.put(&chain::issuers(&report.issuers)?)
}

fn file_time(seconds: i64) -> abi::FILETIME {
    let ticks = u64::try_from(seconds.saturating_add(EPOCH)).unwrap_or(0).saturating_mul(10_000_000);
    abi::FILETIME { dwLowDateTime: ticks as u32, dwHighDateTime: (ticks >> 32) as u32 }
}

/// `WINHTTP_OPTION_SECURITY_CERTIFICATE_STRUCT`: the caller frees subject and issuer.
///
/// contract: api-behaviour section 9
pub(super) fn summary<U: Unit>(handle: Handle, room: &Room) -> Result<(), Error> {
    let report = option::report(handle)?;
    let leaf =
        Certificate::read(leaf(&report)?).map_err(|_| Error(abi::ERROR_WINHTTP_SECURE_INVALID_CERT))?;
    room.need(size_of::<abi::WINHTTP_CERTIFICATE_INFO<U>>())?;
    let subject = lower::allocated::<U>(&name_values(leaf.subject).join("\r\n"))?;
    let issuer = match lower::allocated::<U>(&name_values(leaf.issuer).join("\r\n")) {
        Ok(issuer) => issuer,
        Err(error) => {
            // SAFETY: just allocated, and nobody has seen it.
            unsafe { memory::release(subject.cast()) };
            return Err(error);
        }
    };
    room.put(&abi::WINHTTP_CERTIFICATE_INFO::<U> {
        ftExpiry: file_time(leaf.validity.not_after),
        ftStart: file_time(leaf.validity.not_before),
        lpszSubjectInfo: subject,
        lpszIssuerInfo: issuer,
        lpszProtocolName: std::ptr::null_mut(),
        lpszSignatureAlgName: std::ptr::null_mut(),
        lpszEncryptionAlgName: std::ptr::null_mut(),
        dwKeySize: report.key_bits,
    })
}

/// `CALG_AES_128`, `CALG_AES_256`, `CALG_SHA_256`, `CALG_SHA_384`, `CALG_ECDH_EPHEM`: the numbers by which Windows' cryptography
/// names what was agreed on. There is none for ChaCha20.
const AES_128: u32 = 0x660e;
const AES_256: u32 = 0x6610;
const SHA_256: u32 = 0x800c;
const SHA_384: u32 = 0x800d;
const ECDH_EPHEMERAL: u32 = 0xae06;

/// `WINHTTP_OPTION_SECURITY_INFO`: what TLS agreed on. TLS 1.3 has no key exchange in its suite: then its number is 0 and its
/// name empty.
pub(super) fn negotiated<U: Unit>(handle: Handle, room: &Room) -> Result<(), Error> {
    let report = option::report(handle)?;
    if report.protocol == 0 {
        return Err(Error::INCORRECT_STATE);
    }
    let suite = report.suite_name;
    let aes = suite.contains("_AES_");
    let ecdhe = suite.starts_with("TLS_ECDHE_");
    let mut info = abi::WINHTTP_SECURITY_INFO::<U>::default();
    let connection = &mut info.ConnectionInfo;
    connection.dwProtocol = report.protocol_flag;
    connection.aiCipher = match report.key_bits {
        128 if aes => AES_128,
        256 if aes => AES_256,
        _ => 0,
    };
    connection.dwCipherStrength = report.key_bits;
    connection.aiHash = if report.hash_bits == 384 { SHA_384 } else { SHA_256 };
    connection.dwHashStrength = report.hash_bits;
    if ecdhe {
        connection.aiExch = ECDH_EPHEMERAL;
        connection.dwExchStrength = group_bits(report.group);
    }
    let cipher = &mut info.CipherInfo;
    cipher.dwVersion = 1;
    cipher.dwProtocol = u32::from(report.protocol);
    cipher.dwCipherSuite = u32::from(report.suite);
    cipher.dwBaseCipherSuite = u32::from(report.suite);
    cipher.dwCipherLen = report.key_bits;
    cipher.dwCipherBlockLen = if aes { 16 } else { 0 };
    cipher.dwHashLen = report.hash_bits;
    write(&mut cipher.szCipherSuite, suite);
    write(&mut cipher.szCipher, if aes { "AES" } else { "CHACHA20_POLY1305" });
    write(&mut cipher.szHash, if report.hash_bits == 384 { "SHA384" } else { "SHA256" });
    if ecdhe {
        write(&mut cipher.szExchange, "ECDH");
        write(&mut cipher.szCertificate, if suite.contains("_ECDSA_") { "ECDSA" } else { "RSA" });
    }
    room.put(&info)
}

/// Bits of a key exchange group by its IANA number.
fn group_bits(group: u16) -> u32 {
    match group {
        0x17 => 256,
        0x18 => 384,
        0x19 => 521,
        0x1d => 255,
        _ => 0,
    }
}

/// ASCII text into a place of fixed size, the last unit of which stays a NUL.
fn write<U: Unit>(place: &mut [U; 64], text: &str) {
    for (unit, byte) in place[..63].iter_mut().zip(text.bytes()) {
        *unit = U::from_ascii(byte);
    }
}
