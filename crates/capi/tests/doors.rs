//! The unit of a payload is that of the symbol through which its callback was registered, whichever symbols the other
//! calls went through.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use winhttp::exports::callback::{narrow::WinHttpSetStatusCallback, wide::WinHttpSetStatusCallback_w32};
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::option::{narrow::WinHttpQueryOption, wide::WinHttpQueryOption_w32};
use winhttp::exports::request::narrow::{WinHttpOpenRequest, WinHttpSendRequest};
use winhttp::exports::session::{narrow::WinHttpConnect, narrow::WinHttpOpen, wide::WinHttpConnect_w32};
use winhttp_abi as abi;
use winhttp_conformance::origin::{Origin, Routes};

/// What a callback was given: status, raw bytes of its information, length.
type Told = (u32, Vec<u8>, u32);

/// Notes text payloads; `UNIT` is the width in bytes that they are expected to have.
unsafe extern "C-unwind" fn notified<const UNIT: usize>(
    _handle: abi::HINTERNET,
    context: usize,
    status: u32,
    information: *mut c_void,
    length: u32,
) {
    let Some(tell) = std::ptr::with_exposed_provenance::<Sender<Told>>(context).checked() else {
        return;
    };
    let text = matches!(
        status,
        abi::WINHTTP_CALLBACK_STATUS_RESOLVING_NAME
            | abi::WINHTTP_CALLBACK_STATUS_NAME_RESOLVED
            | abi::WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER
            | abi::WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER
    );
    let bytes = if text {
        // SAFETY: the library says how many units there are.
        unsafe { std::slice::from_raw_parts(information.cast::<u8>(), length as usize * UNIT) }.to_vec()
    } else {
        Vec::new()
    };
    // The test may have heard enough.
    let _ = tell.send((status, bytes, length));
}

/// A pointer that is null or leaked by this test.
trait Checked<'a, T> {
    fn checked(self) -> Option<&'a T>;
}

impl<'a, T> Checked<'a, T> for *const T {
    fn checked(self) -> Option<&'a T> {
        // SAFETY: contexts of this test are 0 or the address of a sender that is never freed.
        unsafe { self.as_ref() }
    }
}

fn hear(told: &Receiver<Told>, status: u32) -> Told {
    loop {
        let told = told.recv_timeout(Duration::from_secs(20)).expect("the notification");
        if told.0 == status {
            return told;
        }
    }
}

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn utf32(text: &str) -> Vec<u32> {
    text.chars().map(u32::from).chain([0]).collect()
}

fn bytes16(text: &str) -> Vec<u8> {
    utf16(text).into_iter().flat_map(u16::to_ne_bytes).collect()
}

fn bytes32(text: &str) -> Vec<u8> {
    utf32(text).into_iter().flat_map(u32::to_ne_bytes).collect()
}

#[test]
fn payloads_come_in_the_unit_of_the_registering_door() {
    // One each: the second request shall not find the first one's connection at rest.
    let origin = Origin::serve(Routes::new().fixed("/", "x")).expect("an origin");
    let other = Origin::serve(Routes::new().fixed("/", "x")).expect("an origin");
    // SAFETY: NULL is allowed for all of this.
    let session = unsafe { WinHttpOpen(null_mut(), 1, null_mut(), null_mut(), abi::WINHTTP_FLAG_ASYNC) };
    // SAFETY: text that ends with a NUL.
    let by_narrow = unsafe { WinHttpConnect(session, utf16("localhost").as_ptr(), origin.port(), 0) };
    // SAFETY: as above, of the other width.
    let by_wide = unsafe { WinHttpConnect_w32(session, utf32("localhost").as_ptr(), other.port(), 0) };
    assert!(!by_narrow.is_null() && !by_wide.is_null());
    for (server, wide) in [(by_narrow, true), (by_wide, false)] {
        let (tell, told) = channel::<Told>();
        let context = (&raw const *Box::leak(Box::new(tell))).expose_provenance();
        // SAFETY: NULL is allowed for the rest.
        let request = unsafe {
            WinHttpOpenRequest(server, null_mut(), null_mut(), null_mut(), null_mut(), null_mut(), 0)
        };
        let all = abi::WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS;
        let before = if wide {
            // SAFETY: the function is a callback.
            unsafe { WinHttpSetStatusCallback_w32(request, Some(notified::<4>), all, 0) }
        } else {
            // SAFETY: as above.
            unsafe { WinHttpSetStatusCallback(request, Some(notified::<2>), all, 0) }
        };
        assert!(before.is_null());
        // SAFETY: no pointers.
        assert_eq!(unsafe { WinHttpSendRequest(request, null_mut(), 0, null_mut(), 0, 0, context) }, 1);
        let name = hear(&told, abi::WINHTTP_CALLBACK_STATUS_RESOLVING_NAME);
        // contract: evidence Q1, the length counts units and the NUL
        assert_eq!(name.2, 10);
        assert_eq!(name.1, if wide { bytes32("localhost") } else { bytes16("localhost") });
        let address = hear(&told, abi::WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER);
        assert_eq!(address.1, if wide { bytes32("127.0.0.1") } else { bytes16("127.0.0.1") });
        // SAFETY: a handle.
        assert_eq!(unsafe { WinHttpCloseHandle(request) }, 1);
        hear(&told, abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING);
    }
    for handle in [by_narrow, by_wide, session] {
        // SAFETY: a handle.
        assert_eq!(unsafe { WinHttpCloseHandle(handle) }, 1);
    }
}

#[test]
fn lengths_are_bytes_of_the_calls_own_unit() {
    // SAFETY: text that ends with a NUL.
    let session = unsafe { WinHttpOpen(utf16("agent\u{e9}").as_ptr(), 1, null_mut(), null_mut(), 0) };
    let mut room = [0u32; 16];
    let mut length = size_of_val(&room) as u32;
    let id = abi::WINHTTP_OPTION_USER_AGENT;
    // SAFETY: the buffer has as many bytes as the length says.
    assert_eq!(unsafe { WinHttpQueryOption_w32(session, id, room.as_mut_ptr().cast(), &raw mut length) }, 1);
    assert_eq!((length, &room[..7]), (24, &utf32("agent\u{e9}")[..]));
    let mut room = [0u16; 16];
    let mut length = size_of_val(&room) as u32;
    // SAFETY: as above.
    assert_eq!(unsafe { WinHttpQueryOption(session, id, room.as_mut_ptr().cast(), &raw mut length) }, 1);
    assert_eq!((length, &room[..7]), (12, &utf16("agent\u{e9}")[..]));
    // SAFETY: a handle.
    assert_eq!(unsafe { WinHttpCloseHandle(session) }, 1);
}
