//! Chains for C: structures in the shape of `CERT_CHAIN_CONTEXT` that count their references, and issuer lists.

use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use winhttp_abi as abi;
use winhttp_abi::{CERT_CHAIN_CONTEXT, CERT_CHAIN_ELEMENT, CERT_SIMPLE_CHAIN, CERT_TRUST_STATUS};
use winhttp_engine::Error;
use winhttp_engine::wire::verdict::BuiltChain;

use crate::{certificate, memory};

const NOT_TIME_VALID: u32 = 0x1;
const REVOKED: u32 = 0x4;
const NOT_SIGNATURE_VALID: u32 = 0x8;
const NOT_VALID_FOR_USAGE: u32 = 0x10;
const UNTRUSTED_ROOT: u32 = 0x20;
const REVOCATION_STATUS_UNKNOWN: u32 = 0x40;
const PARTIAL_CHAIN: u32 = 0x1_0000;
const OFFLINE_REVOCATION: u32 = 0x100_0000;
const SELF_SIGNED: u32 = 0x8;
const HAS_NAME_MATCH_ISSUER: u32 = 0x4;

/// What a pointer to a chain points to, first of all its context.
#[repr(C)]
struct Chain {
    context: CERT_CHAIN_CONTEXT,
    holders: AtomicUsize,
    simple: CERT_SIMPLE_CHAIN,
    /// What `context.rgpChain` points to.
    simples: [*mut CERT_SIMPLE_CHAIN; 1],
    elements: Box<[CERT_CHAIN_ELEMENT]>,
    /// What `simple.rgpElement` points to.
    places: Box<[*mut CERT_CHAIN_ELEMENT]>,
}

impl Drop for Chain {
    fn drop(&mut self) {
        for element in &self.elements {
            // SAFETY: each holds one reference of its own, taken in `give`.
            unsafe { certificate::release(element.pCertContext) };
        }
    }
}

/// What a chain's element says. Which certificate of several was revoked, or could not be checked, is not kept: that stands at
/// the server's own.
fn statuses(built: &BuiltChain, faults: u32) -> Vec<CERT_TRUST_STATUS> {
    let last = built.links.len().saturating_sub(1);
    let has = |bit| faults & bit != 0;
    let status = |(at, link): (usize, &winhttp_engine::wire::verdict::BuiltLink)| {
        let mut wrong = 0;
        if !link.current {
            wrong |= NOT_TIME_VALID;
        }
        if !link.serves && has(abi::WINHTTP_CALLBACK_STATUS_FLAG_CERT_WRONG_USAGE) {
            wrong |= NOT_VALID_FOR_USAGE;
        }
        if at == 0 && has(abi::WINHTTP_CALLBACK_STATUS_FLAG_CERT_REVOKED) {
            wrong |= REVOKED;
        }
        if at == 0 && has(abi::WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED) {
            wrong |= REVOCATION_STATUS_UNKNOWN | OFFLINE_REVOCATION;
        }
        if at == 0 && has(abi::WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT) {
            wrong |= NOT_SIGNATURE_VALID;
        }
        if at == last && !built.trusted {
            wrong |= if link.self_issued { UNTRUSTED_ROOT } else { PARTIAL_CHAIN };
        }
        let said = if link.self_issued { SELF_SIGNED } else { 0 };
        CERT_TRUST_STATUS { dwErrorStatus: wrong, dwInfoStatus: said | HAS_NAME_MATCH_ISSUER }
    };
    built.links.iter().enumerate().map(status).collect()
}

/// A chain with one reference, which the caller gives to C. `faults` are those of its verdict.
pub(crate) fn give(built: &BuiltChain, faults: u32) -> *const CERT_CHAIN_CONTEXT {
    let statuses = statuses(built, faults);
    let whole = CERT_TRUST_STATUS {
        dwErrorStatus: statuses.iter().fold(0, |sum, status| sum | status.dwErrorStatus),
        dwInfoStatus: 0,
    };
    let element = |(link, status): (&winhttp_engine::wire::verdict::BuiltLink, CERT_TRUST_STATUS)| {
        CERT_CHAIN_ELEMENT::<u16> {
            cbSize: size_of::<CERT_CHAIN_ELEMENT>() as u32,
            pCertContext: certificate::give(&link.der),
            TrustStatus: status,
            pRevocationInfo: null_mut(),
            pIssuanceUsage: null_mut(),
            pApplicationUsage: null_mut(),
            pwszExtendedErrorInfo: null(),
        }
    };
    let mut elements: Box<[_]> = built.links.iter().zip(statuses).map(element).collect();
    let places: Box<[_]> = elements.iter_mut().map(|element| element as *mut _).collect();
    let chain = Box::new(Chain {
        context: CERT_CHAIN_CONTEXT {
            cbSize: size_of::<CERT_CHAIN_CONTEXT>() as u32,
            TrustStatus: whole,
            cChain: 1,
            rgpChain: null_mut(),
            cLowerQualityChainContext: 0,
            rgpLowerQualityChainContext: null_mut(),
            fHasRevocationFreshnessTime: abi::FALSE,
            dwRevocationFreshnessTime: 0,
            dwCreateFlags: 0,
            ChainId: abi::GUID::default(),
        },
        holders: AtomicUsize::new(1),
        simple: CERT_SIMPLE_CHAIN {
            cbSize: size_of::<CERT_SIMPLE_CHAIN>() as u32,
            TrustStatus: whole,
            cElement: elements.len() as u32,
            rgpElement: null_mut(),
            pTrustListInfo: null_mut(),
            fHasRevocationFreshnessTime: abi::FALSE,
            dwRevocationFreshnessTime: 0,
        },
        simples: [null_mut()],
        elements,
        places,
    });
    let raw = Box::into_raw(chain);
    // SAFETY: just made, and nobody else has seen it.
    let chain = unsafe { &mut *raw };
    chain.simple.rgpElement = chain.places.as_mut_ptr();
    chain.simples[0] = &mut chain.simple;
    chain.context.rgpChain = chain.simples.as_mut_ptr();
    raw.cast_const().cast()
}

/// One holder more.
///
/// # Safety
/// `context` is null or came from [`give`] and has a holder.
pub(crate) unsafe fn retain(context: *const CERT_CHAIN_CONTEXT) {
    // SAFETY: the context is the first member of a Chain, and a holder keeps it alive.
    let chain = unsafe { context.cast::<Chain>().as_ref() };
    if let Some(chain) = chain {
        chain.holders.fetch_add(1, Ordering::Relaxed);
    }
}

/// One holder less; the last one frees it and its certificates.
///
/// # Safety
/// As [`retain`]; the caller's own reference is gone afterwards.
pub(crate) unsafe fn release(context: *const CERT_CHAIN_CONTEXT) {
    let whole = context.cast::<Chain>();
    // SAFETY: as in `retain`.
    let Some(chain) = (unsafe { whole.as_ref() }) else { return };
    if chain.holders.fetch_sub(1, Ordering::Release) == 1 {
        fence(Ordering::Acquire);
        // SAFETY: made by Box::into_raw in `give`, and nobody holds it any more.
        drop(unsafe { Box::from_raw(whole.cast_mut()) });
    }
}

/// Names in one piece of memory that the application frees with `GlobalFree`.
///
/// # Errors
/// `ERROR_NOT_ENOUGH_MEMORY`.
pub(crate) fn issuers(names: &[Vec<u8>]) -> Result<*mut abi::SecPkgContext_IssuerListInfoEx, Error> {
    let head = size_of::<abi::SecPkgContext_IssuerListInfoEx>();
    let blobs = names.len() * size_of::<abi::CRYPT_BLOB>();
    let bytes: usize = names.iter().map(Vec::len).sum();
    let place = memory::allocate(head + blobs + bytes).cast::<u8>();
    if place.is_null() {
        return Err(Error::NOT_ENOUGH_MEMORY);
    }
    let list = place.cast::<abi::SecPkgContext_IssuerListInfoEx>();
    // SAFETY: inside the memory, and aligned: the head's size is a multiple of a pointer's.
    let first = unsafe { place.add(head) }.cast::<abi::CRYPT_BLOB>();
    // SAFETY: inside the memory or at its end.
    let mut at = unsafe { place.add(head + blobs) };
    for (number, name) in names.iter().enumerate() {
        // SAFETY: there is room for all names, one after the other.
        unsafe { std::ptr::copy_nonoverlapping(name.as_ptr(), at, name.len()) };
        // SAFETY: there are as many blobs as names.
        let blob = unsafe { first.add(number) };
        // SAFETY: as above; the memory is aligned for it.
        unsafe { blob.write(abi::CRYPT_BLOB { cbData: name.len() as u32, pbData: at }) };
        // SAFETY: at most the end of the memory.
        at = unsafe { at.add(name.len()) };
    }
    let value = abi::SecPkgContext_IssuerListInfoEx {
        aIssuers: if names.is_empty() { null_mut() } else { first },
        cIssuers: names.len() as u32,
    };
    // SAFETY: the memory begins with room for it.
    unsafe { list.write(value) };
    Ok(list)
}
