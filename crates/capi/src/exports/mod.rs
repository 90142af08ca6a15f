//! The exported functions, one file a family. Each file declares its symbols with `exports!` and holds their bodies.

pub mod auth;
pub mod callback;
pub mod data;
pub mod extended;
pub mod handle;
pub mod headers;
pub mod library;
pub mod option;
pub mod proxy;
pub mod proxy_resolver;
pub mod request;
mod security;
pub mod session;
mod statistics;
pub mod time;
pub mod url;
pub mod websocket;
