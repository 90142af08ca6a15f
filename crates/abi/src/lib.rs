//! The vocabulary of WinHTTP: its numbers and layouts, one table per family.
//!
//! Every constant carries its C name and stands at the root of the crate; each family has a module
//! with the table of its rows, from which names, texts, payload kinds and checks of the C header
//! are taken. Numbers come from public sources: Microsoft's documentation and metadata, and the
//! headers that others made from them. A row is one line, so constant and table cannot part.
//!
//! ```
//! use winhttp_abi::{ERROR_WINHTTP_TIMEOUT, error, secure, status};
//!
//! assert_eq!(status::name(0x10), Some("WINHTTP_CALLBACK_STATUS_SENDING_REQUEST"));
//! assert_eq!(error::name(12002), Some("ERROR_WINHTTP_TIMEOUT"));
//! assert!(error::text(ERROR_WINHTTP_TIMEOUT).is_some());
//! assert_eq!(secure::names(0x38).count(), 3);
//! ```
//!
//! Nothing here runs: no code beyond lookups, no dependencies, no unsafe code.
#![no_std]
#![forbid(unsafe_code)]
#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals)]

mod table;

pub mod api;
pub mod auth;
pub mod catalogue;
pub mod com;
pub mod error;
pub mod feature;
pub mod flag;
pub mod function;
pub mod handle;
pub mod http_status;
pub mod layout;
pub mod option;
pub mod proxy;
pub mod query;
pub mod secure;
pub mod setting;
pub mod status;
pub mod timing;
pub mod url;
pub mod websocket;

pub use table::{Constant, Names};

// The constants of every family at the root. Tables and lookups share names (`TABLE`, `name`,
// `find`), so those are ambiguous here and reached through their modules only.
#[allow(ambiguous_glob_reexports)]
mod root {
    pub use crate::{api::*, auth::*, com::*, error::*, feature::*, flag::*, handle::*};
    pub use crate::{http_status::*, layout::*, option::*, proxy::*, query::*, secure::*};
    pub use crate::{setting::*, status::*, timing::*, url::*, websocket::*};
}
#[doc(no_inline)]
pub use root::*;
