//! Every set of faults that a certificate can have, each alone, every pair, all at once: the mask found and the
//! mask ignored under every set of ignore flags.

mod verdict_support;

use rcgen::{ExtendedKeyUsagePurpose, SerialNumber, date_time_ymd};
use verdict_support::forge::*;
use winhttp_engine::wire::verdict::{Verdict, reported};

#[test]
fn every_set_of_faults() {
    let trusted = root(authority_params("trusted"));
    let unknown = root(authority_params("unknown"));
    let mut cases = 0;
    for set in 0..32u32 {
        for revocation in [0, REV_FAILED, REVOKED] {
            let has = |bit| set & bit != 0;
            let mut faults = revocation;
            let mut params = leaf_params();
            params.serial_number = Some(SerialNumber::from(u64::from(set + 1)));
            if has(1) {
                params.not_after = date_time_ymd(2021, 1, 1);
                faults |= DATE;
            }
            if has(2) {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
                faults |= USAGE;
            }
            if has(4) {
                params.custom_extensions = vec![unknown_extension()];
                faults |= INVALID;
            }
            let issuer = if has(8) {
                faults |= CA;
                &unknown
            } else {
                &trusted
            };
            let mut case = Case::new(vec![issue(params, issuer), issuer.der().to_vec()], &[&trusted]);
            if has(16) {
                case = case.host("other.example");
                faults |= NAME;
            }
            case = match revocation {
                0 if set & 1 == 0 => case,
                0 => case.lists(vec![list(issuer, &[99], (2025, 2027))]),
                REVOKED => case.lists(vec![list(issuer, &[99, u64::from(set + 1)], (2025, 2027))]),
                _ => case.lists(vec![]),
            };
            case.expect(&format!("set {set:#x} revocation {revocation:#x}"), faults);
            cases += 1;
        }
    }
    assert_eq!(cases, 96);
}

#[test]
fn a_leaf_without_its_authority() {
    // The unknown authority's certificate is not sent along: its revocation cannot be checked either.
    let trusted = root(authority_params("trusted"));
    let unknown = root(authority_params("unknown"));
    let case = Case::new(vec![issue(leaf_params(), &unknown)], &[&trusted]);
    case.expect("unknown", CA);
    case.clone()
        .lists(vec![list(&unknown, &[], (2025, 2027))])
        .expect("unknown, revocation", CA | REV_FAILED);
    case.lists(vec![]).offline_ok().expect("unknown, offline allowed", CA);
}

#[test]
fn what_is_reported() {
    let verdict = Verdict::new(0x38, 0x100);
    assert_eq!((verdict.faults, verdict.ignored, verdict.fatal()), (0x38, 0x8, 0x30));
    assert_eq!(reported(verdict), 0x38);
    assert_eq!(Verdict::new(0x7f, u32::MAX).fatal(), REV_FAILED | INVALID | REVOKED);
    assert_eq!(Verdict::new(0, 0x3300), Verdict::default());
}
