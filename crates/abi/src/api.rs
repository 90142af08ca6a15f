//! The `dwResult` numbers of `WINHTTP_ASYNC_RESULT`: which call a `REQUEST_ERROR` answers.

use crate::table::{self, constants};

constants! {
    /// Ids of the asynchronous calls, in numeric order.
    pub TABLE: u32;
    API_RECEIVE_RESPONSE = 1, "`WinHttpReceiveResponse` failed.";
    API_QUERY_DATA_AVAILABLE = 2, "`WinHttpQueryDataAvailable` failed.";
    API_READ_DATA = 3, "`WinHttpReadData` or `WinHttpReadDataEx` failed.";
    API_WRITE_DATA = 4, "`WinHttpWriteData` failed.";
    API_SEND_REQUEST = 5, "`WinHttpSendRequest` failed.";
    API_GET_PROXY_FOR_URL = 6, "`WinHttpGetProxyForUrlEx` or its second form failed.";
    API_GET_PROXY_SETTINGS = 7, "`WinHttpGetProxySettingsEx` failed.";
}

/// The C name of a `dwResult` number, if it is one.
pub fn name(id: u32) -> Option<&'static str> {
    table::name(TABLE, u64::from(id))
}
