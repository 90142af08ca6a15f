//! The structures of WinHTTP, `repr(C)`, for 32 and 64 bit.
//!
//! Windows packs them to 8 bytes on 64 bit, which changes nothing, and to 4 bytes on 32 bit. The
//! latter shows only where a member has 8 bytes; those structures are `packed(4)` there.
//!
//! Wide text is generic over its code unit `W`: `u16` is Windows' own, `u32` the unit of the door
//! for platforms whose `wchar_t` has four bytes. Members keep their C names.
//!
//! A structure with all bits zero is valid for every type here; `Default` gives it.

mod base;
mod certificate;
mod connection;
mod header;
mod proxy;
mod url;
mod websocket;

pub use base::*;
pub use certificate::*;
pub use connection::*;
pub use header::*;
pub use proxy::*;
pub use url::*;
pub use websocket::*;
