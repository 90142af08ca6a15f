//! All faults of a certificate in one pass.

use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};
use winhttp_abi::secure::*;

use super::RevocationSource;
use crate::wire::tls::Roots;

/// What is judged, and by what.
pub(crate) struct Question<'a> {
    pub(crate) leaf: &'a CertificateDer<'a>,
    pub(crate) others: &'a [CertificateDer<'a>],
    pub(crate) name: &'a ServerName<'a>,
    pub(crate) ocsp: &'a [u8],
    pub(crate) now: UnixTime,
    pub(crate) roots: &'a Roots,
    pub(crate) algorithms: &'a rustls::crypto::WebPkiSupportedAlgorithms,
    pub(crate) revocation: bool,
    pub(crate) offline_ok: bool,
    pub(crate) source: Option<&'a dyn RevocationSource>,
}

/// The faults of the certificate, `WINHTTP_CALLBACK_STATUS_FLAG_*` bits OR-ed; 0 for none.
pub(crate) fn judge(question: &Question<'_>) -> u32 {
    let Ok(leaf) = EndEntityCert::try_from(question.leaf) else {
        return WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT;
    };
    let mut faults = 0;
    if leaf.verify_is_valid_for_subject_name(question.name).is_err() {
        faults |= WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID;
    }
    match leaf.verify_for_usage(question.algorithms.all, question.roots.trust(), question.others, question.now, KeyUsage::server_auth(), None, None) {
        Ok(_) => {}
        Err(Error::UnknownIssuer) => faults |= WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA,
        Err(Error::CertExpired { .. } | Error::CertNotValidYet { .. }) => faults |= WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID,
        Err(Error::RequiredEkuNotFoundContext(_)) => faults |= WINHTTP_CALLBACK_STATUS_FLAG_CERT_WRONG_USAGE,
        Err(_) => faults |= WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT,
    }
    if question.revocation && !question.offline_ok {
        faults |= WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED;
    }
    faults
}
