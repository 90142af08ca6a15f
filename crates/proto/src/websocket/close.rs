//! Close frames: status and reason (RFC 6455 sections 5.5.1 and 7.4).

use winhttp_abi::{
    ERROR_INVALID_PARAMETER, WINHTTP_WEB_SOCKET_ABORTED_CLOSE_STATUS, WINHTTP_WEB_SOCKET_EMPTY_CLOSE_STATUS,
    WINHTTP_WEB_SOCKET_MAX_CLOSE_REASON_LENGTH, WINHTTP_WEB_SOCKET_SECURE_HANDSHAKE_ERROR_CLOSE_STATUS,
};

/// The longest reason, in bytes: what a control frame holds beside the status.
pub const MAX_REASON: usize = WINHTTP_WEB_SOCKET_MAX_CLOSE_REASON_LENGTH as usize;

/// What a close frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close<'a> {
    /// The status; `WINHTTP_WEB_SOCKET_EMPTY_CLOSE_STATUS` (1005) for a frame that has none.
    pub status: u16,
    /// The reason, UTF-8, at most [`MAX_REASON`] bytes.
    pub reason: &'a [u8],
}

/// Whether a server may put this status into a close frame: RFC 6455 section 7.4.1, and 1012 to 1014, which were
/// registered later and which servers and proxies use.
pub const fn received_status_is_valid(status: u16) -> bool {
    matches!(status, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// What an application may close with. The status 1005 stands for a close frame without one.
///
/// contract: WinHttpWebSocketClose and WinHttpWebSocketShutdown, api-behaviour section 27c (a reason above 123 bytes).
/// Statuses that RFC 6455 section 7.4.1 keeps off the wire are refused; every other number goes out as it is.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER`.
pub const fn outbound_close(status: u16, reason_length: usize) -> Result<(), u32> {
    let wire = match status {
        WINHTTP_WEB_SOCKET_EMPTY_CLOSE_STATUS => reason_length == 0,
        WINHTTP_WEB_SOCKET_ABORTED_CLOSE_STATUS
        | WINHTTP_WEB_SOCKET_SECURE_HANDSHAKE_ERROR_CLOSE_STATUS
        | 0..=999 => false,
        _ => true,
    };
    if wire && reason_length <= MAX_REASON { Ok(()) } else { Err(ERROR_INVALID_PARAMETER) }
}

#[cfg(test)]
mod tests {
    use super::{MAX_REASON, outbound_close, received_status_is_valid};

    #[test]
    fn statuses_a_server_may_send() {
        for status in 0..=u16::MAX {
            let expected = match status {
                0..=999 | 1004 | 1005 | 1006 | 1015 | 1016..=2999 => false,
                1000..=4999 => true,
                _ => false,
            };
            assert_eq!(received_status_is_valid(status), expected, "{status}");
        }
    }

    #[test]
    fn statuses_an_application_may_close_with() {
        for status in [1000, 1001, 1002, 1003, 1004, 1007, 1011, 1016, 3000, 4999, u16::MAX] {
            assert!(outbound_close(status, MAX_REASON).is_ok(), "{status}");
            assert_eq!(outbound_close(status, MAX_REASON + 1), Err(87), "{status}");
        }
        for status in [0, 999, 1006, 1015] {
            assert_eq!(outbound_close(status, 0), Err(87), "{status}");
        }
        assert!(outbound_close(1005, 0).is_ok());
        assert_eq!(outbound_close(1005, 1), Err(87));
    }
}
