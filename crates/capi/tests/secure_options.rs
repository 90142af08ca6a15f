//! What options say of a request over TLS: what was agreed on, when, and whether it was agreed on before.

mod plain;

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use plain::{Handles, answer, number, set, set_number};
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::option::EXTRA_ROOTS;
use winhttp::exports::option::narrow::WinHttpQueryOption;
use winhttp::exports::request::narrow::WinHttpOpenRequest;
use winhttp_abi as abi;
use winhttp_conformance::origin::certificates::{Authority, Kind};
use winhttp_conformance::origin::{Origin, Routes};

fn server() -> (Authority, Origin) {
    let authority = Authority::new().expect("an authority");
    let offer = authority.offer(Kind::Good).expect("an offer");
    let origin = Origin::serve_tls(Routes::new().fixed("/", "root"), offer).expect("an origin");
    (authority, origin)
}

/// Handles whose request uses TLS, in a session that trusts the authority and knows these protocols.
fn handles(authority: &Authority, origin: &Origin, protocols: u32) -> Handles {
    let mut handles = Handles::new("localhost", origin.port(), "GET", "/");
    assert_eq!(set(handles.session, EXTRA_ROOTS, authority.ca_pem().as_bytes()), 0);
    assert_eq!(set_number(handles.session, abi::WINHTTP_OPTION_SECURE_PROTOCOLS, protocols), 0);
    // Its connections serve nobody else.
    assert_eq!(set_number(handles.session, abi::WINHTTP_OPTION_DISABLE_GLOBAL_POOLING, 1), 0);
    // SAFETY: any value is allowed.
    assert_ne!(unsafe { WinHttpCloseHandle(handles.request) }, 0);
    handles.request = open(&handles);
    handles
}

fn open(handles: &Handles) -> abi::HINTERNET {
    // SAFETY: NULL is allowed for each text.
    unsafe {
        WinHttpOpenRequest(handles.connect, null(), null(), null(), null(), null(), abi::WINHTTP_FLAG_SECURE)
    }
}

fn query<T: Copy>(handles: &Handles, option: u32, mut value: T) -> Result<T, u32> {
    let mut length = size_of::<T>() as u32;
    let place = (&raw mut value).cast::<c_void>();
    // SAFETY: a buffer of this length.
    match answer(|| unsafe { WinHttpQueryOption(handles.request, option, place, &raw mut length) }) {
        0 => {
            assert_eq!(length as usize, size_of::<T>());
            Ok(value)
        }
        code => Err(code),
    }
}

fn text(units: &[u16]) -> String {
    let end = units.iter().position(|&unit| unit == 0).expect("a NUL");
    String::from_utf16_lossy(&units[..end])
}

/// contract: options, SECURITY_INFO (708 bytes), SECURITY_KEY_BITNESS, and what a query of SECURITY_FLAGS adds
#[test]
fn what_was_agreed_on() {
    let (authority, origin) = server();
    let (old, new) = (abi::WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2, abi::WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3);
    for (protocols, agreed, wire) in [(old, old, 0x0303), (new, new, 0x0304), (old | new, new, 0x0304)] {
        let handles = handles(&authority, &origin, protocols);
        let option = abi::WINHTTP_OPTION_SECURITY_INFO;
        let empty = abi::WINHTTP_SECURITY_INFO::<u16>::default();
        assert_eq!(size_of_val(&empty), 708);
        assert_eq!(query(&handles, option, empty).err(), Some(abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE));
        assert_eq!(number(handles.request, abi::WINHTTP_OPTION_SECURITY_KEY_BITNESS), Ok(0));
        assert_eq!(number(handles.request, abi::WINHTTP_OPTION_SECURITY_FLAGS), Ok(0));
        assert_eq!(handles.send(), 0);
        let info = query(&handles, option, empty).expect("after the send");
        let (connection, cipher) = (info.ConnectionInfo, info.CipherInfo);
        assert_eq!({ connection.dwProtocol }, agreed);
        assert_eq!(({ cipher.dwVersion }, { cipher.dwProtocol }), (1, wire));
        let bits = number(handles.request, abi::WINHTTP_OPTION_SECURITY_KEY_BITNESS).expect("bits");
        assert!(matches!(bits, 128 | 256), "{bits}");
        assert_eq!(({ connection.dwCipherStrength }, { cipher.dwCipherLen }), (bits, bits));
        let suite = text(&{ cipher.szCipherSuite });
        assert!(suite.starts_with("TLS_"), "{suite}");
        // RFC 8446 section B.4: the suite names no key exchange any more.
        assert_eq!(suite.contains("ECDHE"), agreed == old, "{suite}");
        assert_eq!(text(&{ cipher.szExchange }).is_empty(), agreed == new, "{suite}");
        assert_eq!(suite.contains("_AES_"), text(&{ cipher.szCipher }) == "AES", "{suite}");
        assert_eq!({ cipher.dwHashLen }, if suite.ends_with("SHA384") { 384 } else { 256 }, "{suite}");
        let flags = number(handles.request, abi::WINHTTP_OPTION_SECURITY_FLAGS);
        assert_eq!(flags, Ok(abi::SECURITY_FLAG_SECURE | abi::SECURITY_FLAG_STRENGTH_STRONG));
        let mut small = 707;
        // SAFETY: NULL is an error of its own.
        let code =
            answer(|| unsafe { WinHttpQueryOption(handles.request, option, null_mut(), &raw mut small) });
        assert_eq!((code, small), (abi::ERROR_INSUFFICIENT_BUFFER, 708));
        // It stays when the connection is at rest.
        assert_eq!((handles.receive(), handles.read(10), handles.read(10)), (0, b"root".to_vec(), vec![]));
        assert_eq!(query(&handles, option, empty), Ok(info));
    }
}

/// contract: options, REQUEST_TIMES: the handshake comes behind the connection and before the request; REQUEST_STATS: a
/// second connection takes the first one's session up again
#[test]
fn the_handshake_has_its_place_in_the_course() {
    let (authority, origin) = server();
    let mut handles = handles(&authority, &origin, abi::WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3);
    let course = [
        abi::WinHttpConnectionAcquireStart,
        abi::WinHttpNameResolutionStart,
        abi::WinHttpNameResolutionEnd,
        abi::WinHttpConnectionEstablishmentStart,
        abi::WinHttpConnectionEstablishmentEnd,
        abi::WinHttpTlsHandshakeClientLeg1Start,
        abi::WinHttpTlsHandshakeClientLeg1End,
        abi::WinHttpSendRequestStart,
        abi::WinHttpSendRequestEnd,
        abi::WinHttpReceiveResponseEnd,
    ];
    for resumed in [false, true] {
        // Each request has a connection of its own.
        let feature = abi::WINHTTP_OPTION_DISABLE_FEATURE;
        assert_eq!(set_number(handles.request, feature, abi::WINHTTP_DISABLE_KEEP_ALIVE), 0);
        handles.exchange();
        assert_eq!((handles.read(10), handles.read(10)), (b"root".to_vec(), vec![]));
        let asked = abi::WINHTTP_REQUEST_TIMES { cTimes: abi::WinHttpRequestTimeLast, ..Default::default() };
        let times = query(&handles, abi::WINHTTP_OPTION_REQUEST_TIMES, asked).expect("times").rgullTimes;
        // The connect handle knows the address by now: what was not done has no time.
        let at: Vec<u64> = course.iter().map(|&slot| times[slot as usize]).filter(|&at| at != 0).collect();
        assert_eq!(
            at.len(),
            if resumed { course.len() - 2 } else { course.len() },
            "{resumed} {:?}",
            &times[..36]
        );
        assert!(at.is_sorted(), "{at:?}");
        let asked = abi::WINHTTP_REQUEST_STATS { cStats: abi::WinHttpRequestStatLast, ..Default::default() };
        let stats = query(&handles, abi::WINHTTP_OPTION_REQUEST_STATS, asked).expect("counts");
        let again = u64::from(abi::WINHTTP_REQUEST_STAT_FLAG_TLS_SESSION_RESUMPTION);
        assert_eq!({ stats.ullFlags } & again != 0, resumed);
        // SAFETY: any value is allowed.
        assert_ne!(unsafe { WinHttpCloseHandle(handles.request) }, 0);
        handles.request = open(&handles);
    }
    assert_eq!(origin.connections(), 2);
}
