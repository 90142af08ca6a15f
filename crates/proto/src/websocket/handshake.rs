//! The opening handshake: RFC 6455 section 4.1.

use crate::http::decode::ResponseHead;
use crate::http::framing::has_token;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// What the server hashes behind the key (RFC 6455 section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The lines of an upgrade beside the key, each ended by CRLF. Extensions are not offered: they are not part of
/// WinHTTP's contract.
const LINES: &[u8] = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";

/// The key of one handshake, 16 random bytes in base64; a new one for each send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key([u8; 24]);

impl Key {
    /// Makes the key from 16 random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        let mut text = [0; 24];
        // 16 bytes are always 24 characters, so the text is filled.
        let written = STANDARD.encode_slice(random, &mut text);
        debug_assert_eq!(written, Ok(24));
        Self(text)
    }

    /// The value of `Sec-WebSocket-Key`: 24 characters.
    pub const fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }

    /// The value of `Sec-WebSocket-Accept` that proves that the server has read this key.
    pub fn accept(&self) -> [u8; 28] {
        let digest = Sha1::new().chain_update(self.0).chain_update(GUID).finalize();
        let mut text = [0; 28];
        // 20 bytes are always 28 characters.
        let written = STANDARD.encode_slice(digest, &mut text);
        debug_assert_eq!(written, Ok(28));
        text
    }

    /// Appends the header lines that make a GET an upgrade (contract: api-behaviour section 27a, the wire).
    pub fn lines(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(LINES);
        out.extend_from_slice(b"Sec-WebSocket-Key: ");
        out.extend_from_slice(&self.0);
        out.extend_from_slice(b"\r\n");
    }
}

/// What the request asked for beside the upgrade itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offer<'a> {
    /// The application's `Sec-WebSocket-Protocol`: a list with commas.
    pub protocols: Option<&'a [u8]>,
}

/// Why a reply is not the end of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The status is not 101: the server answers something else, which is an ordinary reply.
    Status,
    /// No `Upgrade: websocket`.
    Upgrade,
    /// No `Connection: Upgrade`.
    Connection,
    /// `Sec-WebSocket-Accept` is missing or answers another key.
    Accept,
    /// An extension, though none was offered.
    Extension,
    /// A subprotocol that was not offered, or several.
    Protocol,
}

/// Holds a reply against RFC 6455 section 4.1, in the order of its list.
///
/// # Errors
/// The first thing that does not fit.
pub fn check_response(head: &ResponseHead, key: &Key, offer: Offer<'_>) -> Result<(), Mismatch> {
    if head.status() != 101 {
        return Err(Mismatch::Status);
    }
    let fields = head.fields();
    if !fields.all(b"Upgrade").any(|value| has_token(value, b"websocket")) {
        return Err(Mismatch::Upgrade);
    }
    if !fields.all(b"Connection").any(|value| has_token(value, b"upgrade")) {
        return Err(Mismatch::Connection);
    }
    let mut accepts = fields.all(b"Sec-WebSocket-Accept");
    if accepts.next().map(<[u8]>::trim_ascii) != Some(key.accept().as_slice()) || accepts.next().is_some() {
        return Err(Mismatch::Accept);
    }
    if fields.all(b"Sec-WebSocket-Extensions").any(|value| !value.trim_ascii().is_empty()) {
        return Err(Mismatch::Extension);
    }
    let mut chosen = fields.all(b"Sec-WebSocket-Protocol").map(<[u8]>::trim_ascii);
    if let Some(protocol) = chosen.next() {
        let mut offered = offer.protocols.unwrap_or_default().split(|&byte| byte == b',');
        if chosen.next().is_some() || !offered.any(|one| one.trim_ascii() == protocol) {
            return Err(Mismatch::Protocol);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Key, Mismatch, Offer, check_response};
    use crate::http::decode::{Limits, ResponseHead};

    /// The key of the example in RFC 6455 section 1.3.
    fn sample() -> Key {
        Key(*b"dGhlIHNhbXBsZSBub25jZQ==")
    }

    fn check(head: &str, protocols: Option<&[u8]>) -> Result<(), Mismatch> {
        let mut parsed = ResponseHead::default();
        let text = format!("HTTP/1.1 {head}\r\n\r\n");
        parsed.parse(text.as_bytes(), &Limits { size: 4096, count: 32 }).expect("a head");
        check_response(&parsed, &sample(), Offer { protocols })
    }

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(&sample().accept(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(Key::new(*b"the sample nonce"), sample());
        let mut lines = Vec::new();
        sample().lines(&mut lines);
        assert_eq!(
            String::from_utf8_lossy(&lines),
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        );
    }

    #[test]
    fn replies() {
        let good = "101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
        assert_eq!(check(good, None), Ok(()));
        assert_eq!(check(&good.replace("Upgrade: websocket", "Upgrade: WebSocket"), None), Ok(()));
        assert_eq!(check(&good.replace("n: Upgrade", "n: keep-alive, UPGRADE"), None), Ok(()));
        assert_eq!(check(&good.replace("101 Switching Protocols", "200 OK"), None), Err(Mismatch::Status));
        assert_eq!(check(&good.replace("websocket", "h2c"), None), Err(Mismatch::Upgrade));
        assert_eq!(check(&good.replace("n: Upgrade", "n: close"), None), Err(Mismatch::Connection));
        assert_eq!(check(&good.replace("s3p", "S3p"), None), Err(Mismatch::Accept));
        assert_eq!(check(&good.replace("Sec-WebSocket-Accept", "X"), None), Err(Mismatch::Accept));
        let extension = format!("{good}\r\nSec-WebSocket-Extensions: permessage-deflate");
        assert_eq!(check(&extension, None), Err(Mismatch::Extension));
        let chat = format!("{good}\r\nSec-WebSocket-Protocol: chat");
        assert_eq!(check(&chat, None), Err(Mismatch::Protocol));
        assert_eq!(check(&chat, Some(b"soap, wamp")), Err(Mismatch::Protocol));
        assert_eq!(check(&chat, Some(b"soap, chat")), Ok(()));
        assert_eq!(check(good, Some(b"soap, chat")), Ok(()), "the server need not choose one");
    }
}
