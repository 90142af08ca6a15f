//! WINHTTP_OPTION_REQUEST_TIMES and WINHTTP_OPTION_REQUEST_STATS after real exchanges.

mod plain;

use std::ffi::c_void;
use std::ptr::null_mut;
use std::time::Duration;

use plain::{Handles, answer};
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::option::narrow::WinHttpQueryOption;
use winhttp_abi as abi;
use winhttp_conformance::origin::{Answer, Origin, Routes};

/// Ticks of the performance counter in a millisecond.
const TICKS: u64 = 10_000;

fn query<T: Copy>(handle: abi::HINTERNET, option: u32, value: T) -> Result<T, u32> {
    let mut value = value;
    let mut length = size_of::<T>() as u32;
    let place = (&raw mut value).cast::<c_void>();
    // SAFETY: a buffer of this length.
    match answer(|| unsafe { WinHttpQueryOption(handle, option, place, &raw mut length) }) {
        0 => {
            assert_eq!(length as usize, size_of::<T>());
            Ok(value)
        }
        code => Err(code),
    }
}

fn times(handle: abi::HINTERNET, count: u32) -> Result<abi::WINHTTP_REQUEST_TIMES, u32> {
    let asked = abi::WINHTTP_REQUEST_TIMES { cTimes: count, ..Default::default() };
    query(handle, abi::WINHTTP_OPTION_REQUEST_TIMES, asked)
}

fn stats(handle: abi::HINTERNET) -> Result<abi::WINHTTP_REQUEST_STATS, u32> {
    let asked = abi::WINHTTP_REQUEST_STATS { cStats: abi::WinHttpRequestStatLast, ..Default::default() };
    query(handle, abi::WINHTTP_OPTION_REQUEST_STATS, asked)
}

fn origin() -> Origin {
    let late = |_: &_| Answer::new(200, "late").after(Duration::from_millis(80));
    Origin::serve(Routes::new().fixed("/", "hello").on("/late", late).redirect("/in", 302, "/late"))
        .expect("an origin")
}

/// Every slot that is due, in the order of the course, and none of the others.
fn course(times: &abi::WINHTTP_REQUEST_TIMES, due: &[u32]) {
    let slots = times.rgullTimes;
    let at: Vec<u64> = due.iter().map(|&slot| slots[slot as usize]).collect();
    assert!(at.iter().all(|&ticks| ticks > 0) && at.is_sorted(), "{at:?}");
    for (slot, &ticks) in slots.iter().enumerate() {
        assert!(ticks == 0 || due.contains(&(slot as u32)), "slot {slot} was not due");
    }
}

const KEPT: [u32; 9] = [
    abi::WinHttpConnectionAcquireStart,
    abi::WinHttpConnectionAcquireWaitEnd,
    abi::WinHttpConnectionAcquireEnd,
    abi::WinHttpSendRequestStart,
    abi::WinHttpSendRequestHeadersEnd,
    abi::WinHttpSendRequestEnd,
    abi::WinHttpReceiveResponseStart,
    abi::WinHttpReceiveResponseHeadersEnd,
    abi::WinHttpReceiveResponseEnd,
];

#[test]
fn times_follow_the_course_of_the_request() {
    let origin = origin();
    let mut handles = Handles::new("localhost", origin.port(), "GET", "/late");
    assert_eq!(times(handles.request, 36).err(), Some(abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE));
    handles.exchange();
    assert_eq!(handles.read(100), b"late");
    let fresh = times(handles.request, abi::WinHttpRequestTimeLast).unwrap();
    assert_eq!({ fresh.cTimes }, abi::WinHttpRequestTimeLast);
    let mut due = KEPT.to_vec();
    due.splice(
        3..3,
        [
            abi::WinHttpNameResolutionStart,
            abi::WinHttpNameResolutionEnd,
            abi::WinHttpConnectionEstablishmentStart,
            abi::WinHttpConnectionEstablishmentEnd,
        ],
    );
    course(&fresh, &due);
    let slots = fresh.rgullTimes;
    let waited =
        slots[abi::WinHttpReceiveResponseHeadersEnd as usize] - slots[abi::WinHttpSendRequestEnd as usize];
    assert!((60 * TICKS..5_000 * TICKS).contains(&waited), "{waited} ticks for 80 ms");

    // A kept connection: neither looked up nor connected; a redirect: the times of its last leg.
    for path in ["/late", "/in"] {
        // SAFETY: any value is allowed.
        unsafe { WinHttpCloseHandle(handles.request) };
        handles.request = handles.open("GET", path);
        handles.exchange();
        assert_eq!(handles.read(100), b"late");
        let kept = times(handles.request, abi::WinHttpRequestTimeMax).unwrap();
        course(&kept, &KEPT);
        assert!(kept.rgullTimes[2] >= slots[27], "after the first one");
    }
    // As many slots as are asked for.
    let few = times(handles.request, 3).unwrap();
    assert_eq!({ few.cTimes }, 3);
    assert!(few.rgullTimes[2] > 0 && few.rgullTimes[3..].iter().all(|&ticks| ticks == 0));
}

#[test]
fn a_failed_attempt_has_no_end() {
    let closed = Origin::closed_port().unwrap();
    let handles = Handles::new("localhost", closed, "GET", "/");
    assert_eq!(handles.send(), abi::ERROR_WINHTTP_CANNOT_CONNECT);
    let slots = times(handles.request, 36).unwrap().rgullTimes;
    assert!(slots[abi::WinHttpConnectionEstablishmentStart as usize] > 0);
    assert_eq!(slots[abi::WinHttpConnectionEstablishmentEnd as usize], 0);
    assert!(stats(handles.request).unwrap().rgullStats[abi::WinHttpConnectFailureCount as usize] > 0);
}

#[test]
fn counts() {
    let origin = origin();
    let mut handles = Handles::new("localhost", origin.port(), "GET", "/");
    assert_eq!(stats(handles.request).err(), Some(abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE));
    for number in 0..3 {
        handles.exchange();
        assert_eq!(handles.read(100), b"hello");
        let stats = stats(handles.request).unwrap();
        assert_eq!({ stats.cStats }, abi::WinHttpRequestStatLast);
        assert_eq!({ stats.ulIndex }, number, "requests that its connection had carried before");
        let first = u64::from(abi::WINHTTP_REQUEST_STAT_FLAG_FIRST_REQUEST);
        assert_eq!({ stats.ullFlags }, if number == 0 { first } else { 0 });
        let slots = stats.rgullStats;
        let head =
            format!("GET / HTTP/1.1\r\nConnection: Keep-Alive\r\nHost: localhost:{}\r\n\r\n", origin.port());
        assert_eq!(slots[abi::WinHttpRequestHeadersSize as usize], head.len() as u64);
        let raw = handles.header(abi::WINHTTP_QUERY_RAW_HEADERS_CRLF, "").unwrap();
        assert_eq!(slots[abi::WinHttpResponseHeadersSize as usize], raw.len() as u64);
        assert_eq!(slots[abi::WinHttpResponseBodySize as usize], 5);
        assert_eq!(slots[abi::WinHttpResponseBodyCompressedSize as usize], 5);
        // SAFETY: any value is allowed.
        unsafe { WinHttpCloseHandle(handles.request) };
        handles.request = handles.open("GET", "/");
    }
    let mut length = 10;
    let mut small = [0u8; 10];
    let place = small.as_mut_ptr().cast::<c_void>();
    handles.exchange();
    let option = abi::WINHTTP_OPTION_REQUEST_STATS;
    // SAFETY: a buffer of this length.
    let code = answer(|| unsafe { WinHttpQueryOption(handles.request, option, place, &raw mut length) });
    assert_eq!((code, length), (abi::ERROR_INSUFFICIENT_BUFFER, 272));
    // SAFETY: a NULL buffer asks for the size.
    let code = answer(|| unsafe { WinHttpQueryOption(handles.request, option, null_mut(), &raw mut length) });
    assert_eq!(code, abi::ERROR_INSUFFICIENT_BUFFER);
}
