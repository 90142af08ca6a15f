//! TLS over a non-blocking byte stream, with WinHTTP's verdict on the peer's certificate.
//!
//! A [`Tls`] is one client connection without its socket: every method is given the stream to read and
//! write, takes one non-blocking step and says what it waits for. What may be negotiated, what is ignored
//! and who the client is stand in a [`TlsPolicy`]; connections of the same policy share one
//! configuration out of [`TlsConfigs`] and with it one store of resumable sessions, so that a session
//! made under ignore flags can never serve a stricter request.
//!
//! Every type of the TLS library stays inside this folder and its neighbour `verdict`.
//!
//! # What cannot be negotiated
//!
//! SSL 2.0 to TLS 1.1, renegotiation, post-handshake client authentication, RSA key exchange, CBC and
//! RC4 suites: the TLS library has none of them. Options that ask for them are accepted
//! (clients set them for good measure); a handshake that needs them ends in
//! `ERROR_WINHTTP_SECURE_CHANNEL_ERROR` (12157), see [`TlsFault`].

mod config;
mod fault;
mod identity;
mod note;
mod policy;
mod provider;
mod report;
mod roots;
mod stream;

pub use config::{TlsConfig, TlsConfigs};
pub use fault::TlsFault;
pub use identity::{ClientIdentity, IdentityError};
pub use policy::TlsPolicy;
pub use report::TlsReport;
pub use roots::ExtraRoots;
pub use stream::{Ending, Handshake, Tls};

pub(crate) use note::Note;
pub(crate) use provider::provider;
pub(crate) use roots::{Roots, machine};
pub(crate) use stream::server_name;
