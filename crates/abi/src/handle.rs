//! Kinds of handles: the number a handle reports, and sets of kinds for the option table.

use crate::table::{self, constants};

constants! {
    /// Answers to `WINHTTP_OPTION_HANDLE_TYPE`.
    pub TABLE: u32;
    WINHTTP_HANDLE_TYPE_SESSION = 1, "Made by `WinHttpOpen`.";
    WINHTTP_HANDLE_TYPE_CONNECT = 2, "Made by `WinHttpConnect`.";
    WINHTTP_HANDLE_TYPE_REQUEST = 3, "Made by `WinHttpOpenRequest`.";
    WINHTTP_HANDLE_TYPE_PROXY_RESOLVER = 4, "Made by `WinHttpCreateProxyResolver`.";
    WINHTTP_HANDLE_TYPE_WEBSOCKET = 5, "Made by `WinHttpWebSocketCompleteUpgrade`.";
    WINHTTP_HANDLE_TYPE_PROTOCOL = 6, "Made by `WinHttpProtocolCompleteUpgrade`.";
}

/// The C name of a handle type.
pub fn name(kind: u32) -> Option<&'static str> {
    table::name(TABLE, u64::from(kind))
}

/// A set of kinds of handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kinds(u8);

impl Kinds {
    /// No kind: nothing is known about where the option belongs.
    pub const UNSTATED: Kinds = Kinds(0);
    /// Session handles.
    pub const SESSION: Kinds = Kinds(1);
    /// Connect handles.
    pub const CONNECT: Kinds = Kinds(2);
    /// Request handles.
    pub const REQUEST: Kinds = Kinds(4);
    /// WebSocket handles.
    pub const WEB_SOCKET: Kinds = Kinds(8);
    /// A null handle, which stands for the whole process.
    pub const PROCESS: Kinds = Kinds(16);

    /// This set and another.
    pub const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Whether every kind of `other` is in this set. An empty `other` is in none.
    pub const fn has(self, other: Kinds) -> bool {
        other.0 != 0 && self.0 & other.0 == other.0
    }
}
