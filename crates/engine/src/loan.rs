//! Buffers that the application lends for the length of an operation. The only unsafe code of the engine.
//!
//! A loan is kept beside its lane and touched only under its slot's lock. It ends before its completion is told,
//! and CloseHandle ends all loans before it returns.
#![allow(unsafe_code)]

use std::sync::Arc;

use crate::lock;
use crate::sync::Mutex;

/// A buffer on loan.
pub struct Loan {
    place: Place,
}

enum Place {
    /// The application's own memory.
    Lent { address: *mut u8, length: usize },
    /// Memory that was handed over; it comes back with [`Loan::into_owned`].
    Owned(Box<[u8]>),
    /// Memory that was handed over and is put down when the loan ends: rare, so it takes no room in others.
    Returned(Box<Returned>),
}

struct Returned {
    buffer: Box<[u8]>,
    back: Arc<Mutex<Option<Box<[u8]>>>>,
}

// SAFETY: a lent buffer belongs to the borrower until the loan ends, whichever thread that is; access goes through
// `&mut Loan`, which the slot's lock guards.
unsafe impl Send for Loan {}

impl Loan {
    /// Borrows `length` bytes at `address`.
    ///
    /// # Safety
    /// Until the operation that takes this loan is complete or its handle is closed, the memory must stay valid
    /// for reads and writes of `length` bytes and nobody else may touch it. (For data that is only sent it must be
    /// valid for reads and must not change.) A null address is allowed when `length` is 0.
    pub unsafe fn lent(address: *mut u8, length: usize) -> Loan {
        Loan { place: Place::Lent { address, length } }
    }

    /// Takes a buffer over.
    pub fn owned(buffer: Box<[u8]>) -> Loan {
        Loan { place: Place::Owned(buffer) }
    }

    /// Takes a buffer over, and puts it into `back` when the loan ends.
    pub(crate) fn returned(buffer: Box<[u8]>, back: Arc<Mutex<Option<Box<[u8]>>>>) -> Loan {
        Loan { place: Place::Returned(Box::new(Returned { buffer, back })) }
    }

    /// Where it is, as a number that identifies it to the application.
    #[inline]
    pub fn address(&self) -> usize {
        match &self.place {
            Place::Lent { address, .. } => address.addr(),
            Place::Owned(buffer) => buffer.as_ptr().addr(),
            Place::Returned(returned) => returned.buffer.as_ptr().addr(),
        }
    }

    /// Whether the memory is the application's own.
    #[inline]
    pub(crate) fn is_lent(&self) -> bool {
        matches!(self.place, Place::Lent { .. })
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        match &self.place {
            Place::Lent { length, .. } => *length,
            Place::Owned(buffer) => buffer.len(),
            Place::Returned(returned) => returned.buffer.len(),
        }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, to be sent.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.place {
            Place::Lent { length: 0, .. } => &[],
            // SAFETY: `lent` was promised that the memory is valid for reads of `length` bytes while the loan lives.
            Place::Lent { address, length } => unsafe { std::slice::from_raw_parts(*address, *length) },
            Place::Owned(buffer) => buffer,
            Place::Returned(returned) => &returned.buffer,
        }
    }

    /// The bytes, to be filled.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        match &mut self.place {
            Place::Lent { length: 0, .. } => &mut [],
            // SAFETY: `lent` was promised that the memory is valid for writes of `length` bytes while the loan
            // lives and that nobody else touches it.
            Place::Lent { address, length } => unsafe { std::slice::from_raw_parts_mut(*address, *length) },
            Place::Owned(buffer) => buffer,
            Place::Returned(returned) => &mut returned.buffer,
        }
    }

    /// The buffer, if it was handed over.
    pub fn into_owned(mut self) -> Option<Box<[u8]>> {
        match &mut self.place {
            Place::Owned(buffer) => Some(std::mem::take(buffer)),
            Place::Lent { .. } | Place::Returned(_) => None,
        }
    }
}

impl Drop for Loan {
    #[inline]
    fn drop(&mut self) {
        if let Place::Returned(returned) = &mut self.place {
            *lock(&returned.back) = Some(std::mem::take(&mut returned.buffer));
        }
    }
}
