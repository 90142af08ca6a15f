//! Any bytes at every entry: nothing panics, and the invariants of `entry` hold.
mod entry;

use proptest::prelude::*;

/// Bytes that come near to something: pieces of the right vocabulary between arbitrary ones.
fn nearly(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        4 => prop::sample::select(words).prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    (any::<u8>(), prop::collection::vec(word, 0..14)).prop_map(|(first, words)| {
        let mut text = vec![first];
        words.iter().for_each(|word| text.extend_from_slice(word));
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn response(input in nearly(&[
        "HTTP/1.1 200 OK\r\n", "HTTP/1.0 204\n", "\r\n", "\n", "\r", " ", ":", "A: b\r\n", "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "\r\n\r\n", "5\r\nabcde\r\n", "0\r\n", "\tx\r\n",
    ])) {
        entry::response(&input);
        let head = [&input[..1], b"HTTP/1.1 200 OK\r\n", &input[1..]].concat();
        entry::response(&head);
    }

    #[test]
    fn chunked(input in nearly(&[
        "0", "1", "a", "F", "\r\n", "\n", "\r", ";", " ", "5\r\nabcde\r\n", "1\r\nx\r\n", "0\r\n", "T: 1\r\n", "0\r\n\r\n",
    ])) {
        entry::chunked(&input);
    }

    #[test]
    fn request(input in nearly(&["|", "A", "a:", "b", "Cookie: x", ": ", "\r\n", "\n", " ", ",", "Host: h", "\0", "?", "%"])) {
        entry::request(&input);
    }

    #[test]
    fn address(input in nearly(&[
        "http://", "https:", "//", "/", ".", "..", "/../", "?", "#", "@", ":", "[", "]", "::1", "80", "65536", "%2", " ", "host",
    ])) {
        entry::address(&input);
    }

    #[test]
    fn exchange(input in prop::collection::vec(any::<u8>(), 0..300)) {
        entry::exchange(&input);
    }

    #[test]
    fn websocket(input in nearly(&[
        "\u{1}\u{1}a", "\u{0}\u{0}", "\u{2}\u{3}abc", "\u{1}~", "\u{0}\u{5}12345", "\u{2}\u{7f}", "\u{c2}", "\u{1}\u{2}\u{e9}",
    ])) {
        entry::websocket(&input);
        // Final frames: bytes that no text of ours can spell.
        let input: Vec<u8> = input.iter().map(|byte| if *byte < 3 { byte | 0x80 } else { *byte }).collect();
        entry::websocket(&input);
    }

    #[test]
    fn socket(input in nearly(&[
        "\u{2}", "\u{3}", "\u{1f}", "!", "/", "@", "A", "B", "C", "E", "_", "o", "\u{7f}",
    ]), frames in prop::collection::vec(any::<u8>(), 0..40)) {
        entry::socket(&input);
        // Whole frames among the calls: bytes that no text of ours can spell.
        let whole: [&[u8]; 6] = [b"\x83\x82\x01a", b"\x82\x89\x00", b"\x85\x01\x03abc", b"\x83\x80\x01d",
            b"\x84\x88\x02\x03\xE8", b"\x82\x82\x00"];
        let mut script = Vec::new();
        for (at, byte) in frames.iter().enumerate() {
            script.push(input.get(at).copied().unwrap_or(0x21));
            script.extend_from_slice(whole[usize::from(*byte) % whole.len()]);
        }
        entry::socket(&script);
    }

    #[test]
    fn unpack(input in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..40) {
        entry::unpack(&input);
        // A good stream with damage in it.
        let mut stream = b"\x92\x1f\x8b\x08\0\0\0\0\0\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\0\x80\x88\xf9\xe5\x11\0\0\0".to_vec();
        let at = at % stream.len();
        stream.splice(at..at, input);
        entry::unpack(&stream);
    }

    #[test]
    fn date(input in nearly(&["Mon", "Jul", "28", "2008", "08", " ", ":", "-", ", ", "10:05:52", "GMT", "99999"])) {
        entry::date(&input);
    }
}
