//! The form in which every function is declared, and what it is wrapped in.
//!
//! [`exports!`] is the only way to a symbol, so none is without its guard: a panic becomes an error, thread
//! cancellation waits, and the last error is set as the last act.

use std::panic::{AssertUnwindSafe, catch_unwind};

use winhttp_abi as abi;
use winhttp_engine::{Error, Handle};

use crate::RawHandle;
use crate::last_error::{self, Thread};

/// How a function answers; the names are those of [`abi::function::Answer`].
pub trait Answer {
    /// What its body gives when it succeeds.
    type Value;
    /// What C gets.
    type Raw;

    /// The answer and the last error. `found` is the last error from before the call.
    fn answer(outcome: Result<Self::Value, Error>, found: u32) -> (Self::Raw, u32);
}

/// TRUE, or FALSE and the last error.
pub struct Bool;

/// TRUE and a last error that is not always 0, or FALSE and the last error.
pub struct BoolWith;

/// A handle, or null and the last error.
pub struct NewHandle;

/// The error itself; the last error stays as it was.
pub struct Code;

/// The callback that was registered before, or all bits set and the last error.
pub struct Callback;

/// A plain value; the last error stays as it was.
pub struct Plain<T>(std::marker::PhantomData<T>);

impl Answer for Bool {
    type Value = ();
    type Raw = abi::BOOL;

    fn answer(outcome: Result<(), Error>, _found: u32) -> (abi::BOOL, u32) {
        match outcome {
            Ok(()) => (abi::TRUE, abi::ERROR_SUCCESS),
            Err(Error(error)) => (abi::FALSE, error),
        }
    }
}

impl Answer for BoolWith {
    type Value = u32;
    type Raw = abi::BOOL;

    fn answer(outcome: Result<u32, Error>, _found: u32) -> (abi::BOOL, u32) {
        match outcome {
            Ok(last) => (abi::TRUE, last),
            Err(Error(error)) => (abi::FALSE, error),
        }
    }
}

impl Answer for NewHandle {
    type Value = Handle;
    type Raw = RawHandle;

    fn answer(outcome: Result<Handle, Error>, _found: u32) -> (RawHandle, u32) {
        match outcome {
            Ok(handle) => (crate::lower::handle(handle), abi::ERROR_SUCCESS),
            Err(Error(error)) => (std::ptr::null_mut(), error),
        }
    }
}

impl Answer for Code {
    type Value = ();
    type Raw = u32;

    fn answer(outcome: Result<(), Error>, found: u32) -> (u32, u32) {
        let code = match outcome {
            Ok(()) => abi::ERROR_SUCCESS,
            Err(Error(error)) => error,
        };
        (code, found)
    }
}

impl Answer for Callback {
    type Value = usize;
    type Raw = *mut std::ffi::c_void;

    fn answer(outcome: Result<usize, Error>, _found: u32) -> (Self::Raw, u32) {
        let (address, error) = match outcome {
            Ok(address) => (address, abi::ERROR_SUCCESS),
            Err(Error(error)) => (abi::WINHTTP_INVALID_STATUS_CALLBACK, error),
        };
        (std::ptr::with_exposed_provenance_mut(address), error)
    }
}

impl<T: Default> Answer for Plain<T> {
    type Value = T;
    type Raw = T;

    fn answer(outcome: Result<T, Error>, found: u32) -> (T, u32) {
        (outcome.unwrap_or_default(), found)
    }
}

/// Runs the body of a function.
#[inline]
pub(crate) fn enter<A: Answer>(body: impl FnOnce() -> Result<A::Value, Error>) -> A::Raw {
    last_error::with(|thread| {
        let found = thread.get();
        let outcome = {
            let _uncancelled = Uncancelled::begin(thread);
            catch_unwind(AssertUnwindSafe(body)).unwrap_or(Err(Error::INTERNAL))
        };
        let (raw, error) = A::answer(outcome, found);
        thread.set(error);
        raw
    })
}

/// `pthread_cancel` waits while this lives: send, recv and poll would otherwise end the thread inside the library,
/// with its locks held. A call inside another one's callback changes nothing.
struct Uncancelled<'a> {
    /// The thread and what it had before, where this call is the outermost one.
    outermost: Option<(&'a Thread, i32)>,
}

#[cfg(all(unix, not(target_os = "android")))]
mod cancel {
    unsafe extern "C" {
        fn pthread_setcancelstate(state: i32, before: *mut i32) -> i32;
    }

    /// `PTHREAD_CANCEL_DISABLE`.
    pub(super) const OFF: i32 = if cfg!(target_vendor = "apple") { 0 } else { 1 };

    /// Sets the calling thread's state; returns what it was.
    pub(super) fn set(state: i32) -> i32 {
        let mut before = OFF;
        // SAFETY: `before` is a place for the old state; the call changes nothing but this thread's state.
        unsafe { pthread_setcancelstate(state, &raw mut before) };
        before
    }
}

#[cfg(not(all(unix, not(target_os = "android"))))]
mod cancel {
    pub(super) const OFF: i32 = 1;

    /// Threads cannot be cancelled here.
    pub(super) fn set(_state: i32) -> i32 {
        OFF
    }
}

impl<'a> Uncancelled<'a> {
    #[inline]
    fn begin(thread: &'a Thread) -> Self {
        if thread.uncancelled.replace(true) {
            return Self { outermost: None };
        }
        Self { outermost: Some((thread, cancel::set(cancel::OFF))) }
    }
}

impl Drop for Uncancelled<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some((thread, before)) = self.outermost {
            thread.uncancelled.set(false);
            if before != cancel::OFF {
                cancel::set(before);
            }
        }
    }
}

/// A thread of the library's own begins: nobody ends it by `pthread_cancel`, and no call on it has to see to that.
pub(crate) fn own_thread() {
    last_error::with(|thread| {
        if !thread.uncancelled.replace(true) {
            cancel::set(cancel::OFF);
        }
    });
}

/// Declares C functions: their answer, in brackets their name and that of their 32-bit symbol if there is one, their
/// parameters and the generic body. Inside the list `U` is the code unit.
///
/// ```ignore
/// exports! {
///     /// Opens a session.
///     NewHandle, [WinHttpOpen WinHttpOpen_w32] (agent: *const U, access: u32) => open::<U>;
/// }
/// ```
macro_rules! exports {
    ($($(#[doc = $doc:literal])* $answer:ty, [$name:ident $($wide:ident)?] $parameters:tt => $body:path;)*) => {
        /// The functions under their plain names; text is UTF-16.
        #[allow(non_snake_case, unused_imports)]
        pub mod narrow {
            use super::*;
            #[allow(dead_code)]
            type U = u16;
            $(export! { [$($doc)*] $answer, $name $parameters $body })*
        }

        /// The functions that have a second symbol for 32-bit text.
        #[allow(non_snake_case, unused_imports)]
        pub mod wide {
            use super::*;
            #[allow(dead_code)]
            type U = u32;
            $($(export! { ["As the plain name, for text of 32-bit units."] $answer, $wide $parameters $body })?)*
        }
    };
}

/// One symbol of [`exports!`].
macro_rules! export {
    ([$($doc:literal)*] $answer:ty, $name:ident ($($parameter:ident: $type:ty),* $(,)?) $body:path) => {
        $(#[doc = $doc])*
        ///
        /// # Safety
        /// Pointers are null where the contract allows it, and otherwise valid for what the C function does with them.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($parameter: $type),*) -> <$answer as crate::door::Answer>::Raw {
            crate::door::enter::<$answer>(move || {
                // SAFETY: the caller's promise is the body's.
                unsafe { $body($($parameter),*) }
            })
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_never_leaves() {
        last_error::set(5);
        assert_eq!(enter::<Bool>(|| panic!("inside")), abi::FALSE);
        assert_eq!(last_error::get(), abi::ERROR_WINHTTP_INTERNAL_ERROR);
        assert!(enter::<NewHandle>(|| panic!("inside")).is_null());
        assert_eq!(enter::<Callback>(|| panic!("inside")).addr(), usize::MAX);
    }

    #[test]
    fn a_function_that_answers_with_the_error_leaves_the_last_one() {
        last_error::set(5);
        assert_eq!(enter::<Code>(|| Err(Error::INVALID_PARAMETER)), abi::ERROR_INVALID_PARAMETER);
        assert_eq!(enter::<Code>(|| Ok(())), 0);
        assert_eq!(last_error::get(), 5);
    }

    #[test]
    fn what_callbacks_do_to_the_last_error_does_not_show() {
        let answer = enter::<BoolWith>(|| {
            last_error::set(77);
            Ok(abi::ERROR_IO_PENDING)
        });
        assert_eq!((answer, last_error::get()), (abi::TRUE, abi::ERROR_IO_PENDING));
        enter::<Bool>(|| {
            last_error::set(77);
            Ok(())
        });
        assert_eq!(last_error::get(), abi::ERROR_SUCCESS);
    }
}
