//! WinHttpAddRequestHeaders: one row of the contract (api-behaviour sections 8, 18, 35), one test.
use winhttp_abi::{
    WINHTTP_ADDREQ_FLAG_ADD as ADD, WINHTTP_ADDREQ_FLAG_ADD_IF_NEW as ADD_IF_NEW,
    WINHTTP_ADDREQ_FLAG_COALESCE_WITH_COMMA as COALESCE_WITH_COMMA,
    WINHTTP_ADDREQ_FLAG_COALESCE_WITH_SEMICOLON as COALESCE_WITH_SEMICOLON,
    WINHTTP_ADDREQ_FLAG_REPLACE as REPLACE,
};
use winhttp_proto::http::headers::{HeaderList, Known, MAX_TEXT};

fn list(text: &str) -> HeaderList {
    let mut list = HeaderList::new();
    list.apply(text.as_bytes(), ADD).unwrap();
    list
}

fn warnings(list: &HeaderList) -> Vec<String> {
    list.iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(b"warning"))
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        .collect()
}

#[test]
fn section_8_sequence_of_the_warning_header() {
    let mut list = HeaderList::new();
    assert_eq!(list.nth(b"Warning", 0), None, "absent header");
    assert_eq!(list.apply(b"Warning:test1", ADD), Ok(()), "no space behind the colon");
    assert_eq!(list.nth(b"Warning", 0), Some(&b"test1"[..]));
    assert_eq!(list.nth(b"Warning", 1), None, "no second occurrence");
    assert_eq!(list.apply(b"Warning:test2", ADD), Ok(()));
    assert_eq!(warnings(&list), ["test1", "test2"], "ADD appends a duplicate");
    assert_eq!(list.apply(b"Warning:test3", REPLACE), Ok(()));
    assert_eq!(warnings(&list), ["test3", "test2"], "REPLACE: first occurrence in place");
    assert!(list.apply(b"Warning:test4", ADD_IF_NEW).is_err(), "ADD_IF_NEW of a present header fails");
    assert_eq!(warnings(&list), ["test3", "test2"], "and changes nothing");
    assert_eq!(list.apply(b"Warning:test4", COALESCE_WITH_COMMA), Ok(()));
    assert_eq!(warnings(&list), ["test3, test4", "test2"]);
    assert_eq!(list.apply(b"Warning:test5", COALESCE_WITH_COMMA), Ok(()));
    assert_eq!(warnings(&list), ["test3, test4, test5", "test2"]);
    assert_eq!(list.apply(b"Warning:test6", COALESCE_WITH_SEMICOLON), Ok(()));
    assert_eq!(warnings(&list), ["test3, test4, test5; test6", "test2"]);
    assert_eq!(list.apply(b"Warning:test4", ADD | REPLACE), Ok(()));
    assert_eq!(warnings(&list), ["test4", "test2"], "ADD|REPLACE: first occurrence only");
}

/// A send that comes again with its lines says each of them once, and a refused one changes nothing.
#[test]
fn lines_of_a_send() {
    let mut list = list("X: a\r\nY: 0\r\nX: b");
    let all = |list: &HeaderList| String::from_utf8(list.as_bytes().to_vec()).unwrap().replace("\r\n", "|");
    let added = list.send_with(b"Z: 1").unwrap();
    assert_eq!(all(&list), "X: a|Y: 0|X: b|Z: 1|");
    let replaced = list.send_with(b"x: c\r\nz: longer\r\nz: 2\r\nContent-Length: 3\0W: no").unwrap();
    assert_eq!(all(&list), "X: c|Y: 0|X: b|Z: longer|z: 2|Content-Length: 3|");
    let again = list.send_with(b"z: 3\r\nZ: 4\r\nx: d\r\nx: e\r\nx: f\r\ncontent-length: 5").unwrap();
    assert_eq!(all(&list), "X: d|Y: 0|X: e|Z: 3|z: 4|Content-Length: 5|x: f|");
    assert_eq!(list.send_with(b"X: g\r\nbad").err(), Some(87));
    assert_eq!(all(&list), "X: d|Y: 0|X: e|Z: 3|z: 4|Content-Length: 5|x: f|", "unchanged");
    list.undo(again);
    assert_eq!(all(&list), "X: c|Y: 0|X: b|Z: longer|z: 2|Content-Length: 3|");
    assert!(list.has(Known::ContentLength));
    list.undo(replaced);
    assert_eq!(all(&list), "X: a|Y: 0|X: b|Z: 1|");
    assert!(!list.has(Known::ContentLength));
    list.undo(added);
    assert_eq!(all(&list), "X: a|Y: 0|X: b|");
    let nothing = list.send_with(b"").unwrap();
    list.undo(nothing);
    assert_eq!(list.len(), 3);
}

#[test]
fn section_8_malformed_lines_are_refused() {
    for text in [":", ":b", "cd", " e :f", "e :f", " e:f", "e f:g"] {
        let mut list = list("Kept: 1");
        assert_eq!(list.apply(text.as_bytes(), ADD), Err(87), "{text:?}");
        assert_eq!(list.as_bytes(), b"Kept: 1\r\n");
    }
}

#[test]
fn section_32_one_malformed_line_adds_nothing() {
    let mut list = HeaderList::new();
    assert_eq!(list.apply(b"Good: 1\r\nbad\r\nGood2: 2", ADD), Err(87));
    assert!(list.is_empty());
}

#[test]
fn section_8_an_empty_value_is_a_header() {
    assert_eq!(list("a:").get(b"a"), Some(&b""[..]));
    assert_eq!(list("a:").as_bytes(), b"a: \r\n");
}

#[test]
fn section_8_blanks_around_the_value_are_dropped() {
    assert_eq!(list("field: value ").get(b"field"), Some(&b"value"[..]));
}

#[test]
fn section_8_the_line_end_is_no_part_of_the_value() {
    let list = list("Range: bytes=0-1\r\n");
    assert_eq!(list.get(b"range"), Some(&b"bytes=0-1"[..]));
    assert_eq!(list.len(), 1);
}

#[test]
fn section_8_replace_without_add() {
    let mut list = HeaderList::new();
    assert_eq!(list.apply(b"name: value", REPLACE), Err(12150), "absent: HEADER_NOT_FOUND");
    list.apply(b"name: value", ADD).unwrap();
    assert_eq!(list.apply(b"name:", REPLACE), Ok(()), "an empty value removes");
    assert_eq!(list.get(b"name"), None);
    assert!(list.as_bytes().is_empty());
    assert_eq!(list.apply(b"name:", REPLACE), Err(12150));
}

#[test]
fn section_8_flags_0_add() {
    let mut list = HeaderList::new();
    assert_eq!(list.apply(b"name: value", 0), Ok(()));
    assert_eq!(list.apply(b"name: value", 0), Ok(()));
    assert_eq!(list.len(), 2);
}

#[test]
fn section_18_any_run_of_cr_and_lf_separates() {
    let mut list = list(
        "Content-Type: text/html\n\rTest1: Value1\nTest2: Value2\n\n\nTest3: Value3\r\r\rTest4: Value4\r\n\r\nCookie: 111",
    );
    list.apply(b"Test5: Value5\rTest6: Value6", ADD).unwrap();
    assert_eq!(
        list.as_bytes(),
        b"Content-Type: text/html\r\nTest1: Value1\r\nTest2: Value2\r\nTest3: Value3\r\nTest4: Value4\r\n\
          Cookie: 111\r\nTest5: Value5\r\nTest6: Value6\r\n"
    );
    assert_eq!(list.get(b"test4"), Some(&b"Value4"[..]));
}

#[test]
fn section_35_over_64_kilobytes_is_an_invalid_parameter() {
    let fits = format!("n: {}", "v".repeat(MAX_TEXT));
    let long_value = format!("n: {}", "v".repeat(MAX_TEXT + 1));
    let long_name = format!("{}: v", "n".repeat(MAX_TEXT + 1));
    let mut list = HeaderList::new();
    assert_eq!(list.apply(long_value.as_bytes(), ADD), Err(87));
    assert_eq!(list.apply(long_name.as_bytes(), ADD), Err(87));
    assert_eq!(list.apply(fits.as_bytes(), ADD), Ok(()));
    assert_eq!(list.apply(b"n: w", COALESCE_WITH_COMMA), Err(87));
}

#[test]
fn edits_in_the_middle_keep_the_lines_behind() {
    let mut list = list("A: 1\r\nCookie: x\r\nB: 2\r\nC: 3");
    list.apply(b"cookie: a much longer text", REPLACE).unwrap();
    assert_eq!(list.as_bytes(), b"A: 1\r\nCookie: a much longer text\r\nB: 2\r\nC: 3\r\n");
    list.apply(b"a:", REPLACE).unwrap();
    assert!(list.has(Known::Cookie));
    assert_eq!(list.remove(b"COOKIE"), 1);
    assert!(!list.has(Known::Cookie));
    assert_eq!(list.get(b"C"), Some(&b"3"[..]));
    list.apply(b"b: 4", COALESCE_WITH_SEMICOLON).unwrap();
    assert_eq!(list.as_bytes(), b"B: 2; 4\r\nC: 3\r\n");
}

#[test]
fn set_leaves_exactly_one_line() {
    let mut list = list("a: 1\r\nB: 2\r\nA: 3");
    list.set(b"A", b" 9 ").unwrap();
    assert_eq!(list.as_bytes(), b"a: 9\r\nB: 2\r\n");
    list.set(b"Accept-Encoding", b"gzip").unwrap();
    assert!(list.has(Known::AcceptEncoding));
    assert_eq!(list.set(b"X", b"a\r\nInjected: 1"), Err(87));
    assert_eq!(list.set(b"", b"a"), Err(87));
}

#[test]
fn a_nul_ends_the_text() {
    assert_eq!(list("a: 1\0b: 2").as_bytes(), b"a: 1\r\n");
}

#[test]
fn clear_keeps_the_memory() {
    let mut list = list("a: 1");
    list.clear();
    assert!(list.is_empty() && list.as_bytes().is_empty() && !list.has(Known::Host));
}
