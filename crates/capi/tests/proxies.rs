//! The functions about proxies, through the C doors. The environment is this program's own: one test holds all of it.

use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use winhttp::exports::callback::narrow::WinHttpSetStatusCallback;
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::library::WinHttpCompatSetLastError;
use winhttp::exports::library::narrow::{WinHttpCompatFree, WinHttpCompatGetLastError};
use winhttp::exports::option::narrow::{WinHttpQueryOption, WinHttpSetOption};
use winhttp::exports::proxy::narrow::{
    WinHttpGetDefaultProxyConfiguration, WinHttpGetIEProxyConfigForCurrentUser,
    WinHttpIsHostInProxyBypassList, WinHttpSetDefaultProxyConfiguration,
};
use winhttp::exports::proxy::wide::WinHttpGetDefaultProxyConfiguration_w32;
use winhttp::exports::proxy_resolver::narrow::{
    WinHttpCreateProxyResolver, WinHttpDetectAutoProxyConfigUrl, WinHttpFreeProxyResult,
    WinHttpFreeProxyResultEx, WinHttpGetProxyForUrl, WinHttpGetProxyForUrlEx, WinHttpGetProxyForUrlEx2,
    WinHttpGetProxyResult, WinHttpGetProxyResultEx, WinHttpResetAutoProxy,
};
use winhttp::exports::request::narrow::WinHttpOpenRequest;
use winhttp::exports::session::narrow::{WinHttpConnect, WinHttpOpen};
use winhttp_abi as abi;

/// UTF-16 with a NUL.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// The text behind a pointer, which is freed; `None` for NULL.
fn taken<U: Copy + Into<u32>>(text: *mut U) -> Option<String> {
    if text.is_null() {
        return None;
    }
    let mut units = Vec::new();
    loop {
        // SAFETY: text from the library ends with a NUL, which has not been met yet.
        let place = unsafe { text.add(units.len()) };
        // SAFETY: as above.
        let unit: u32 = unsafe { place.read() }.into();
        if unit == 0 {
            break;
        }
        units.push(char::from_u32(unit).expect("ASCII"));
    }
    // SAFETY: from the library, and freed once.
    unsafe { WinHttpCompatFree(text.cast()) };
    Some(units.into_iter().collect())
}

fn last_error() -> u32 {
    // SAFETY: no arguments.
    unsafe { WinHttpCompatGetLastError() }
}

/// The last error of a call that must fail.
fn refused(answer: abi::BOOL) -> u32 {
    assert_eq!(answer, abi::FALSE);
    last_error()
}

fn info(access: u32, list: &mut [u16], bypass: &mut [u16]) -> abi::WINHTTP_PROXY_INFO {
    let pointer = |text: &mut [u16]| if text.is_empty() { null_mut() } else { text.as_mut_ptr() };
    abi::WINHTTP_PROXY_INFO {
        dwAccessType: access,
        lpszProxy: pointer(list),
        lpszProxyBypass: pointer(bypass),
    }
}

fn default() -> (u32, Option<String>, Option<String>) {
    let mut info = abi::WINHTTP_PROXY_INFO::<u16>::default();
    // SAFETY: a place for the structure.
    assert_eq!(unsafe { WinHttpGetDefaultProxyConfiguration(&raw mut info) }, abi::TRUE);
    assert_eq!(last_error(), 0);
    (info.dwAccessType, taken(info.lpszProxy), taken(info.lpszProxyBypass))
}

fn of_session(access: u32) -> (u32, Option<String>, Option<String>) {
    // SAFETY: NULL is allowed.
    let session = unsafe { WinHttpOpen(null(), access, null(), null(), 0) };
    let mut info = abi::WINHTTP_PROXY_INFO::<u16>::default();
    let mut length = size_of_val(&info) as u32;
    let option = abi::WINHTTP_OPTION_PROXY;
    // SAFETY: a place for the structure and its length.
    let read = unsafe { WinHttpQueryOption(session, option, (&raw mut info).cast(), &raw mut length) };
    assert_eq!(read, abi::TRUE);
    // SAFETY: any value is allowed.
    unsafe { WinHttpCloseHandle(session) };
    (info.dwAccessType, taken(info.lpszProxy), taken(info.lpszProxyBypass))
}

#[test]
fn what_the_environment_and_the_process_are_set_to() {
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"] {
        // SAFETY: the only test of this program that reads or writes the environment.
        unsafe { std::env::remove_var(name) };
        // SAFETY: as above.
        unsafe { std::env::remove_var(name.to_ascii_uppercase()) };
    }
    let named = abi::WINHTTP_ACCESS_TYPE_NAMED_PROXY;
    if !cfg!(target_os = "macos") {
        // contract: api-behaviour section 26, TRUE and absent texts where nothing is set; section 11, access type 1
        assert_eq!(default(), (abi::WINHTTP_ACCESS_TYPE_NO_PROXY, None, None));
        assert_eq!(of_user(), (0, None, None, None));
    }
    for (name, value) in [
        ("http_proxy", "http://user:secret@plain.example:3128/"),
        ("https_proxy", "tls.example:8080"),
        ("NO_PROXY", "example.org,10.0.0.0/8"),
    ] {
        // SAFETY: as above.
        unsafe { std::env::set_var(name, value) };
    }
    let list = Some("http=plain.example:3128;https=tls.example:8080".to_owned());
    let past = Some("example.org;*.example.org;10.0.0.0/8".to_owned());
    let environment = (named, list.clone(), past.clone());
    assert_eq!(default(), environment);
    assert_eq!(of_user(), (0, None, list.clone(), past));
    assert_eq!(of_session(abi::WINHTTP_ACCESS_TYPE_DEFAULT_PROXY), environment);
    assert_eq!(of_session(abi::WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY), environment);
    assert_eq!(
        of_session(abi::WINHTTP_ACCESS_TYPE_NO_PROXY),
        (abi::WINHTTP_ACCESS_TYPE_NO_PROXY, None, None)
    );

    let mut wide_info = abi::WINHTTP_PROXY_INFO::<u32>::default();
    // SAFETY: a place for the structure.
    assert_eq!(unsafe { WinHttpGetDefaultProxyConfiguration_w32(&raw mut wide_info) }, abi::TRUE);
    assert_eq!(taken(wide_info.lpszProxy), list);
    taken(wide_info.lpszProxyBypass);

    a_login_stays_with_its_proxy();
    found_for_urls();
    asked_of_a_resolver();

    // contract: api-behaviour section 11
    // SAFETY: NULL is refused.
    assert_eq!(refused(unsafe { WinHttpSetDefaultProxyConfiguration(null()) }), abi::ERROR_INVALID_PARAMETER);
    for (access, proxy) in [
        (0xDEAD_BEEF, "p"),
        (0, "p"),
        (4, "p"),
        (named, ""),
        (named, "\u{43f}\u{440}\u{43e}\u{43a}\u{441}\u{438}"),
    ] {
        let mut list = if proxy.is_empty() { Vec::new() } else { wide(proxy) };
        let info = info(access, &mut list, &mut []);
        // SAFETY: the structure and its text live.
        let answer = unsafe { WinHttpSetDefaultProxyConfiguration(&raw const info) };
        assert_eq!(refused(answer), abi::ERROR_INVALID_PARAMETER, "{access} {proxy}");
    }
    let (mut list, mut past) = (wide("foo"), wide("foo"));
    let set = info(named, &mut list, &mut past);
    // SAFETY: the structure and its texts live.
    assert_eq!(unsafe { WinHttpSetDefaultProxyConfiguration(&raw const set) }, abi::TRUE);
    let foo = (named, Some("foo".to_owned()), Some("foo".to_owned()));
    assert_eq!(default(), foo);
    assert_eq!(of_session(abi::WINHTTP_ACCESS_TYPE_DEFAULT_PROXY), foo);
    assert_eq!(
        of_session(abi::WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY),
        environment,
        "the user's, not the default"
    );
    let wiped = info(abi::WINHTTP_ACCESS_TYPE_NO_PROXY, &mut list, &mut past);
    // SAFETY: as above.
    assert_eq!(unsafe { WinHttpSetDefaultProxyConfiguration(&raw const wiped) }, abi::TRUE);
    assert_eq!(default(), (abi::WINHTTP_ACCESS_TYPE_NO_PROXY, None, None), "type 1 passes the texts over");
}

fn of_user() -> (abi::BOOL, Option<String>, Option<String>, Option<String>) {
    let mut config = abi::WINHTTP_CURRENT_USER_IE_PROXY_CONFIG::<u16>::default();
    // SAFETY: NULL is refused.
    let answer = unsafe { WinHttpGetIEProxyConfigForCurrentUser(null_mut()) };
    assert_eq!(refused(answer), abi::ERROR_INVALID_PARAMETER);
    // SAFETY: a place for the structure.
    assert_eq!(unsafe { WinHttpGetIEProxyConfigForCurrentUser(&raw mut config) }, abi::TRUE);
    assert_eq!(last_error(), 0);
    let texts = [config.lpszAutoConfigUrl, config.lpszProxy, config.lpszProxyBypass].map(taken);
    let [script, list, past] = texts;
    (config.fAutoDetect, script, list, past)
}

fn options(flags: u32, detect: u32) -> abi::WINHTTP_AUTOPROXY_OPTIONS {
    abi::WINHTTP_AUTOPROXY_OPTIONS { dwFlags: flags, dwAutoDetectFlags: detect, ..Default::default() }
}

/// What a request would say of itself to its proxy.
fn user_of(request: abi::HINTERNET) -> String {
    let mut room = [0u16; 32];
    let mut length = size_of_val(&room) as u32;
    let option = abi::WINHTTP_OPTION_PROXY_USERNAME;
    // SAFETY: the buffer has as many bytes as the length says.
    let read = unsafe { WinHttpQueryOption(request, option, room.as_mut_ptr().cast(), &raw mut length) };
    assert_eq!(read, abi::TRUE);
    String::from_utf16_lossy(&room[..length as usize / 2])
}

/// The login in a variable is for the proxy beside it: another one that the program names does not hear it.
fn a_login_stays_with_its_proxy() {
    let host = wide("host.example");
    // SAFETY: NULL is allowed.
    let session = unsafe { WinHttpOpen(null(), 0, null(), null(), 0) };
    // SAFETY: text ends with a NUL.
    let connect = unsafe { WinHttpConnect(session, host.as_ptr(), 80, 0) };
    // SAFETY: NULL is allowed.
    let request = unsafe { WinHttpOpenRequest(connect, null(), null(), null(), null(), null_mut(), 0) };
    assert_eq!(user_of(request), "user");
    let mut other = wide("other.example:1");
    let mut named = info(abi::WINHTTP_ACCESS_TYPE_NAMED_PROXY, &mut other, &mut []);
    let size = size_of_val(&named) as u32;
    // SAFETY: the structure and its text live.
    let set = unsafe { WinHttpSetOption(request, abi::WINHTTP_OPTION_PROXY, (&raw mut named).cast(), size) };
    assert_eq!(set, abi::TRUE);
    assert_eq!(user_of(request), "");
    for handle in [request, connect, session] {
        // SAFETY: any value is allowed.
        assert_eq!(unsafe { WinHttpCloseHandle(handle) }, abi::TRUE);
    }
}

/// contract: api-behaviour section 26
fn found_for_urls() {
    let (auto, script) = (abi::WINHTTP_AUTOPROXY_AUTO_DETECT, abi::WINHTTP_AUTOPROXY_CONFIG_URL);
    let dns = abi::WINHTTP_AUTO_DETECT_TYPE_DNS_A;
    let url = wide("http://host.example/");
    let mut found = abi::WINHTTP_PROXY_INFO::<u16>::default();
    // SAFETY: NULL is allowed, and the rest lives.
    let mut ask = |session, url: *const u16, options: *const _, place: bool| unsafe {
        WinHttpGetProxyForUrl(session, url, options, if place { &raw mut found } else { null_mut() })
    };
    // SAFETY: NULL is allowed.
    let session = unsafe { WinHttpOpen(null(), 1, null(), null(), 0) };
    let detect = options(auto, dns);
    assert_eq!(refused(ask(null_mut(), url.as_ptr(), &raw const detect, true)), abi::ERROR_INVALID_HANDLE);
    let empty = wide("");
    for (url, options, place) in [
        (null(), null(), false),
        (empty.as_ptr(), null(), false),
        (url.as_ptr(), null(), false),
        (url.as_ptr(), &options(0, 0), true),
        (url.as_ptr(), &detect, false),
        (url.as_ptr(), &options(auto, 0), true),
        (url.as_ptr(), &options(auto | script, dns), true),
        (null(), &detect, true),
    ] {
        assert_eq!(refused(ask(session, url, options, place)), abi::ERROR_INVALID_PARAMETER);
    }
    assert_eq!(
        refused(ask(session, wide("http:").as_ptr(), &raw const detect, true)),
        abi::ERROR_WINHTTP_INVALID_URL
    );
    assert_eq!(
        refused(ask(session, url.as_ptr(), &raw const detect, true)),
        abi::ERROR_WINHTTP_AUTODETECTION_FAILED
    );
    let place = wide("http://proxy.example/proxy.pac");
    let mut scripted = options(script, 0);
    scripted.lpszAutoConfigUrl = place.as_ptr();
    // With the cargo feature `pac`: tests/proxy_scripts.rs.
    scripted.dwFlags |= if cfg!(feature = "pac") { abi::WINHTTP_AUTOPROXY_RUN_OUTPROCESS_ONLY } else { 0 };
    assert_eq!(
        refused(ask(session, url.as_ptr(), &raw const scripted, true)),
        abi::ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR
    );
    let fixed = options(abi::WINHTTP_AUTOPROXY_ALLOW_STATIC, 0);
    assert_eq!(ask(session, url.as_ptr(), &raw const fixed, true), abi::TRUE);
    assert_eq!(found.dwAccessType, abi::WINHTTP_ACCESS_TYPE_NAMED_PROXY);
    assert_eq!(taken(found.lpszProxy).as_deref(), Some("plain.example:3128"));
    assert!(found.lpszProxyBypass.is_null());

    // contract: api-behaviour section 26, WinHttpDetectAutoProxyConfigUrl
    let mut script = std::ptr::without_provenance_mut::<u16>(1);
    for (flags, place) in [(0, null_mut()), (0, &raw mut script), (dns, null_mut())] {
        // SAFETY: NULL is allowed, and the place lives.
        let answer = unsafe { WinHttpDetectAutoProxyConfigUrl(flags, place) };
        assert_eq!(refused(answer), abi::ERROR_INVALID_PARAMETER);
    }
    // SAFETY: the place lives.
    let answer = unsafe { WinHttpDetectAutoProxyConfigUrl(dns, &raw mut script) };
    assert_eq!(refused(answer), abi::ERROR_WINHTTP_AUTODETECTION_FAILED);
    assert!(script.is_null());

    // SAFETY: any value is allowed.
    assert_eq!(unsafe { WinHttpResetAutoProxy(null_mut(), 1) }, abi::ERROR_INVALID_HANDLE);
    let all = abi::WINHTTP_RESET_ALL | abi::WINHTTP_RESET_OUT_OF_PROC;
    // SAFETY: any value is allowed.
    assert_eq!(unsafe { WinHttpResetAutoProxy(session, all) }, 0);
    // SAFETY: any value is allowed.
    unsafe { WinHttpCloseHandle(session) };
}

/// Handle, context, status, and the error of a REQUEST_ERROR.
type Heard = (usize, usize, u32, Option<(usize, u32)>);

static HEARD: Mutex<Option<Sender<Heard>>> = Mutex::new(None);

unsafe extern "C-unwind" fn hear(
    handle: abi::HINTERNET,
    context: usize,
    status: u32,
    information: *mut c_void,
    length: u32,
) {
    let error = (status == abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR).then(|| {
        assert_eq!(length as usize, size_of::<abi::WINHTTP_ASYNC_RESULT>());
        // SAFETY: the payload of this status.
        let result = unsafe { information.cast::<abi::WINHTTP_ASYNC_RESULT>().read() };
        (result.dwResult, result.dwError)
    });
    if status == abi::WINHTTP_CALLBACK_STATUS_GETPROXYFORURL_COMPLETE {
        // contract: evidence, GETPROXYFORURL_COMPLETE comes with NULL and 0
        assert!(information.is_null() && length == 0);
    }
    let sender = HEARD.lock().unwrap().clone().expect("a listener");
    sender.send((handle.addr(), context, status, error)).expect("a listener");
    if context == 0x99 && status == abi::WINHTTP_CALLBACK_STATUS_GETPROXYFORURL_COMPLETE {
        // contract: evidence, closing the resolver inside the callback is normal
        // SAFETY: any value is allowed.
        unsafe { WinHttpCloseHandle(handle) };
    }
}

fn next(heard: &Receiver<Heard>) -> Heard {
    heard.recv_timeout(Duration::from_secs(10)).expect("a notification")
}

/// contract: api-behaviour section 33
fn asked_of_a_resolver() {
    let (sender, heard) = channel();
    *HEARD.lock().unwrap() = Some(sender);
    // SAFETY: NULL is allowed.
    let session = unsafe { WinHttpOpen(null(), 1, null(), null(), abi::WINHTTP_FLAG_ASYNC) };
    // SAFETY: NULL is allowed.
    let waiting = unsafe { WinHttpOpen(null(), 1, null(), null(), 0) };
    let host = wide("localhost");
    // SAFETY: text ends with a NUL.
    let connect = unsafe { WinHttpConnect(session, host.as_ptr(), 80, 0) };
    // SAFETY: a callback, or the value that was there.
    unsafe { WinHttpSetStatusCallback(session, Some(hear), abi::WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) };
    let mut resolver: abi::HINTERNET = null_mut();
    // SAFETY: NULL is allowed, and the place lives.
    let mut create = |from, place: bool| unsafe {
        WinHttpCreateProxyResolver(from, if place { &raw mut resolver } else { null_mut() })
    };
    WinHttpCompatSetLastError(77);
    assert_eq!(create(null_mut(), true), abi::ERROR_INVALID_HANDLE);
    assert_eq!(create(session, false), abi::ERROR_INVALID_PARAMETER);
    assert_eq!(create(waiting, true), abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, "not asynchronous");
    assert_eq!(create(connect, true), abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
    assert_eq!(create(session, true), 0);
    assert_eq!(last_error(), 77, "contract: surface, these functions leave the last error");
    let own = resolver.addr();
    assert_eq!(next(&heard), (own, 0, abi::WINHTTP_CALLBACK_STATUS_HANDLE_CREATED, None));
    let (mut kind, mut length) = (0u32, 4u32);
    // SAFETY: a place for a DWORD and its length.
    let read = unsafe {
        WinHttpQueryOption(resolver, abi::WINHTTP_OPTION_HANDLE_TYPE, (&raw mut kind).cast(), &raw mut length)
    };
    assert_eq!((read, kind), (abi::TRUE, abi::WINHTTP_HANDLE_TYPE_PROXY_RESOLVER));
    // SAFETY: a DWORD and its length.
    let set =
        unsafe { WinHttpSetOption(resolver, abi::WINHTTP_OPTION_SEND_TIMEOUT, (&raw mut kind).cast(), 4) };
    assert_eq!(refused(set), abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);

    let mut result = abi::WINHTTP_PROXY_RESULT::<u16>::default();
    // SAFETY: a place for the structure.
    let early = unsafe { WinHttpGetProxyResult(resolver, &raw mut result) };
    assert_eq!(early, abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    // SAFETY: as above.
    let wrong = unsafe { WinHttpGetProxyResult(session, &raw mut result) };
    assert_eq!(wrong, abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);

    let url = wide("https://host.example/x");
    let (fixed, detect) =
        (options(abi::WINHTTP_AUTOPROXY_ALLOW_STATIC, 0), options(abi::WINHTTP_AUTOPROXY_AUTO_DETECT, 1));
    // SAFETY: text ends with a NUL, and the structure lives.
    let ask = |of, url: &[u16], options: *const _, context| unsafe {
        WinHttpGetProxyForUrlEx(of, url.as_ptr(), options, context)
    };
    assert_eq!(ask(session, &url, &raw const fixed, 7), abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
    assert_eq!(ask(resolver, &url, null(), 7), abi::ERROR_INVALID_PARAMETER);
    assert_eq!(ask(resolver, &url, &options(0, 0), 7), abi::ERROR_INVALID_PARAMETER);
    assert_eq!(ask(resolver, &wide("x:y"), &raw const fixed, 7), abi::ERROR_WINHTTP_UNRECOGNIZED_SCHEME);

    assert_eq!(ask(resolver, &url, &raw const fixed, 0x71), abi::ERROR_IO_PENDING);
    assert_eq!(next(&heard), (own, 0x71, abi::WINHTTP_CALLBACK_STATUS_GETPROXYFORURL_COMPLETE, None));
    // SAFETY: a place for the structure.
    assert_eq!(unsafe { WinHttpGetProxyResult(resolver, &raw mut result) }, 0);
    assert_eq!(result.cEntries, 1);
    // SAFETY: there is one entry.
    let entry = unsafe { result.pEntries.read() };
    assert_eq!((entry.fProxy, entry.fBypass, entry.ProxyPort), (1, 0, 8080));
    assert_eq!(entry.ProxyScheme, abi::INTERNET_SCHEME_HTTP);
    // SAFETY: eleven units and a NUL.
    let name = unsafe { std::slice::from_raw_parts(entry.pwszProxy, 12) };
    assert_eq!(name, wide("tls.example"));
    // A request takes the entry as it is.
    let option = abi::WINHTTP_OPTION_PROXY_RESULT_ENTRY;
    let (buffer, length) = (result.pEntries.cast::<c_void>(), size_of_val(&entry) as u32);
    // SAFETY: the entry lives.
    assert_eq!(unsafe { WinHttpSetOption(waiting, option, buffer, length) }, abi::TRUE);
    // SAFETY: filled by the library.
    unsafe { WinHttpFreeProxyResult(&raw mut result) };
    assert!(result.pEntries.is_null() && result.cEntries == 0);
    // SAFETY: empty, and NULL.
    unsafe { WinHttpFreeProxyResult(&raw mut result) };
    // SAFETY: as above.
    unsafe { WinHttpFreeProxyResult(null_mut()) };

    let past = wide("http://a.example.org/");
    let none = null_mut();
    // SAFETY: as for the first form.
    let second =
        unsafe { WinHttpGetProxyForUrlEx2(resolver, past.as_ptr(), &raw const fixed, 0, none, 0x72) };
    assert_eq!(second, abi::ERROR_IO_PENDING);
    assert_eq!(next(&heard).1, 0x72);
    let mut extended = abi::WINHTTP_PROXY_RESULT_EX::<u16>::default();
    // SAFETY: a place for the structure.
    assert_eq!(unsafe { WinHttpGetProxyResultEx(resolver, &raw mut extended) }, 0);
    // SAFETY: there is one entry.
    let entry = unsafe { extended.pEntries.read() };
    assert_eq!((entry.fProxy, entry.fBypass, entry.pwszProxy.is_null()), (0, 1, true));
    // SAFETY: filled by the library.
    unsafe { WinHttpFreeProxyResultEx(&raw mut extended) };

    // contract: notifications R10 {6, ...}
    assert_eq!(ask(resolver, &url, &raw const detect, 0x73), abi::ERROR_IO_PENDING);
    let error = (abi::API_GET_PROXY_FOR_URL as usize, abi::ERROR_WINHTTP_AUTODETECTION_FAILED);
    assert_eq!(next(&heard), (own, 0x73, abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR, Some(error)));

    // The question is answered or cancelled before the handle's last word, whoever is quicker.
    assert_eq!(ask(resolver, &url, &raw const fixed, 0x74), abi::ERROR_IO_PENDING);
    // SAFETY: any value is allowed.
    assert_eq!(unsafe { WinHttpCloseHandle(resolver) }, abi::TRUE);
    let last = next(&heard);
    let cancelled = (abi::API_GET_PROXY_FOR_URL as usize, abi::ERROR_WINHTTP_OPERATION_CANCELLED);
    assert_eq!(last.1, 0x74);
    assert!(last.3.is_none_or(|error| error == cancelled), "{last:?}");
    assert_eq!(next(&heard), (own, 0, abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING, None));
    assert_eq!(ask(resolver, &url, &raw const fixed, 1), abi::ERROR_INVALID_HANDLE);

    for round in 0..50 {
        let mut resolver: abi::HINTERNET = null_mut();
        // SAFETY: the place lives.
        assert_eq!(unsafe { WinHttpCreateProxyResolver(session, &raw mut resolver) }, 0);
        assert_eq!(ask(resolver, &url, &raw const fixed, 0x99), abi::ERROR_IO_PENDING);
        let statuses = [next(&heard).2, next(&heard).2, next(&heard).2];
        let due = [
            abi::WINHTTP_CALLBACK_STATUS_HANDLE_CREATED,
            abi::WINHTTP_CALLBACK_STATUS_GETPROXYFORURL_COMPLETE,
            abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING,
        ];
        assert_eq!(statuses, due, "round {round}");
    }
    for handle in [connect, session, waiting] {
        // SAFETY: any value is allowed.
        assert_eq!(unsafe { WinHttpCloseHandle(handle) }, abi::TRUE);
    }
    assert_eq!(next(&heard).2, abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING);
    assert!(heard.try_recv().is_err(), "nothing follows");
}

#[test]
fn hosts_on_a_list() {
    let mut past = wide("*.example.org;<local>;https://only.secure");
    let list = info(abi::WINHTTP_ACCESS_TYPE_NAMED_PROXY, &mut [], &mut past);
    for (host, scheme, answer) in [
        ("a.example.org", abi::INTERNET_SCHEME_HTTP, 1),
        ("printer", abi::INTERNET_SCHEME_HTTP, 1),
        ("only.secure", abi::INTERNET_SCHEME_HTTPS, 1),
        ("only.secure", abi::INTERNET_SCHEME_HTTP, 0),
        ("example.org", abi::INTERNET_SCHEME_HTTP, 0),
    ] {
        let (host, mut within) = (wide(host), 7);
        // SAFETY: everything lives.
        let code = unsafe {
            WinHttpIsHostInProxyBypassList(&raw const list, host.as_ptr(), scheme, 80, &raw mut within)
        };
        assert_eq!((code, within), (0, answer));
    }
    let mut within = 7;
    // SAFETY: NULL is refused.
    let code = unsafe { WinHttpIsHostInProxyBypassList(&raw const list, null(), 1, 80, &raw mut within) };
    assert_eq!((code, within), (abi::ERROR_INVALID_PARAMETER, 7));
}
