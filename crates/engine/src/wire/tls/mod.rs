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
//! # What cannot be done
//!
//! | asked for | comes to |
//! |---|---|
//! | SSL 2.0 to TLS 1.1, alone | 12157 before a byte is sent; beside newer versions the bits are accepted and mean nothing |
//! | a server that speaks only those, or only RSA key exchange, CBC or RC4 suites | 12157 |
//! | a server whose RSA key is shorter than 2048 bits | 12157, though its certificate may be without fault |
//! | renegotiation, post-handshake client authentication | refused; the server decides whether it goes on |
//! | a certificate of version 1 or 2 | `INVALID_CERT`, 12175; roots may be of any version |
//! | signatures with SHA-1 or MD5 on certificates, ECDSA of P-256 with SHA-512 (ring) | `INVALID_CERT`, 12175 |
//! | false start | TLS 1.3 needs none, TLS 1.2 goes without; the option is accepted elsewhere |
//! | revocation lists of version 1 or without a number (RFC 5280 section 5.2.3), indirect or delta lists, lists under another key than the certificate's issuer's | as if there were none |
//! | critical extensions about policies; constraints on names other than DNS names and addresses | `INVALID_CERT`, 12175 |
//! | an intermediate that the server leaves out | `INVALID_CA`: none is fetched |
//!
//! `SSLKEYLOGFILE` names a file for the secrets of every connection, for a person with a packet capture.

mod bundle;
mod ciphertext;
mod config;
#[cfg(feature = "pkcs12")]
mod container;
mod fault;
mod identity;
mod note;
mod policy;
mod provider;
mod records;
mod report;
mod roots;
mod sessions;
mod settle;
mod stream;
#[cfg(all(
    feature = "x25519",
    feature = "ring",
    not(any(feature = "aws-lc-rs", feature = "graviola")),
    target_os = "linux",
    target_arch = "x86_64"
))]
mod x25519;

pub use config::{TlsConfig, TlsConfigs};
pub use fault::TlsFault;
pub(crate) use fault::client_refused;
pub use identity::{ClientIdentity, IdentityError};
pub use policy::TlsPolicy;
pub use report::TlsReport;
pub use roots::ExtraRoots;
pub use stream::{Ending, Handshake, Tls};

pub(crate) use bundle::Bundle;
pub(crate) use note::Note;
pub(crate) use provider::provider;
pub(crate) use roots::{Roots, machine};
pub(crate) use stream::server_name;
