//! Records that wait, messages that stop half way and keys that change, between reads and writes.

mod verdict_support;

use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;

use verdict_support::{Peer, done, setting};
use winhttp_abi::{WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3};
use winhttp_engine::wire::tls::{Tls, TlsConfigs, TlsPolicy};

#[test]
fn new_keys_at_any_time() {
    let (policy, config) = setting();
    let mut tls = Tls::start(&TlsConfigs::new(), &policy, "localhost").expect("start");
    let mut peer = Peer::new(config);
    done(&mut tls, &mut peer);
    let mut buf = [0; 16];
    for turn in 1..=5 {
        // The server asks for new keys on this side too.
        peer.conn.refresh_traffic_keys().expect("TLS 1.3");
        peer.conn.writer().write_all(b"answer").expect("memory");
        assert_eq!(tls.read(&mut peer, &mut buf).expect("read"), 6);
        assert_eq!(tls.write(&mut peer, &[IoSlice::new(b"request")]).expect("write"), 7);
        assert!(peer.failure.is_none(), "{:?}", peer.failure);
        assert_eq!(peer.received, b"request".repeat(turn));
    }
}

#[test]
fn writing_while_records_wait() {
    let (policy, config) = setting();
    let data: Vec<u8> = (0..50_000u32).map(|n| (n * 7 + n / 251) as u8).collect();
    for version in [WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3] {
        let policy = TlsPolicy { protocols: version, ..policy.clone() };
        let mut tls = Tls::start(&TlsConfigs::new(), &policy, "localhost").expect("start");
        let mut peer = Peer::new(config.clone());
        done(&mut tls, &mut peer);
        peer.conn.writer().write_all(&data).expect("memory");
        let mut got = Vec::new();
        let mut buf = [0; 9_000];
        let mut turns = 0;
        while got.len() < data.len() {
            let bytes = tls.read(&mut peer, &mut buf).expect("read");
            got.extend_from_slice(&buf[..bytes]);
            assert_eq!(tls.buffered(), got.len() < data.len());
            let parts = [&b"a head"[..], b"", &data[..20_000], &data[20_000..20_003]];
            assert_eq!(tls.write(&mut peer, &parts.map(IoSlice::new)).expect("write"), 20_009);
            turns += 1;
        }
        assert!(got == data && peer.failure.is_none(), "{:?}", peer.failure);
        let sent = [&b"a head"[..], &data[..20_003]].concat().repeat(turns);
        assert!(peer.received == sent);
        // One that is given up says so in order, whatever waits.
        peer.conn.writer().write_all(&data).expect("memory");
        assert_eq!(tls.read(&mut peer, &mut buf).expect("read"), 9_000);
        assert!(tls.buffered());
        tls.close(&mut peer);
        assert_eq!(peer.conn.reader().read(&mut [0; 8]).expect("clean end"), 0);
    }
}

/// A session ticket that takes several records stops at each of its bytes.
#[test]
fn writing_within_a_message() {
    let (policy, config) = setting();
    let mut config = (*config).clone();
    config.max_fragment_size = Some(64);
    let config = Arc::new(config);
    let configs = TlsConfigs::new();
    let mut stops = 0;
    for more in 0.. {
        let mut tls = Tls::start(&configs, &policy, "localhost").expect("start");
        let mut peer = Peer::new(config.clone());
        done(&mut tls, &mut peer);
        peer.pump();
        if more > peer.inbound.len() {
            break;
        }
        peer.cut = peer.delivered + more;
        let mut buf = [0; 16];
        let nothing = tls.read(&mut peer, &mut buf).expect_err("tickets only");
        assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(tls.write(&mut peer, &[IoSlice::new(b"request")]).expect("write"), 7);
        assert_eq!(peer.received, b"request");
        peer.cut = usize::MAX;
        peer.conn.writer().write_all(b"answer").expect("memory");
        let mut filled = 0;
        while filled < 6 {
            filled += tls.read(&mut peer, &mut buf[filled..]).expect("read");
        }
        assert_eq!(&buf[..6], b"answer");
        tls.close(&mut peer);
        assert_eq!(peer.conn.reader().read(&mut [0; 8]).expect("clean end"), 0);
        stops += 1;
    }
    assert!(stops > 100, "{stops}");
}
