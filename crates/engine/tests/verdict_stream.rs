//! TLS connections against a server in memory.

mod verdict_support;

use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use verdict_support::forge::{fields, reissue};
use verdict_support::{
    Peer, authority, done, server, server_config, server_config_with, setting, shake, trusting,
};
use winhttp_abi::{
    SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS, SECURITY_FLAG_IGNORE_CERT_CN_INVALID,
    WINHTTP_FLAG_SECURE_PROTOCOL_ALL, WINHTTP_FLAG_SECURE_PROTOCOL_SSL3, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1,
    WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_1, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2,
    WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3,
};
use winhttp_engine::wire::tls::{ClientIdentity, Ending, Handshake, Tls, TlsConfigs, TlsFault, TlsPolicy};

fn failed(tls: &mut Tls, peer: &mut Peer) -> TlsFault {
    match shake(tls, peer) {
        Handshake::Failed(fault) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn handshake_and_echo() {
    let (policy, config) = setting();
    let configs = TlsConfigs::new();
    let mut tls = Tls::start(&configs, &policy, "localhost").expect("start");
    let mut peer = Peer::new(config);
    done(&mut tls, &mut peer);
    let report = tls.report();
    assert_eq!(report.protocol, 0x0304);
    assert_eq!(report.protocol_flag, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3);
    assert_eq!(report.chain.len(), 1);
    assert!(
        matches!(report.suite >> 8, 0x13) && report.suite_name.starts_with("TLS_"),
        "{}",
        report.suite_name
    );
    let bits = if report.suite_name.contains("_128_") { 128 } else { 256 };
    assert_eq!(report.key_bits, bits);
    assert!(report.hash_bits >= 256 && report.group != 0);
    assert!(!report.resumed && report.verdict.faults == 0 && !report.client_asked);
    assert_eq!(peer.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert_eq!(peer.conn.server_name(), Some("localhost"));

    let parts = [IoSlice::new(b"GET / "), IoSlice::new(b"HTTP/1.1\r\n")];
    assert_eq!(tls.write(&mut peer, &parts).expect("write"), 16);
    assert_eq!(peer.received, b"GET / HTTP/1.1\r\n");
    let mut buf = [0; 16];
    assert_eq!(tls.read(&mut peer, &mut buf).expect_err("nothing yet").kind(), io::ErrorKind::WouldBlock);
    peer.conn.writer().write_all(b"answer").expect("memory");
    assert_eq!(tls.read(&mut peer, &mut buf[..2]).expect("read"), 2);
    assert!(tls.buffered());
    assert_eq!(tls.read(&mut peer, &mut buf[2..]).expect("read"), 4);
    assert_eq!(&buf[..6], b"answer");
    assert!(!tls.buffered() && tls.drained());
    assert!(tls.policy() == &policy);
}

#[test]
fn a_held_last_flight_goes_with_the_first_data() {
    let (policy, config) = setting();
    for reads in [false, true] {
        let mut tls = Tls::start(&TlsConfigs::new(), &policy, "localhost").expect("start");
        tls.hold_last_flight();
        let mut peer = Peer::new(config.clone());
        done(&mut tls, &mut peer);
        assert!(peer.conn.is_handshaking() && tls.wants_write(), "nothing of it has gone");
        assert_eq!(tls.report().protocol, 0x0304);
        assert!(
            matches!(tls.handshake(&mut peer), Handshake::Done),
            "and it is done as often as it is asked"
        );
        let mut buf = [0; 16];
        if reads {
            // Who reads first waits for an answer: the server must be able to give one.
            let nothing = tls.read(&mut peer, &mut buf).expect_err("nothing yet");
            assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
            assert!(!peer.conn.is_handshaking());
        }
        assert_eq!(tls.write(&mut peer, &[IoSlice::new(b"request")]).expect("write"), 7);
        assert_eq!(peer.received, b"request");
        assert!(!tls.wants_write());
        peer.conn.writer().write_all(b"answer").expect("memory");
        assert_eq!(tls.read(&mut peer, &mut buf).expect("read"), 6);
    }
    // One that is given up says so in order.
    let mut tls = Tls::start(&TlsConfigs::new(), &policy, "localhost").expect("start");
    tls.hold_last_flight();
    let mut peer = Peer::new(config);
    done(&mut tls, &mut peer);
    tls.close(&mut peer);
    assert!(!peer.conn.is_handshaking() && peer.failure.is_none(), "{:?}", peer.failure);
}

#[test]
fn tiny_pieces() {
    let (policy, config) = setting();
    let configs = TlsConfigs::new();
    for piece in [1, 2, 3, 7] {
        let mut tls = Tls::start(&configs, &policy, "localhost").expect("start");
        let mut peer = Peer::new(config.clone());
        (peer.piece, peer.stutter) = (piece, true);
        done(&mut tls, &mut peer);
        let request = b"0123456789".repeat(50);
        let mut sent = 0;
        for _ in 0..10_000 {
            match tls.write(&mut peer, &[IoSlice::new(&request[sent..])]) {
                Ok(n) => sent += n,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
            if sent == request.len() {
                break;
            }
        }
        for _ in 0..10_000 {
            if tls.flush(&mut peer).expect("flush") {
                break;
            }
        }
        assert!(!tls.wants_write());
        assert_eq!(peer.received, request);
        peer.conn.writer().write_all(&request).expect("memory");
        let mut got = Vec::new();
        let mut buf = [0; 33];
        for _ in 0..10_000 {
            match tls.read(&mut peer, &mut buf) {
                Ok(n) => got.extend_from_slice(&buf[..n]),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        }
        assert_eq!(got, request, "piece {piece}");
    }
}

#[test]
fn big_download_and_upload() {
    let (policy, config) = setting();
    let mut tls = Tls::start(&TlsConfigs::new(), &policy, "localhost").expect("start");
    let mut peer = Peer::new(config);
    done(&mut tls, &mut peer);
    let data: Vec<u8> = (0..4_000_000u32).map(|n| (n * 7 + n / 251) as u8).collect();

    let (mut fed, mut got) = (0, Vec::new());
    let mut buf = vec![0; 65_536];
    for _ in 0..10_000 {
        fed += peer.conn.writer().write(&data[fed..]).expect("memory");
        match tls.read(&mut peer, &mut buf) {
            Ok(n) => got.extend_from_slice(&buf[..n]),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
        if got.len() == data.len() {
            break;
        }
    }
    assert!(got == data);
    tls.rest();

    // The stream takes little at a time: what is accepted but not sent stays bounded.
    let mut sent = 0;
    for _ in 0..100_000 {
        peer.room = 5_000;
        match tls.write(&mut peer, &[IoSlice::new(&data[sent..])]) {
            Ok(n) => {
                assert!(n <= 64 * 1024);
                sent += n;
            }
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
        if sent == data.len() {
            break;
        }
    }
    peer.room = usize::MAX;
    assert!(tls.flush(&mut peer).expect("flush"));
    assert!(peer.received == data);
}

#[test]
fn close_notify_is_told_from_truncation() {
    let (policy, config) = setting();
    let configs = TlsConfigs::new();
    for clean in [true, false] {
        let mut tls = Tls::start(&configs, &policy, "localhost").expect("start");
        let mut peer = Peer::new(config.clone());
        done(&mut tls, &mut peer);
        peer.conn.writer().write_all(b"tail").expect("memory");
        if clean {
            peer.conn.send_close_notify();
        }
        peer.pump();
        peer.ended = true;
        let mut buf = [0; 64];
        assert_eq!(tls.read(&mut peer, &mut buf).expect("data"), 4);
        assert_eq!(tls.read(&mut peer, &mut buf).expect("end"), 0);
        assert_eq!(tls.read(&mut peer, &mut buf).expect("end again"), 0);
        assert_eq!(tls.ending(), if clean { Ending::CloseNotify } else { Ending::Truncated });
        tls.close(&mut peer);
    }
}

#[test]
fn our_close_is_a_close_notify() {
    let (policy, config) = setting();
    let mut tls = Tls::start(&TlsConfigs::new(), &policy, "localhost").expect("start");
    let mut peer = Peer::new(config);
    done(&mut tls, &mut peer);
    tls.close(&mut peer);
    assert_eq!(peer.conn.reader().read(&mut [0; 8]).expect("clean end"), 0);
}

#[test]
fn data_before_a_broken_record_is_delivered_first() {
    let (policy, config) = setting();
    let mut tls = Tls::start(&TlsConfigs::new(), &policy, "localhost").expect("start");
    let mut peer = Peer::new(config);
    done(&mut tls, &mut peer);
    peer.conn.writer().write_all(b"good").expect("memory");
    peer.pump();
    peer.inbound.extend([0x17, 3, 3, 0, 32]);
    peer.inbound.extend([0xaa; 32]);
    let mut buf = [0; 64];
    assert_eq!(tls.read(&mut peer, &mut buf).expect("data"), 4);
    let error = tls.read(&mut peer, &mut buf).expect_err("broken");
    let fault = error.get_ref().and_then(|cause| cause.downcast_ref::<TlsFault>()).expect("a fault inside");
    assert_eq!((fault.error, fault.bits), (12157, 0x8000_0000));
    assert_eq!(tls.fault().map(|fault| fault.error), Some(12157));
    assert!(tls.write(&mut peer, &[IoSlice::new(b"x")]).is_err());
}

/// Connects and lets the session ticket arrive.
fn connect(configs: &TlsConfigs, policy: &TlsPolicy, config: &Arc<rustls::ServerConfig>) -> Tls {
    let mut tls = Tls::start(configs, policy, "localhost").expect("start");
    let mut peer = Peer::new(config.clone());
    done(&mut tls, &mut peer);
    let _ = tls.read(&mut peer, &mut [0; 8]);
    tls
}

#[test]
fn second_connection_resumes_and_a_stricter_policy_does_not() {
    let root = authority("root");
    let identity = server(&root, &["other.example"]);
    for versions in [&[&rustls::version::TLS13][..], &[&rustls::version::TLS12][..]] {
        let config = Arc::new(server_config_with(&identity, versions, None));
        let configs = TlsConfigs::new();
        let strict = trusting(root.der());
        let lenient = TlsPolicy { ignore: SECURITY_FLAG_IGNORE_CERT_CN_INVALID, ..strict.clone() };
        assert!(!connect(&configs, &lenient, &config).report().resumed);
        let again = connect(&configs, &lenient.clone(), &config).report();
        assert!(again.resumed);
        assert_eq!(again.chain.first(), identity.chain.first());
        assert_eq!((again.verdict.faults, again.verdict.ignored), (0x10, 0x10));
        let mut tls = Tls::start(&configs, &strict, "localhost").expect("start");
        let fault = failed(&mut tls, &mut Peer::new(config.clone()));
        assert_eq!((fault.error, fault.bits), (12175, 0x10));
        // Another lenient policy is another store too.
        let more = TlsPolicy { ignore: SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS, ..strict };
        assert!(!connect(&configs, &more, &config).report().resumed);
    }
}

#[test]
fn connections_to_one_server_share_its_certificates() {
    let (policy, config) = setting();
    let configs = TlsConfigs::new();
    let first = connect(&configs, &policy, &config).report();
    let second = connect(&configs, &policy, &config).report();
    assert!(second.resumed && Arc::ptr_eq(&first.chain, &second.chain));
}

#[test]
fn idle_connections_are_probed() {
    let (policy, config) = setting();
    let configs = TlsConfigs::new();
    let idle = || {
        let mut tls = Tls::start(&configs, &policy, "localhost").expect("start");
        let mut peer = Peer::new(config.clone());
        done(&mut tls, &mut peer);
        // The session tickets are still to be read.
        assert!(tls.probe(&mut peer) && tls.probe(&mut peer));
        (tls, peer)
    };
    let (mut tls, mut peer) = idle();
    peer.conn.writer().write_all(b"unasked").expect("memory");
    assert!(!tls.probe(&mut peer));
    let (mut tls, mut peer) = idle();
    peer.conn.send_close_notify();
    assert!(!tls.probe(&mut peer));
    let (mut tls, mut peer) = idle();
    peer.ended = true;
    assert!(!tls.probe(&mut peer) && !tls.probe(&mut peer));
    let (mut tls, mut peer) = idle();
    peer.inbound.extend([0x17, 3, 3, 0, 1, 0]);
    assert!(!tls.probe(&mut peer));
}

#[test]
fn versions_alone() {
    let root = authority("root");
    let identity = server(&root, &["localhost"]);
    let both = Arc::new(server_config(&identity));
    let configs = TlsConfigs::new();
    for (bits, version) in [
        (0, 0x0304),
        (WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2, 0x0303),
        (WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3, 0x0304),
        (
            WINHTTP_FLAG_SECURE_PROTOCOL_SSL3
                | WINHTTP_FLAG_SECURE_PROTOCOL_TLS1
                | WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_1
                | WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2,
            0x0303,
        ),
        (WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2 | WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3, 0x0304),
    ] {
        let policy = TlsPolicy { protocols: bits, ..trusting(root.der()) };
        assert_eq!(connect(&configs, &policy, &both).report().protocol, version, "{bits:#x}");
    }
    let policy = TlsPolicy { protocols: WINHTTP_FLAG_SECURE_PROTOCOL_ALL, ..trusting(root.der()) };
    let fault = Tls::start(&configs, &policy, "localhost").expect_err("nothing usable");
    assert_eq!((fault.error, fault.bits), (12157, 0x8000_0000));
    // Each side alone, and no version in common.
    let policy = TlsPolicy { protocols: WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3, ..trusting(root.der()) };
    let old = Arc::new(server_config_with(&identity, &[&rustls::version::TLS12], None));
    let mut tls = Tls::start(&configs, &policy, "localhost").expect("start");
    let fault = failed(&mut tls, &mut Peer::new(old));
    assert_eq!((fault.error, fault.bits), (12157, 0x8000_0000));
}

#[test]
fn client_certificates() {
    let root = authority("root");
    let clients = authority("clients");
    let identity = server(&root, &["localhost"]);
    let own = server(&clients, &["me"]);
    let own =
        Arc::new(ClientIdentity::from_der(own.chain.clone(), own.key.serialize_der()).expect("identity"));
    let stranger = server(&root, &["me"]);
    let stranger = Arc::new(
        ClientIdentity::from_der(stranger.chain.clone(), stranger.key.serialize_der()).expect("identity"),
    );
    for versions in [&[&rustls::version::TLS13][..], &[&rustls::version::TLS12][..]] {
        for must in [true, false] {
            let config = Arc::new(server_config_with(&identity, versions, Some((clients.der(), must))));
            let configs = TlsConfigs::new();
            let nothing = trusting(root.der());

            let mut tls = Tls::start(&configs, &nothing, "localhost").expect("start");
            let fault = failed(&mut tls, &mut Peer::new(config.clone()));
            assert_eq!((fault.error, fault.bits), (12044, 0), "{fault}");
            let report = fault.report.expect("report");
            assert!(report.client_asked && report.chain.len() == 1);
            assert_eq!(report.issuers.len(), 1);

            let chosen = TlsPolicy { client: Some(own.clone()), ..nothing.clone() };
            let tls = connect(&configs, &chosen, &config);
            assert!(tls.report().client_asked);

            // Going without is fine where the server only asks.
            let without = TlsPolicy { no_client: true, ..nothing.clone() };
            let mut tls = Tls::start(&configs, &without, "localhost").expect("start");
            let mut peer = Peer::new(config.clone());
            let outcome = shake(&mut tls, &mut peer);
            let read = tls.read(&mut peer, &mut [0; 8]).expect_err("nothing comes").kind();
            if must {
                let fault = tls.fault().expect("refused");
                assert_eq!((fault.error, fault.bits), (12157, 0x8000_0000), "{outcome:?} {fault}");
            } else {
                assert!(matches!(outcome, Handshake::Done));
                assert_eq!(read, io::ErrorKind::WouldBlock);
            }

            // A certificate that the server does not like is no missing one.
            let wrong = TlsPolicy { client: Some(stranger.clone()), ..nothing };
            let mut tls = Tls::start(&configs, &wrong, "localhost").expect("start");
            let mut peer = Peer::new(config);
            let _ = shake(&mut tls, &mut peer);
            let _ = tls.read(&mut peer, &mut [0; 8]);
            assert_eq!(tls.fault().map(|fault| fault.error), Some(12157));
        }
    }
}

#[test]
fn peers_that_speak_no_tls() {
    let (policy, config) = setting();
    let configs = TlsConfigs::new();
    for (bytes, ended, error) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], true, 12030),
        (b"", true, 12030),
        (b"SSH-2.0-OpenSSH\r\n", false, 12030),
        (&[0x15, 3, 3, 0, 2, 2, 40], false, 12157),
        (&[0x15, 3, 3, 0, 2, 2, 70], false, 12157),
        (&[0x16, 3, 3, 0, 4, 2, 0, 0, 0], false, 12157),
    ] {
        let mut tls = Tls::start(&configs, &policy, "localhost").expect("start");
        let mut peer = Peer::new(config.clone());
        // The server in memory is never asked: its answer is replaced.
        peer.failure = Some(rustls::Error::General("mute".to_owned()));
        peer.inbound.extend(bytes);
        peer.ended = ended;
        let fault = failed(&mut tls, &mut peer);
        assert_eq!(fault.error, error, "{bytes:?}: {fault}");
        assert_eq!(fault.bits, if error == 12157 { 0x8000_0000 } else { 0 });
        assert!(matches!(tls.handshake(&mut peer), Handshake::Failed(again) if again.error == error));
    }
}

/// A certificate of version 1 is none to the TLS library. Whose key it is has to be shown all the same.
#[test]
fn certificates_of_version_1() {
    let root = authority("root");
    let new = server(&root, &["localhost"]);
    let mut fields = fields(&new.chain[0]);
    fields.remove(0);
    fields.retain(|field| field[0] != 0xa3);
    let chain = vec![CertificateDer::from(reissue(&fields, root.key()))];
    let policy = TlsPolicy { ignore: SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS, ..trusting(root.der()) };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let stranger = rcgen::KeyPair::generate().expect("key");
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        for (key, error) in [(&new.key, 0), (&stranger, 12157)] {
            let key = PrivatePkcs8KeyDer::from(key.serialize_der());
            let key = provider.key_provider.load_private_key(key.into()).expect("key");
            let identity = SingleCertAndKey::from(CertifiedKey::new(chain.clone(), key));
            let config = rustls::ServerConfig::builder_with_provider(provider.clone())
                .with_protocol_versions(&[version])
                .expect("version")
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(identity));
            let mut tls = Tls::start(&TlsConfigs::new(), &policy, "localhost").expect("start");
            let outcome = shake(&mut tls, &mut Peer::new(Arc::new(config)));
            let fault = match outcome {
                Handshake::Done => 0,
                Handshake::Failed(fault) => fault.error,
                other => panic!("{other:?}"),
            };
            assert_eq!(fault, error, "{version:?}");
        }
    }
}

/// A server whose stream ends, or brings another byte, at every point of the handshake.
#[test]
fn handshakes_disturbed_at_every_byte() {
    let root = authority("root");
    let identity = server(&root, &["localhost"]);
    for version in [WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3] {
        let policy = TlsPolicy { protocols: version, ..trusting(root.der()) };
        // Configurations of their own, so that nothing is resumed.
        let disturbed = |cut: usize, flip: Option<usize>| {
            let mut tls = Tls::start(&TlsConfigs::new(), &policy, "localhost").expect("start");
            let mut peer = Peer::new(peer_config(&identity));
            (peer.cut, peer.flip, peer.ended) = (cut, flip, true);
            (shake(&mut tls, &mut peer), peer.delivered)
        };
        let (whole, length) = disturbed(usize::MAX, None);
        assert!(matches!(whole, Handshake::Done) && length > 500, "{length}");
        let mut unnoticed = 0;
        for at in 0..length {
            match disturbed(at, None).0 {
                Handshake::Failed(fault) => {
                    assert_eq!((fault.error, fault.bits), (12030, 0), "cut at {at}: {fault}")
                }
                // Session tickets come behind the handshake.
                other => assert!(matches!(other, Handshake::Done) && at > 500, "cut at {at}: {other:?}"),
            }
            match disturbed(usize::MAX, Some(at)).0 {
                Handshake::Failed(fault) => {
                    assert!(matches!(fault.error, 12030 | 12157 | 12175), "byte {at}: {fault}");
                    assert_eq!(fault.bits == 0, fault.error == 12030);
                }
                _ => unnoticed += 1,
            }
        }
        // The version in the header of a plain record is not protected, nor is a ticket awaited.
        assert!(unnoticed < length / 2, "{unnoticed} of {length}");
    }
}

#[cfg(not(feature = "pkcs12"))]
#[test]
fn without_containers() {
    use winhttp_engine::wire::tls::IdentityError;
    assert!(matches!(ClientIdentity::from_pkcs12(b"", ""), Err(IdentityError::Container(_))));
}

fn peer_config(identity: &verdict_support::Identity) -> Arc<rustls::ServerConfig> {
    Arc::new(server_config(identity))
}

/// A certificate message of ten megabytes: refused, without taking them all into memory.
#[test]
fn an_endless_certificate_list() {
    let root = authority("root");
    let mut identity = server(&root, &["localhost"]);
    for _ in 0..40_000 {
        identity.chain.push(root.der().to_vec());
    }
    let configs = TlsConfigs::new();
    for version in [WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3] {
        let policy = TlsPolicy { protocols: version, ..trusting(root.der()) };
        let mut tls = Tls::start(&configs, &policy, "localhost").expect("start");
        let mut peer = Peer::new(peer_config(&identity));
        let fault = failed(&mut tls, &mut peer);
        assert_eq!((fault.error, fault.bits), (12157, 0x8000_0000), "{fault}");
    }
}

#[test]
fn identities() {
    let root = authority("root");
    let one = server(&root, &["one"]);
    let other = server(&root, &["two"]);
    let pem = |der: &[u8]| rustls_pem("CERTIFICATE", der);
    let certificate = pem(&one.chain[0]);
    let key = one.key.serialize_pem();
    let read = ClientIdentity::from_pem(certificate.as_bytes(), key.as_bytes()).expect("pem");
    let same = ClientIdentity::from_der(one.chain.clone(), one.key.serialize_der()).expect("der");
    assert!(read == same && read.certificate() == one.chain[0]);
    let together = format!("{key}{certificate}");
    assert!(ClientIdentity::from_pem(together.as_bytes(), together.as_bytes()).is_ok());
    use winhttp_engine::wire::tls::IdentityError;
    assert_eq!(
        ClientIdentity::from_der(one.chain.clone(), other.key.serialize_der()).err(),
        Some(IdentityError::Mismatch)
    );
    assert!(matches!(ClientIdentity::from_pem(b"", key.as_bytes()), Err(IdentityError::Certificate(_))));
    assert!(matches!(ClientIdentity::from_pem(certificate.as_bytes(), b""), Err(IdentityError::Key(_))));
    assert!(matches!(
        ClientIdentity::from_der(vec![b"x".to_vec()], one.key.serialize_der()),
        Err(IdentityError::Certificate(_))
    ));
    assert!(matches!(ClientIdentity::from_der(one.chain.clone(), b"x".to_vec()), Err(IdentityError::Key(_))));
    let a = TlsPolicy { client: Some(Arc::new(read)), ..TlsPolicy::default() };
    let b = TlsPolicy { client: Some(Arc::new(same)), no_client: true, ..TlsPolicy::default() };
    assert!(a == b && a != TlsPolicy::default());
}

fn rustls_pem(label: &str, der: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in der.chunks(48) {
        for chunk in line.chunks(3) {
            let bits = chunk
                .iter()
                .enumerate()
                .fold(0u32, |sum, (at, byte)| sum | u32::from(*byte) << (16 - 8 * at));
            for at in 0..4 {
                let letter = if at <= chunk.len() {
                    char::from(LETTERS[(bits >> (18 - 6 * at)) as usize & 63])
                } else {
                    '='
                };
                text.push(letter);
            }
        }
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}
