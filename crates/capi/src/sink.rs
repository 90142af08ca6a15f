//! The one place where an application's status callback is called.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::transmute;

use winhttp_abi as abi;
use winhttp_engine::{About, Notice, Sink, Target};
use winhttp_proto::Load;
use winhttp_proto::unit::Unit;

use crate::lower;

/// A door's sink: it lays payloads out in the door's unit. The token is the address of the callback.
struct Door<U>(PhantomData<fn() -> U>);

static NARROW: Door<u16> = Door(PhantomData);
static WIDE: Door<u32> = Door(PhantomData);

/// The sink of a door.
pub(crate) trait Doored: Unit {
    /// Notifications in this unit.
    fn sink() -> &'static dyn Sink;
}

impl Doored for u16 {
    fn sink() -> &'static dyn Sink {
        &NARROW
    }
}

impl Doored for u32 {
    fn sink() -> &'static dyn Sink {
        &WIDE
    }
}

/// The target that stands for a callback; `None` for NULL.
pub(crate) fn target<U: Doored>(callback: abi::WINHTTP_STATUS_CALLBACK) -> Option<Target> {
    callback.map(|callback| Target::Plain(U::sink(), (callback as *const ()).expose_provenance()))
}

/// The address of the callback behind a target, 0 where there is none.
pub(crate) fn address(target: Option<&Target>) -> usize {
    match target {
        Some(Target::Plain(_, address)) => *address,
        Some(Target::Shared(_)) | None => 0,
    }
}

/// Calls the callback behind a token.
#[inline(always)]
fn call(token: usize, about: About, status: u32) -> impl FnOnce(*mut c_void, u32) {
    let address = std::ptr::with_exposed_provenance::<()>(token);
    // SAFETY: tokens of this sink are made in `target` from a callback, and never from null here; the Option of a
    // function has the size of a pointer and None is null.
    let callback = unsafe { transmute::<*const (), abi::WINHTTP_STATUS_CALLBACK>(address) };
    move |information, length| {
        let Some(callback) = callback else { return };
        // SAFETY: the application registered this function as its callback; pointer and length are of this call.
        unsafe { callback(lower::handle(about.handle), about.context, status, information, length) };
    }
}

impl<U: Unit> Sink for Door<U> {
    fn notify(&self, token: usize, notice: Notice<'_>) {
        let Notice { handle, context, status, payload } = notice;
        lower::payload::<U>(&payload, call(token, About { handle, context }, status));
    }

    fn tell(&self, token: usize, about: About, status: u32, load: Load, number: u32, address: usize) {
        lower::numbers(load, about.handle, number, address, call(token, about, status));
    }
}
