//! The fuzz targets, each a function that takes any bytes and may not panic.
//!
//! Those of the protocol are the entry points that its own tests feed with random input, those of TLS stand here; `targets/` makes programs of
//! them, `tests/corpus.rs` plays the seeds in `corpus/` as ordinary tests.

#[path = "../../proto/tests/entry/mod.rs"]
mod entry;
mod tls;

macro_rules! targets {
    ($($(#[$doc:meta])* $name:ident in $place:ident;)*) => {
        $($(#[$doc])* pub fn $name(input: &[u8]) { $place::$name(input) })*

        /// Every target with the name of its program and of its folder under `corpus/`.
        pub const TARGETS: &[(&str, fn(&[u8]))] = &[$((stringify!($name), $name)),*];
    };
}

targets! {
    /// A reply: its head in growing pieces, its framing, its body, its trailer.
    response in entry;
    /// A chunked body, in any pieces and by direct reads.
    chunked in entry;
    /// A packed body, in any pieces, read with any room.
    unpack in entry;
    /// The application's header list, and a request head made of it.
    request in entry;
    /// A URL, and a Location that is followed.
    address in entry;
    /// A date.
    date in entry;
    /// What a WebSocket server sends, in any pieces and by direct reads; frames of our own, read back.
    websocket in entry;
    /// A script of calls, bytes, breaks and time against one WebSocket.
    socket in entry;
    /// A script of calls, events and bytes against one exchange.
    exchange in entry;
    /// A certificate.
    certificate in tls;
    /// A server's chain, and what it has stapled.
    verdict in tls;
    /// A revocation list, or a responder's answer.
    revocation in tls;
    /// A PKCS#12 container, or PEM.
    identity in tls;
}
