//! The chain as it was judged, from the server's certificate to the authority.

use super::certificate::Certificate;
use super::path::Walk;
use crate::wire::tls::{TlsPolicy, machine, provider};

/// One certificate of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltLink {
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// It is valid at the moment in question.
    pub current: bool,
    /// It may authenticate a server, or take part in that.
    pub serves: bool,
    /// It names itself as its issuer.
    pub self_issued: bool,
}

/// A chain in the order of its issuers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltChain {
    /// The server's certificate first. Only what the path consists of: what else the server sent is left out.
    pub links: Vec<BuiltLink>,
    /// It ends at an authority that is trusted. The authority's certificate is the last link wherever the store holds it.
    pub trusted: bool,
}

/// Puts what a server has presented in the order of the path that was judged, and adds the authority's own
/// certificate. `None` when the server's certificate cannot be read.
pub fn built(policy: &TlsPolicy, chain: &[Vec<u8>], now: i64) -> Option<BuiltChain> {
    let extra = policy.extra_roots.as_deref();
    let roots = match extra {
        Some(extra) => extra.with_machine(),
        None => machine(),
    };
    let (leaf, others) = chain.split_first()?;
    let leaf = Certificate::read(leaf).ok()?;
    let others = others.iter().filter_map(|der| Certificate::read(der).ok());
    let certificates: Vec<_> = std::iter::once(leaf).chain(others).collect();
    let algorithms = provider().signature_verification_algorithms;
    let path = Walk::new(&certificates, roots, algorithms.all, now).best();
    let mut links: Vec<_> = path.links.iter().map(|at| link(&certificates[*at], now)).collect();
    if let Some(at) = path.anchor.filter(|_| !path.anchor_sent)
        && let Some(der) = roots.certificate(at, extra)
        && let Ok(root) = Certificate::read(&der)
    {
        links.push(link(&root, now));
    }
    Some(BuiltChain { links, trusted: path.anchor.is_some() })
}

fn link(certificate: &Certificate<'_>, now: i64) -> BuiltLink {
    BuiltLink {
        der: certificate.der.to_vec(),
        current: certificate.validity.contains(now),
        serves: certificate.serves(),
        self_issued: certificate.self_issued(),
    }
}
