//! The Public Key Interoperability Test Suite of NIST (PKITS, version 1.0.1), a work of the United States government and in the public
//! domain: `data/pkits.tar` holds its certificates and lists as they were published.
//!
//! Names of certificates say whether RFC 5280 wants their path to hold. Here they are servers' certificates for a host that none
//! but a few names, so the name is left aside. What comes out otherwise than there stands in a table, with the reason.

mod verdict_support;

use std::collections::BTreeMap;

use verdict_support::forge::*;
use winhttp_engine::wire::verdict::certificate::Certificate;

/// What a path comes to here, where that is not what the suite wants: the faults, why, and which.
const OTHERWISE: &[(u32, &str, &[&str])] = &[
    (
        CA | REV_FAILED,
        "names are compared byte by byte, as Windows compares them too",
        &[
            "ValidNameChainingWhitespaceTest3",
            "ValidNameChainingWhitespaceTest4",
            "ValidNameChainingCapitalizationTest5",
            "ValidRolloverfromPrintableStringtoUTF8StringTest10",
            "ValidUTF8StringCaseInsensitiveMatchTest11",
        ],
    ),
    (
        INVALID | REV_FAILED,
        "signatures of DSA are not accepted",
        &["ValidDSASignaturesTest4", "ValidDSAParameterInheritanceTest5"],
    ),
    (
        INVALID,
        "constraints on names other than DNS names and addresses are refused where they are not understood",
        &[
            "ValidDNnameConstraintsTest1",
            "ValidDNnameConstraintsTest4",
            "ValidDNnameConstraintsTest5",
            "ValidDNnameConstraintsTest6",
            "ValidDNnameConstraintsTest11",
            "ValidDNnameConstraintsTest14",
            "ValidDNnameConstraintsTest18",
            "ValidRFC822nameConstraintsTest21",
            "ValidRFC822nameConstraintsTest23",
            "ValidRFC822nameConstraintsTest25",
            "ValidDNandRFC822nameConstraintsTest27",
            "ValidURInameConstraintsTest34",
            "ValidURInameConstraintsTest36",
        ],
    ),
    (
        INVALID | REV_FAILED,
        "the same, and a list under an older key of the issuer",
        &["ValidDNnameConstraintsTest19"],
    ),
    (
        INVALID,
        "critical extensions about policies are not understood",
        &[
            "ValidPolicyMappingTest1",
            "ValidPolicyMappingTest3",
            "ValidPolicyMappingTest5",
            "ValidPolicyMappingTest6",
            "ValidPolicyMappingTest9",
            "ValidPolicyMappingTest11",
            "ValidPolicyMappingTest12",
            "ValidPolicyMappingTest13",
            "ValidPolicyMappingTest14",
            "ValidinhibitAnyPolicyTest2",
            "inhibitAnyPolicyTest3",
            "ValidinhibitPolicyMappingTest2",
            "ValidinhibitPolicyMappingTest4",
            "ValidrequireExplicitPolicyTest1",
            "ValidrequireExplicitPolicyTest2",
            "ValidrequireExplicitPolicyTest4",
        ],
    ),
    (
        INVALID | REV_FAILED,
        "the same, and a list under an older key of the issuer",
        &[
            "ValidSelfIssuedinhibitAnyPolicyTest7",
            "ValidSelfIssuedinhibitAnyPolicyTest9",
            "ValidSelfIssuedinhibitPolicyMappingTest7",
            "ValidSelfIssuedrequireExplicitPolicyTest6",
        ],
    ),
    (
        INVALID | REV_FAILED,
        "self-issued certificates count against the path's length in the verification library; and an older key's list",
        &["ValidSelfIssuedpathLenConstraintTest15", "ValidSelfIssuedpathLenConstraintTest17"],
    ),
    (
        INVALID,
        "the verification library refuses them: unique identifiers, a date before 1970",
        &["ValidNameUIDsTest6", "Validpre2000UTCnotBeforeDateTest3"],
    ),
    (
        REV_FAILED,
        "a list counts only under the key that signed the certificate",
        &[
            "ValidBasicSelfIssuedOldWithNewTest1",
            "ValidBasicSelfIssuedNewWithOldTest4",
            "ValidBasicSelfIssuedCRLSigningKeyTest6",
            "ValidSeparateCertificateandCRLKeysTest19",
        ],
    ),
    (
        REV_FAILED,
        "indirect lists, lists of some reasons, and points named relative to their issuer are not read",
        &[
            "ValidIDPwithindirectCRLTest22",
            "ValidIDPwithindirectCRLTest24",
            "ValidIDPwithindirectCRLTest25",
            "ValidcRLIssuerTest28",
            "ValidcRLIssuerTest29",
            "ValidcRLIssuerTest30",
            "ValidcRLIssuerTest33",
            "ValidonlySomeReasonsTest18",
            "ValidonlySomeReasonsTest19",
            "ValiddistributionPointTest4",
            "ValiddistributionPointTest5",
            "ValiddistributionPointTest7",
            "ValidonlyContainsCACertsTest13",
        ],
    ),
    (0, "delta lists are not read: what only they revoke is not seen", &["InvaliddeltaCRLTest4"]),
    (REVOKED, "nor what only they take back", &["ValiddeltaCRLTest5"]),
];

/// The files of the archive, by name: 512 bytes of header and whole blocks of content for each.
fn files() -> BTreeMap<String, Vec<u8>> {
    let tar = include_bytes!("data/pkits.tar");
    let mut files = BTreeMap::new();
    let mut at = 0;
    while at + 512 <= tar.len() && tar[at] != 0 {
        let text = |from: usize, length: usize| {
            let field = tar[at + from..at + from + length].iter().copied();
            String::from_utf8(field.take_while(|byte| !matches!(byte, 0 | b' ')).collect()).expect("text")
        };
        let size = usize::from_str_radix(&text(124, 12), 8).expect("size");
        if size > 0 {
            files.insert(text(0, 100), tar[at + 512..at + 512 + size].to_vec());
        }
        at += 512 + size.div_ceil(512) * 512;
    }
    files
}

/// The certificate and everything that could be its issuer, by name, and theirs: as a server would send them.
fn chain(leaf: &[u8], pool: &[&Vec<u8>]) -> Vec<Vec<u8>> {
    let mut chain = vec![leaf.to_vec()];
    let mut at = 0;
    while at < chain.len() && chain.len() < 20 {
        let current = chain[at].clone();
        at += 1;
        let Ok(read) = Certificate::read(&current) else { continue };
        for other in pool {
            let issues = Certificate::read(other).is_ok_and(|issuer| issuer.subject == read.issuer);
            if issues && !chain.contains(other) {
                chain.push((*other).clone());
            }
        }
    }
    chain
}

#[test]
fn every_path_of_the_suite() {
    let files = files();
    let root = &files["certs/TrustAnchorRootCertificate.crt"];
    let of = |folder: &str| {
        files
            .iter()
            .filter_map(move |(name, der)| Some((name.strip_prefix(folder)?, der)))
            .collect::<Vec<_>>()
    };
    let certificates = of("certs/");
    let pool: Vec<_> = certificates
        .iter()
        .filter(|(name, _)| !name.ends_with("EE.crt") && !name.starts_with("TrustAnchor"))
        .map(|(_, der)| *der)
        .collect();
    let lists: Vec<_> = of("crls/").into_iter().map(|(_, der)| der.clone()).collect();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (name, der) in &certificates {
        let Some(name) = name.strip_suffix("EE.crt") else { continue };
        seen += 1;
        let case = Case::new(chain(der, &pool), &[]).trusting(root).lists(lists.clone());
        let faults = case.verdict(0).faults & !NAME;
        let row = OTHERWISE.iter().find(|(.., names)| names.contains(&name));
        let right = match row {
            Some((expected, ..)) => faults == *expected,
            None => name.starts_with("Invalid") == (faults != 0),
        };
        if !right {
            wrong.push(format!("{name}: {faults:#x}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(seen, 223, "every certificate of an end entity");
}

/// Faults of one kind have their own bit.
#[test]
fn faults_have_their_bits() {
    let files = files();
    let root = &files["certs/TrustAnchorRootCertificate.crt"];
    let pool: Vec<_> =
        files.iter().filter(|(name, _)| name.starts_with("certs/")).map(|(_, der)| der).collect();
    let lists: Vec<_> =
        files.iter().filter(|(name, _)| name.starts_with("crls/")).map(|(_, der)| der.clone()).collect();
    for (name, expected) in [
        ("ValidCertificatePathTest1", 0),
        ("InvalidEESignatureTest3", INVALID),
        ("InvalidEEnotBeforeDateTest2", DATE),
        ("InvalidEEnotAfterDateTest6", DATE),
        ("InvalidCAnotAfterDateTest5", DATE),
        ("InvalidNameChainingTest1", CA | REV_FAILED),
        ("InvalidMissingCRLTest1", REV_FAILED),
        ("InvalidRevokedCATest2", REVOKED),
        ("InvalidRevokedEETest3", REVOKED),
        ("InvalidBadCRLSignatureTest4", REV_FAILED),
        ("InvalidOldCRLnextUpdateTest11", REV_FAILED),
        ("InvalidMissingbasicConstraintsTest1", INVALID),
        ("InvalidcAFalseTest2", INVALID),
        ("InvalidpathLenConstraintTest5", INVALID),
        ("InvalidkeyUsageCriticalkeyCertSignFalseTest1", INVALID),
        ("InvalidkeyUsageCriticalcRLSignFalseTest4", REV_FAILED),
        ("InvalidUnknownCriticalCertificateExtensionTest2", INVALID),
        ("InvalidDNSnameConstraintsTest31", INVALID),
    ] {
        let leaf = &files[&format!("certs/{name}EE.crt")];
        let case = Case::new(chain(leaf, &pool), &[]).trusting(root).lists(lists.clone());
        let faults = case.verdict(0).faults & !NAME;
        assert_eq!(faults, expected, "{name}: {faults:#x}");
    }
}
