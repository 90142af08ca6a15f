//! The bytes of HTTP/1.1, and the texts around them.
//!
//! ```text
//!   request   target    the path and query as they stand on the request line
//!             headers   the application's header lines, edited by WinHttpAddRequestHeaders
//!             encode    request line + automatic headers + header lines -> one run of bytes
//!             ending    the lines that end most heads, kept by a connect handle
//!   response  decode    status line and fields, from bytes that may arrive in any pieces
//!             framing   where the body ends and whether the connection survives
//!             chunked   the chunked coding, able to step aside for direct reads
//!             body      one face for every framing
//!             unpack    a packed body on its way to the application
//!             query     what WinHttpQueryHeaders selects and how values become numbers and dates
//!   addresses url       WinHttpCrackUrl, WinHttpCreateUrl
//!             host      names in ASCII, international ones in punycode
//!             location  where a request goes, and where a Location header sends it
//! ```
//!
//! Nothing here reads a clock, a socket or a file, and nothing panics on any input: bad input is answered by
//! the documented Win32 error. Objects that live as long as a request have `clear`, which keeps their memory.
mod alike;
pub mod body;
pub mod chunked;
pub mod decode;
pub mod encode;
pub mod ending;
pub mod framing;
pub mod headers;
pub mod host;
pub mod location;
pub mod query;
mod scan;
pub mod target;
pub mod unpack;
pub mod url;
