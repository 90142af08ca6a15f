//! The one place where an application's status callback is called.

use std::marker::PhantomData;
use std::mem::transmute;

use winhttp_abi as abi;
use winhttp_engine::{Notice, Sink, Target};
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

impl<U: Unit> Sink for Door<U> {
    #[inline]
    fn notify(&self, token: usize, notice: Notice<'_>) {
        let address = std::ptr::with_exposed_provenance::<()>(token);
        // SAFETY: tokens of this sink are made in `target` from a callback, and never from null here; the Option of a
        // function has the size of a pointer and None is null.
        let callback = unsafe { transmute::<*const (), abi::WINHTTP_STATUS_CALLBACK>(address) };
        let Some(callback) = callback else { return };
        lower::payload::<U>(&notice.payload, |information, length| {
            // SAFETY: the application registered this function as its callback; pointer and length are of this call.
            unsafe {
                callback(lower::handle(notice.handle), notice.context, notice.status, information, length)
            };
        });
    }
}
