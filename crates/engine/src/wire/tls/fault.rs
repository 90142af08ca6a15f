//! Which error a failed handshake is.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::{AlertDescription, Error, InvalidMessage};
use winhttp_abi::secure::WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR;
use winhttp_abi::{
    ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED, ERROR_WINHTTP_CONNECTION_ERROR,
    ERROR_WINHTTP_SECURE_CHANNEL_ERROR, ERROR_WINHTTP_SECURE_FAILURE, SEC_E_CERT_EXPIRED,
};

use super::TlsReport;

/// Why a TLS connection failed, in WinHTTP's terms.
///
/// | what happened | `error` | `bits` |
/// |---|---|---|
/// | the certificate has faults that are not ignored | 12175 | what `verdict::reported` says |
/// | the peer wants a client certificate and nothing was chosen | 12044 | 0 |
/// | the peer says that the client certificate it was shown has expired | `SEC_E_CERT_EXPIRED` | 0 |
/// | an alert, no common version or suite, a message against the protocol, no usable version allowed | 12157 | 0x80000000 |
/// | the peer does not speak TLS, closes or resets before the handshake is done | 12030 | 0 |
///
/// `contract:` WinHTTP error messages, ERROR_WINHTTP_SECURE_FAILURE, ERROR_WINHTTP_SECURE_CHANNEL_ERROR ("an error
/// having to do with a secure channel"), ERROR_WINHTTP_CONNECTION_ERROR ("reset or terminated, or an incompatible
/// SSL protocol was encountered"). Windows sometimes gives a raw SSPI code instead of 12157; only the one that its tests assert is
/// given here.
#[derive(Debug, Clone)]
pub struct TlsFault {
    /// The payload of `SECURE_FAILURE`, `WINHTTP_CALLBACK_STATUS_FLAG_*`; 0 when there is no such status.
    pub bits: u32,
    /// The error of the failed operation.
    pub error: u32,
    /// What was learned before the failure; `None` when no handshake began.
    pub report: Option<Arc<TlsReport>>,
    /// The reason in words, for a person who looks into a trace; no part of the contract.
    pub reason: Box<str>,
}

impl TlsFault {
    /// The secure channel failed: handshake or protocol.
    pub(super) fn channel(reason: impl fmt::Display) -> Self {
        Self::new(
            WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR,
            ERROR_WINHTTP_SECURE_CHANNEL_ERROR,
            reason,
        )
    }

    /// The transport ended or the peer speaks something else.
    pub(super) fn connection(reason: impl fmt::Display) -> Self {
        Self::new(0, ERROR_WINHTTP_CONNECTION_ERROR, reason)
    }

    /// The certificate was judged, with these bits to report.
    pub(super) fn certificate(bits: u32, reason: impl fmt::Display) -> Self {
        Self::new(bits, ERROR_WINHTTP_SECURE_FAILURE, reason)
    }

    /// The peer wants a client certificate and none was chosen.
    pub(super) fn client_needed(reason: impl fmt::Display) -> Self {
        Self::new(0, ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED, reason)
    }

    fn new(bits: u32, error: u32, reason: impl fmt::Display) -> Self {
        Self { bits, error, report: None, reason: reason.to_string().into() }
    }

    /// From a failure of the transport while the handshake ran.
    pub(crate) fn of_transport(error: &io::Error) -> Self {
        // The TLS library says so when a message outgrows its buffer: the peer's fault, not the transport's.
        if error.kind() == io::ErrorKind::InvalidData {
            Self::channel(error)
        } else {
            Self::connection(error)
        }
    }

    /// From a failure of the protocol. `greeted` tells whether the peer has answered in TLS;
    /// `wanted` whether it asked for a client certificate that the application did not choose, `shown` whether it
    /// was shown one.
    pub(super) fn of_protocol(error: &Error, greeted: bool, wanted: bool, shown: bool) -> Self {
        match error {
            // contract: api-behaviour section 10, an expired client certificate is SEC_E_CERT_EXPIRED
            Error::AlertReceived(AlertDescription::CertificateExpired) if shown => {
                Self::new(0, SEC_E_CERT_EXPIRED, error)
            }
            Error::AlertReceived(alert) if wanted && refuses_missing_certificate(*alert) => {
                Self::client_needed(error)
            }
            Error::InvalidMessage(
                InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::MessageTooLarge,
            ) if !greeted => Self::connection(error),
            _ => Self::channel(error),
        }
    }
}

/// The error of a read that brought the peer's word on the client certificate. With TLS 1.3 that comes when the handshake
/// is over on this side (RFC 8446 section 4.4.2.4), and so among what is read of the reply.
pub(crate) fn client_refused(error: &io::Error) -> Option<u32> {
    let fault = error.get_ref()?.downcast_ref::<TlsFault>()?;
    (fault.error == SEC_E_CERT_EXPIRED).then_some(fault.error)
}

/// Alerts with which servers answer an empty certificate: TLS 1.3 has one of its own (RFC 8446 section 6.2); before
/// it handshake_failure is prescribed (RFC 5246 section 7.4.6) and the others occur.
fn refuses_missing_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::HandshakeFailure
            | AlertDescription::BadCertificate
            | AlertDescription::NoCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied
    )
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLS error {} (flags {:#x}): {}", self.error, self.bits, self.reason)
    }
}

impl std::error::Error for TlsFault {}
