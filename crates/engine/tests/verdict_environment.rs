//! What environment variables change: each test runs itself again in a process that has them.

mod verdict_support;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use verdict_support::forge::{Case, HOST, NOW, authority_params, issue, leaf_params, root};
use verdict_support::{Peer, authority, server, server_config_with, shake, trusting};
use winhttp_engine::wire::tls::{Handshake, Tls, TlsConfigs, TlsPolicy};
use winhttp_engine::wire::verdict::{Presented, judge};

const INSIDE: &str = "VERDICT_TEST_INSIDE";

/// Runs the named test of this file again, with these variables.
fn again(test: &str, variables: &[(&str, &PathBuf)]) {
    let mut command = Command::new(std::env::current_exe().expect("itself"));
    command.args(["--exact", test]).env(INSIDE, "1").env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
    for (name, value) in variables {
        command.env(name, value);
    }
    let output = command.output().expect("run");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("verdict-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("folder");
    folder
}

#[test]
fn secrets_go_to_the_key_log() {
    if std::env::var_os(INSIDE).is_none() {
        let folder = folder("keys");
        let file = folder.join("keys.txt");
        again("secrets_go_to_the_key_log", &[("SSLKEYLOGFILE", &file)]);
        let log = std::fs::read_to_string(&file).expect("key log");
        assert!(log.contains("CLIENT_TRAFFIC_SECRET_0 ") && log.contains("CLIENT_RANDOM "), "{log}");
        std::fs::remove_dir_all(folder).expect("remove");
        return;
    }
    let root = authority("root");
    let identity = server(&root, &["localhost"]);
    for versions in [&[&rustls::version::TLS13][..], &[&rustls::version::TLS12][..]] {
        let mut tls = Tls::start(&TlsConfigs::new(), &trusting(root.der()), "localhost").expect("start");
        let mut peer = Peer::new(Arc::new(server_config_with(&identity, versions, None)));
        assert!(matches!(shake(&mut tls, &mut peer), Handshake::Done));
    }
}

#[test]
fn the_machines_authorities_can_be_replaced() {
    const CHAIN: &str = "VERDICT_TEST_CHAIN";
    if std::env::var_os(INSIDE).is_none() {
        let folder = folder("roots");
        let root = root(authority_params("root"));
        let chain = folder.join("chain.der");
        std::fs::write(&chain, issue(leaf_params(), &root)).expect("write");
        let roots = folder.join("roots");
        std::fs::create_dir_all(&roots).expect("folder");
        // In a folder, authorities go by the hash of their name.
        let file = roots.join("12345678.0");
        std::fs::write(&file, root.pem()).expect("write");
        let test = "the_machines_authorities_can_be_replaced";
        again(test, &[("SSL_CERT_FILE", &file), (CHAIN, &chain)]);
        again(test, &[("SSL_CERT_DIR", &roots), (CHAIN, &chain)]);
        // What the file does not have may be in the folder.
        let other = folder.join("other.pem");
        std::fs::write(&other, verdict_support::forge::root(authority_params("other")).pem()).expect("write");
        again(test, &[("SSL_CERT_FILE", &other), ("SSL_CERT_DIR", &roots), (CHAIN, &chain)]);
        // Without the variables the machine knows nothing of it.
        let case = Case { chain: vec![std::fs::read(&chain).expect("read")], host: HOST, ..Case::default() };
        case.expect("not trusted", verdict_support::forge::CA);
        std::fs::remove_dir_all(folder).expect("remove");
        return;
    }
    let chain = [std::fs::read(std::env::var_os(CHAIN).expect("variable")).expect("read")];
    let presented = Presented { chain: &chain, ocsp: &[], host: HOST, now: NOW };
    assert_eq!(judge(&TlsPolicy::default(), &presented, None).faults, 0);
}
