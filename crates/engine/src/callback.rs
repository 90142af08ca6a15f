//! Callback, mask and context of a handle.

use crate::core;
use crate::slot::{Guard, Kind};
use crate::{Error, Handle, Target};

fn enter(handle: Handle) -> Result<Guard, Error> {
    core::enter(handle).map(|(_, guard)| guard)
}

/// Registers who hears the notifications whose bits are in `mask`; returns who did before.
///
/// It reaches the next notification, never one under way, and handles made from this one later, never those that exist
/// (contract: notifications R1).
///
/// # Errors
/// `ERROR_INVALID_HANDLE`; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` for taking the callback from a request while an
/// operation is pending (contract: evidence Q20).
pub fn set(handle: Handle, target: Option<Target>, mask: u32) -> Result<Option<Target>, Error> {
    let mut guard = enter(handle)?;
    if target.is_none()
        && guard.door.record.target.is_some()
        && let Kind::Request(request) | Kind::Socket(request) = &guard.kind
        && request.busy()
    {
        return Err(Error::INCORRECT_STATE);
    }
    let record = &mut guard.door.record;
    record.mask = if target.is_some() { mask } else { 0 };
    Ok(std::mem::replace(&mut record.target, target))
}

/// Replaces the callback and keeps the mask; without one before, everything is asked for
/// (`WINHTTP_OPTION_CALLBACK`, inferred).
///
/// # Errors
/// As [`set`].
pub fn replace(handle: Handle, target: Option<Target>) -> Result<(), Error> {
    let mask = match enter(handle)?.door.record {
        ref record if record.target.is_some() => record.mask,
        _ => winhttp_abi::WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS,
    };
    set(handle, target, mask).map(drop)
}

/// Who hears the notifications of a handle.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`.
pub fn get(handle: Handle) -> Result<Option<Target>, Error> {
    Ok(enter(handle)?.door.record.target.clone())
}

/// Sets the context value of a handle.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`.
pub fn set_context(handle: Handle, context: usize) -> Result<(), Error> {
    enter(handle)?.door.record.context = context;
    Ok(())
}

/// The context value of a handle.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`.
pub fn context(handle: Handle) -> Result<usize, Error> {
    Ok(enter(handle)?.door.record.context)
}
