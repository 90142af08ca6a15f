//! Payload pointer and length for each status.
use super::trace::Callback;

/// What is wrong with a notification's payload, if anything. `pointer` is the size of a pointer in bytes; `socket` says
/// that the handle is a WebSocket's.
pub(crate) fn fault(callback: &Callback, pointer: u32, socket: bool) -> Option<String> {
    let info = &callback.info;
    let length = callback.length;
    let expect = |right: bool, text: &str| {
        if right {
            None
        } else {
            Some(format!("{}: {text}, length {length}, {}", callback.status, info.kind))
        }
    };
    match callback.status.as_str() {
        // contract: WINHTTP_WEB_SOCKET_STATUS, notifications section 2
        "READ_COMPLETE" | "WRITE_COMPLETE" if socket => {
            expect(info.kind == "websocket" && length == 8, "a WINHTTP_WEB_SOCKET_STATUS is due")
        }
        // contract: WINHTTP_WEB_SOCKET_ASYNC_RESULT is 24 bytes, 12 with pointers of 4 (notifications section 2)
        "REQUEST_ERROR" if socket => expect(
            info.kind == "error" && info.operation.is_some() && length == 3 * pointer,
            "a WINHTTP_WEB_SOCKET_ASYNC_RESULT is due",
        ),
        // contract: lengths of text count the NUL (evidence Q1)
        "RESOLVING_NAME" | "CONNECTING_TO_SERVER" | "CONNECTED_TO_SERVER" | "REDIRECT" => {
            let units = info.text.as_ref().map_or(0, |t| t.encode_utf16().count());
            expect(
                info.kind == "string" && info.terminated == Some(true) && length as usize == units + 1,
                "text with its NUL counted is due",
            )
        }
        // contract: NAME_RESOLVED may have no text (clients guard against it)
        "NAME_RESOLVED" => {
            let units = info.text.as_ref().map_or(0, |t| t.encode_utf16().count());
            expect(
                info.kind == "null" || info.kind == "string" && length as usize == units + 1,
                "text with its NUL counted, or nothing, is due",
            )
        }
        "SENDING_REQUEST"
        | "RECEIVING_RESPONSE"
        | "CLOSING_CONNECTION"
        | "CONNECTION_CLOSED"
        | "HEADERS_AVAILABLE"
        | "GETPROXYFORURL_COMPLETE"
        | "SHUTDOWN_COMPLETE"
        | "CLOSE_COMPLETE" => expect(info.kind == "null" && length == 0, "nothing is due"),
        "REQUEST_SENT"
        | "RESPONSE_RECEIVED"
        | "INTERMEDIATE_RESPONSE"
        | "SECURE_FAILURE"
        | "DATA_AVAILABLE"
        | "WRITE_COMPLETE" => expect(info.kind == "number" && length == 4, "a DWORD is due"),
        "HANDLE_CREATED" | "HANDLE_CLOSING" => {
            expect(info.kind == "handle" && length == pointer, "a handle is due")
        }
        "REQUEST_ERROR" => {
            expect(info.kind == "error" && length == 2 * pointer, "a WINHTTP_ASYNC_RESULT is due")
        }
        "READ_COMPLETE" => expect(info.kind == "buffer", "the buffer given to ReadData is due"),
        // contract: (lpOptional, dwOptionalLength) with a body, (NULL, 0) without (evidence Q5)
        "SENDREQUEST_COMPLETE" => expect(
            info.kind == "null" && length == 0 || info.kind == "buffer" && length > 0,
            "nothing, or the optional data, is due",
        ),
        _ => None,
    }
}
