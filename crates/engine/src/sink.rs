//! Where notifications go: the one arrow back.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use winhttp_proto::Load;

use crate::Handle;

/// One status callback, ready to be made.
#[derive(Debug)]
pub struct Notice<'a> {
    /// The handle that it is about.
    pub handle: Handle,
    /// The context value of that handle at this moment.
    pub context: usize,
    /// `WINHTTP_CALLBACK_STATUS_*`.
    pub status: u32,
    /// What comes with it.
    pub payload: Payload<'a>,
}

/// What `lpvStatusInformation` and `dwStatusInformationLength` say. Valid during the call only.
#[derive(Debug)]
pub enum Payload<'a> {
    /// NULL and 0.
    None,
    /// Text; the length counts the terminating NUL in the unit of the callback (contract: evidence Q1).
    Text(&'a str),
    /// A pointer to a DWORD, and 4.
    Number(u32),
    /// A pointer to a handle, and the size of one.
    Handle(Handle),
    /// The application's own buffer and the bytes in it.
    Buffer {
        /// Its address, as the application gave it.
        address: usize,
        /// Bytes.
        length: u32,
        /// The buffer itself where it was handed over ([`crate::Loan::owned`]).
        owned: Option<&'a Handed>,
    },
    /// A `WINHTTP_ASYNC_RESULT`.
    AsyncResult {
        /// `dwResult`: the `API_*` number of the call that failed.
        api: u32,
        /// `dwError`.
        error: u32,
    },
    /// A `WINHTTP_WEB_SOCKET_STATUS`.
    SocketStatus {
        /// `dwBytesTransferred`.
        bytes: u32,
        /// `eBufferType`.
        buffer_type: u32,
        /// The buffer itself where it was handed over ([`crate::Loan::owned`]).
        owned: Option<&'a Handed>,
    },
    /// A `WINHTTP_WEB_SOCKET_ASYNC_RESULT`; its `dwResult` is 0.
    SocketResult {
        /// `Operation`.
        operation: u32,
        /// `dwError`.
        error: u32,
    },
}

impl<'a> Payload<'a> {
    /// What a load says, as [`Sink::tell`] has it.
    #[inline]
    pub(crate) fn of(
        load: Load,
        handle: Handle,
        number: u32,
        address: usize,
        owned: Option<&'a Handed>,
    ) -> Payload<'a> {
        match load {
            Load::Nothing | Load::Rare => Payload::None,
            Load::Number => Payload::Number(number),
            Load::Handle => Payload::Handle(handle),
            Load::Buffer => Payload::Buffer { address, length: number, owned },
            Load::Frame => Payload::SocketStatus { bytes: number, buffer_type: address as u32, owned },
        }
    }
}

/// A buffer that was handed over, on its way back to whoever takes it.
pub struct Handed(Cell<Option<Box<[u8]>>>);

impl Handed {
    pub(crate) fn new(buffer: Box<[u8]>) -> Handed {
        Handed(Cell::new(Some(buffer)))
    }

    /// The buffer, whole, with the operation's bytes at its front. It goes to the first who asks; later there is an empty one.
    pub fn take(&self) -> Box<[u8]> {
        self.0.take().unwrap_or_default()
    }
}

impl fmt::Debug for Handed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handed")
    }
}

/// Whom a callback is about.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The handle.
    pub handle: Handle,
    /// Its context value at this moment.
    pub context: usize,
}

/// Receives the notifications of the handles that it is registered with.
///
/// It is called without any lock held, on whichever thread the contract names; it may call back into the engine,
/// close the handle, or block.
pub trait Sink: Send + Sync {
    /// One callback. `token` is the number that it was registered with.
    fn notify(&self, token: usize, notice: Notice<'_>);

    /// One callback that carries numbers alone, as nearly all do. `number` is what [`Load`] says; `address` that of the
    /// application's buffer, or the buffer type of a [`Load::Frame`]. It is [`Sink::notify`] in other words, for sinks that
    /// need no [`Notice`].
    #[inline]
    fn tell(&self, token: usize, about: About, status: u32, load: Load, number: u32, address: usize) {
        let payload = Payload::of(load, about.handle, number, address, None);
        self.notify(token, Notice { handle: about.handle, context: about.context, status, payload });
    }
}

/// Who hears the notifications of a handle.
#[derive(Clone)]
pub enum Target {
    /// A sink that lives as long as the process, and a number for it (for the C door: the function's address).
    Plain(&'static dyn Sink, usize),
    /// A sink that is shared.
    Shared(Arc<dyn Sink>),
}

/// Callback, mask and context of a handle: copied from the parent when the handle is made, read in the moment a
/// notification is taken.
#[derive(Clone, Default)]
pub(crate) struct Record {
    pub(crate) target: Option<Target>,
    pub(crate) mask: u32,
    pub(crate) context: usize,
}

impl Record {
    /// Who is called for a status, if anybody.
    pub(crate) fn admits(&self, status: u32) -> Option<Target> {
        if self.mask & status == 0 {
            return None;
        }
        self.target.clone()
    }
}
