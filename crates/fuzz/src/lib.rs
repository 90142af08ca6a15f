//! The fuzz targets, each a function that takes any bytes and may not panic.
//!
//! They are the entry points that the protocol's own tests feed with random input; `targets/` makes programs of
//! them, `tests/corpus.rs` plays the seeds in `corpus/` as ordinary tests.

#[path = "../../proto/tests/entry/mod.rs"]
mod entry;

macro_rules! targets {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])* pub fn $name(input: &[u8]) { entry::$name(input) })*

        /// Every target with the name of its program and of its folder under `corpus/`.
        pub const TARGETS: &[(&str, fn(&[u8]))] = &[$((stringify!($name), $name)),*];
    };
}

targets! {
    /// A reply: its head in growing pieces, its framing, its body, its trailer.
    response;
    /// A chunked body, in any pieces and by direct reads.
    chunked;
    /// The application's header list, and a request head made of it.
    request;
    /// A URL, and a Location that is followed.
    address;
    /// A date.
    date;
    /// What a WebSocket server sends, in any pieces and by direct reads; frames of our own, read back.
    websocket;
    /// A script of calls, events and bytes against one exchange.
    exchange;
}
