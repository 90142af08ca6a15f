//! A peer that speaks WebSocket: it agrees to every upgrade, echoes every frame and answers the close frame.

use sha1::{Digest as _, Sha1};

/// What the peer has to say to what it was sent; takes what it understood.
pub(super) fn answer(sent: &mut Vec<u8>) -> Option<Vec<u8>> {
    if sent.starts_with(b"GET ") {
        let text = sent.ends_with(b"\r\n\r\n").then(|| String::from_utf8_lossy(sent).into_owned())?;
        sent.clear();
        return Some(agree(&text).into_bytes());
    }
    let mut echo = Vec::new();
    while let Some((frame, length)) = frame(sent) {
        sent.drain(..length);
        echo.extend_from_slice(&frame);
    }
    (!echo.is_empty()).then_some(echo)
}

fn agree(head: &str) -> String {
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let digest = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        base64(&digest)
    )
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte));
        let bits = bits << (8 * (3 - group.len()));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// The first whole frame as it goes back, and how much of `sent` it was. The model sends short ones only.
fn frame(sent: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [first, length, a, b, c, d, payload @ ..] = sent else { return None };
    let length = length & 0x7F;
    let payload = payload.get(..usize::from(length))?;
    let plain = payload.iter().zip([a, b, c, d].into_iter().cycle()).map(|(byte, key)| byte ^ key);
    Some(([*first, length].into_iter().chain(plain).collect(), 6 + payload.len()))
}
