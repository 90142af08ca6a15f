//! Sessions and connections.

use winhttp_abi as abi;
use winhttp_engine::{Error, Handle, HandleKind, connect, option, session};
use winhttp_proto::unit::Unit;

use super::proxy;
use crate::door::{Bool, NewHandle, Plain};
use crate::{RawHandle, fork, raise};

exports! {
    /// Opens a session. A NULL agent sends no User-Agent.
    NewHandle, [WinHttpOpen WinHttpOpen_w32] (
        agent: *const U, access: u32, proxy: *const U, bypass: *const U, flags: u32
    ) => open::<U>;

    /// Names a server for requests. No network is touched.
    NewHandle, [WinHttpConnect WinHttpConnect_w32] (
        session: RawHandle, server: *const U, port: u16, reserved: u32
    ) => connect::<U>;

    /// Sets the four time limits of a session or a request, in milliseconds; 0 and -1 mean none.
    Bool, [WinHttpSetTimeouts] (
        handle: RawHandle, resolve: i32, connect: i32, send: i32, receive: i32
    ) => set_timeouts;

    /// TRUE: the platform is supported.
    Plain<abi::BOOL>, [WinHttpCheckPlatform] () => check_platform;
}

unsafe fn open<U: Unit>(
    agent: *const U,
    access: u32,
    list: *const U,
    bypass: *const U,
    flags: u32,
) -> Result<Handle, Error> {
    fork::prepare();
    winhttp_engine::at_thread_start(crate::door::own_thread);
    // contract: api-behaviour section 40, proxy text beside another access type is passed over
    // SAFETY: the caller's promise for the lists.
    let proxy = unsafe { proxy::chosen::<U>(access, list, bypass) }?;
    let config = session::Config {
        // SAFETY: the caller's promise for the agent.
        agent: unsafe { raise::string(agent) },
        asynchronous: flags & abi::WINHTTP_FLAG_ASYNC != 0,
        secure_defaults: flags & abi::WINHTTP_FLAG_SECURE_DEFAULTS == abi::WINHTTP_FLAG_SECURE_DEFAULTS,
        proxy,
    };
    session::open(config)
}

unsafe fn connect<U: Unit>(
    session: RawHandle,
    server: *const U,
    port: u16,
    _reserved: u32,
) -> Result<Handle, Error> {
    let session = raise::handle(session)?;
    // SAFETY: the caller's promise for the name.
    let name = unsafe { raise::text(server) };
    match name {
        Some(name) => connect::connect(session, &winhttp_proto::unit::to_utf8(name), port),
        // contract: api-behaviour section 4, and section 31: the handle first
        None => {
            option::expect(session, HandleKind::Session)?;
            Err(Error::INVALID_PARAMETER)
        }
    }
}

unsafe fn set_timeouts(
    handle: RawHandle,
    resolve: i32,
    connect: i32,
    send: i32,
    receive: i32,
) -> Result<(), Error> {
    let handle = raise::handle(handle)?;
    let kind = option::kind(handle)?;
    // contract: api-behaviour section 12, values are looked at before the kind of the handle
    if [resolve, connect, send, receive].into_iter().any(|limit| limit < -1) {
        return Err(Error::INVALID_PARAMETER);
    }
    if kind == HandleKind::Connect {
        return Err(Error::INCORRECT_TYPE);
    }
    let limits = [
        (abi::WINHTTP_OPTION_RESOLVE_TIMEOUT, resolve),
        (abi::WINHTTP_OPTION_CONNECT_TIMEOUT, connect),
        (abi::WINHTTP_OPTION_SEND_TIMEOUT, send),
        (abi::WINHTTP_OPTION_RECEIVE_TIMEOUT, receive),
    ];
    for (id, limit) in limits {
        option::set_number(handle, id, limit as u32)?;
    }
    Ok(())
}

unsafe fn check_platform() -> Result<abi::BOOL, Error> {
    Ok(abi::TRUE)
}
