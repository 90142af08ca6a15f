//! `docs/COVERAGE.md` is held against the library: every function and option has a line, and the line is true.

use std::collections::{BTreeMap, HashSet};
use std::ffi::c_void;
use std::fs;
use std::path::Path;
use std::ptr::null_mut;

use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::library::narrow::WinHttpCompatGetLastError;
use winhttp::exports::option::narrow::{WinHttpQueryOption, WinHttpSetOption};
use winhttp::exports::request::narrow::{WinHttpOpenRequest, WinHttpReceiveResponse, WinHttpSendRequest};
use winhttp::exports::session::narrow::{WinHttpConnect, WinHttpOpen};
use winhttp::exports::websocket::narrow::WinHttpWebSocketCompleteUpgrade;
use winhttp_abi as abi;
use winhttp_abi::handle::Kinds;
use winhttp_abi::option::{Access, Setting, Value};
use winhttp_conformance::origin::{Conn, Origin, Script};

/// Name and state of every line whose first column is a name that begins like this.
fn states(prefix: &str, column: usize) -> BTreeMap<String, String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/COVERAGE.md");
    let page = fs::read_to_string(page).expect("the page");
    let lines = page.lines().filter_map(|line| {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = columns.get(1)?.strip_prefix('`')?.strip_suffix('`')?;
        (columns.len() == column + 4 && name.starts_with(prefix))
            .then(|| (name.to_owned(), columns[column].to_owned()))
    });
    lines.collect()
}

#[test]
fn every_function_has_a_line_and_a_symbol_if_it_says_so() {
    let folder = std::env::current_exe().expect("the path of this test");
    let name = if cfg!(target_os = "macos") { "libwinhttp.dylib" } else { "libwinhttp.so" };
    let library = fs::read(folder.with_file_name(name)).expect("the library");
    // Symbol names stand between NULs in the table of names; on macOS with an underscore in front.
    let prefix: &[u8] = if cfg!(target_os = "macos") { b"_WinHttp" } else { b"WinHttp" };
    let names: HashSet<&[u8]> =
        library.split(|&byte| byte == 0).filter(|name| name.starts_with(prefix)).collect();
    let exported = |name: &str| {
        let name = if cfg!(target_os = "macos") { format!("_{name}") } else { name.to_owned() };
        names.contains(name.as_bytes())
    };
    let states = states("WinHttp", 2);
    assert_eq!(states.len(), abi::function::TABLE.len());
    for function in abi::function::TABLE {
        let state = states.get(function.name).unwrap_or_else(|| panic!("{} has no line", function.name));
        let there = match state.as_str() {
            "works" => true,
            "not there" => false,
            other => panic!("{}: {other}", function.name),
        };
        assert_eq!(exported(function.name), there, "{}", function.name);
        if let Some(wide) = function.wide_symbol {
            assert_eq!(exported(wide), there, "{wide}");
        }
    }
}

/// The handles that options are tried on.
struct Handles {
    session: abi::HINTERNET,
    connect: abi::HINTERNET,
    request: abi::HINTERNET,
    socket: abi::HINTERNET,
    _origin: Origin,
}

impl Handles {
    fn open() -> Handles {
        let host: Vec<u16> = "localhost\0".encode_utf16().collect();
        // SAFETY: text ends with a NUL, and NULL is allowed for the rest.
        let session = unsafe { WinHttpOpen(null_mut(), 1, null_mut(), null_mut(), 0) };
        // SAFETY: as above.
        let connect = unsafe { WinHttpConnect(session, host.as_ptr(), 80, 0) };
        let secure = abi::WINHTTP_FLAG_SECURE;
        // SAFETY: as above.
        let request = unsafe {
            WinHttpOpenRequest(connect, null_mut(), null_mut(), null_mut(), null_mut(), null_mut(), secure)
        };
        assert!(!request.is_null());
        let origin = Origin::start(Script::new().every(Conn::new().upgrade().echo())).expect("an origin");
        Handles { session, connect, request, socket: Self::upgraded(session, &origin), _origin: origin }
    }

    fn upgraded(session: abi::HINTERNET, origin: &Origin) -> abi::HINTERNET {
        let host: Vec<u16> = "localhost\0".encode_utf16().collect();
        // SAFETY: text ends with a NUL.
        let connect = unsafe { WinHttpConnect(session, host.as_ptr(), origin.port(), 0) };
        // SAFETY: NULL is allowed for all texts.
        let request = unsafe {
            WinHttpOpenRequest(connect, null_mut(), null_mut(), null_mut(), null_mut(), null_mut(), 0)
        };
        let upgrade = abi::WINHTTP_OPTION_UPGRADE_TO_WEB_SOCKET;
        // SAFETY: the option has no value.
        assert_ne!(unsafe { WinHttpSetOption(request, upgrade, null_mut(), 0) }, 0);
        // SAFETY: no headers and no data.
        assert_ne!(unsafe { WinHttpSendRequest(request, null_mut(), 0, null_mut(), 0, 0, 0) }, 0);
        // SAFETY: the reserved parameter is NULL.
        assert_ne!(unsafe { WinHttpReceiveResponse(request, null_mut()) }, 0);
        // SAFETY: no pointers.
        let socket = unsafe { WinHttpWebSocketCompleteUpgrade(request, 0) };
        assert!(!socket.is_null());
        for handle in [request, connect] {
            // SAFETY: any value is allowed.
            unsafe { WinHttpCloseHandle(handle) };
        }
        socket
    }

    fn of(&self, row: &Setting) -> abi::HINTERNET {
        if row.handles.has(Kinds::REQUEST) || row.handles == Kinds::UNSTATED {
            self.request
        } else if row.handles.has(Kinds::SESSION) {
            self.session
        } else if row.handles.has(Kinds::PROCESS) {
            null_mut()
        } else {
            self.socket
        }
    }
}

impl Drop for Handles {
    fn drop(&mut self) {
        for handle in [self.socket, self.request, self.connect, self.session] {
            // SAFETY: any value is allowed.
            unsafe { WinHttpCloseHandle(handle) };
        }
    }
}

fn last_error() -> u32 {
    // SAFETY: no arguments.
    unsafe { WinHttpCompatGetLastError() }
}

/// Sets an option to zeros of its size; 0, or the error.
fn set(handle: abi::HINTERNET, row: &Setting) -> u32 {
    let zeros = [0u64; 128];
    let size = row.value.size().unwrap_or(0) as u32;
    let buffer =
        if row.value == Value::Empty { null_mut() } else { zeros.as_ptr().cast_mut().cast::<c_void>() };
    // SAFETY: the buffer is larger than any value, and only read from.
    if unsafe { WinHttpSetOption(handle, row.id, buffer, size) } != 0 { 0 } else { last_error() }
}

/// Reads an option; 0, or the error.
fn query(handle: abi::HINTERNET, row: &Setting) -> u32 {
    let mut room = [0u64; 256];
    let mut length = size_of_val(&room) as u32;
    // SAFETY: the buffer has as many bytes as the length says.
    let read = unsafe { WinHttpQueryOption(handle, row.id, room.as_mut_ptr().cast(), &raw mut length) };
    if read != 0 { 0 } else { last_error() }
}

#[test]
fn every_option_has_a_line_and_does_what_it_says() {
    let states = states("WINHTTP_OPTION_", 3);
    assert_eq!(states.len(), abi::option::TABLE.len());
    let handles = Handles::open();
    for row in abi::option::TABLE {
        let state = states.get(row.name).unwrap_or_else(|| panic!("{} has no line", row.name));
        let handle = handles.of(row);
        let answer = if row.access == Access::Read { query(handle, row) } else { set(handle, row) };
        let refused = matches!(
            answer,
            abi::ERROR_WINHTTP_INVALID_OPTION
                | abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE
                | abi::ERROR_INVALID_HANDLE
        );
        match state.as_str() {
            // What fails in this state of the handle or for this value is not unknown.
            "works" => assert!(!refused, "{}: {answer}", row.name),
            "accepted" => assert_eq!(answer, 0, "{}", row.name),
            "refused" => assert!(refused, "{}: {answer}", row.name),
            other => panic!("{}: {other}", row.name),
        }
    }
}
