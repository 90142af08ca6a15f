//! The public functions: how each one answers, and whether it has two symbols.
//!
//! A function that takes or gives wide text, or through which callbacks and options go, exists
//! twice: under its plain name for 16-bit units, and with the suffix `_w32` for 32-bit units. The
//! others have one symbol.

/// One public function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// The C name; the symbol of the 16-bit door.
    pub name: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// How it answers.
    pub answer: Answer,
    /// The symbol of the 32-bit door, where the function has one.
    pub wide_symbol: Option<&'static str>,
}

/// What a function belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Sessions, connections, handles, callbacks, timeouts.
    Session,
    /// Requests and their bodies.
    Request,
    /// Headers.
    Headers,
    /// Options.
    Options,
    /// URLs.
    Url,
    /// HTTP dates.
    Time,
    /// Credentials.
    Auth,
    /// WebSocket.
    WebSocket,
    /// Proxies.
    Proxy,
    /// Groups of connections.
    Pool,
    /// Other upgraded protocols.
    Upgrade,
}

/// How a function answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// TRUE, or FALSE and the last error.
    Bool,
    /// A handle, or null and the last error.
    Handle,
    /// The error itself; the last error stays as it was.
    Code,
    /// The callback that was set before, or all bits set and the last error.
    Callback,
    /// Nothing.
    Nothing,
}

macro_rules! functions {
    (@symbol $name:ident One) => {
        None
    };
    (@symbol $name:ident Two) => {
        Some(concat!(stringify!($name), "_w32"))
    };
    ($($name:ident, $group:ident, $answer:ident, $symbols:ident;)*) => {
        /// All public functions, group by group.
        pub const TABLE: &[Function] = &[
            $(Function {
                name: stringify!($name),
                group: Group::$group,
                answer: Answer::$answer,
                wide_symbol: functions!(@symbol $name $symbols),
            },)*
        ];
    };
}

functions! {
    WinHttpOpen, Session, Handle, Two;
    WinHttpConnect, Session, Handle, Two;
    WinHttpCloseHandle, Session, Bool, One;
    WinHttpSetStatusCallback, Session, Callback, Two;
    WinHttpSetTimeouts, Session, Bool, One;
    WinHttpCheckPlatform, Session, Bool, One;
    WinHttpOpenRequest, Request, Handle, Two;
    WinHttpSendRequest, Request, Bool, Two;
    WinHttpReceiveResponse, Request, Bool, One;
    WinHttpWriteData, Request, Bool, One;
    WinHttpQueryDataAvailable, Request, Bool, One;
    WinHttpReadData, Request, Bool, One;
    WinHttpReadDataEx, Request, Code, One;
    WinHttpAddRequestHeaders, Headers, Bool, Two;
    WinHttpAddRequestHeadersEx, Headers, Code, Two;
    WinHttpQueryHeaders, Headers, Bool, Two;
    WinHttpQueryHeadersEx, Headers, Code, Two;
    WinHttpQueryOption, Options, Bool, Two;
    WinHttpSetOption, Options, Bool, Two;
    WinHttpCrackUrl, Url, Bool, Two;
    WinHttpCreateUrl, Url, Bool, Two;
    WinHttpTimeFromSystemTime, Time, Bool, Two;
    WinHttpTimeToSystemTime, Time, Bool, Two;
    WinHttpQueryAuthParams, Auth, Bool, Two;
    WinHttpQueryAuthSchemes, Auth, Bool, One;
    WinHttpSetCredentials, Auth, Bool, Two;
    WinHttpWebSocketClose, WebSocket, Code, One;
    WinHttpWebSocketCompleteUpgrade, WebSocket, Handle, One;
    WinHttpWebSocketQueryCloseStatus, WebSocket, Code, One;
    WinHttpWebSocketReceive, WebSocket, Code, One;
    WinHttpWebSocketSend, WebSocket, Code, One;
    WinHttpWebSocketShutdown, WebSocket, Code, One;
    WinHttpCreateProxyResolver, Proxy, Code, One;
    WinHttpDetectAutoProxyConfigUrl, Proxy, Bool, Two;
    WinHttpFreeProxyResult, Proxy, Nothing, One;
    WinHttpFreeProxyResultEx, Proxy, Nothing, One;
    WinHttpFreeProxySettings, Proxy, Nothing, One;
    WinHttpFreeProxySettingsEx, Proxy, Code, One;
    WinHttpGetDefaultProxyConfiguration, Proxy, Bool, Two;
    WinHttpGetIEProxyConfigForCurrentUser, Proxy, Bool, Two;
    WinHttpGetProxyForUrl, Proxy, Bool, Two;
    WinHttpGetProxyForUrlEx, Proxy, Code, Two;
    WinHttpGetProxyForUrlEx2, Proxy, Code, Two;
    WinHttpGetProxyResult, Proxy, Code, Two;
    WinHttpGetProxyResultEx, Proxy, Code, Two;
    WinHttpGetProxySettingsEx, Proxy, Code, Two;
    WinHttpGetProxySettingsResultEx, Proxy, Code, Two;
    WinHttpGetProxySettingsVersion, Proxy, Code, One;
    WinHttpIsHostInProxyBypassList, Proxy, Code, Two;
    WinHttpReadProxySettings, Proxy, Code, Two;
    WinHttpRegisterProxyChangeNotification, Proxy, Code, One;
    WinHttpResetAutoProxy, Proxy, Code, One;
    WinHttpSetDefaultProxyConfiguration, Proxy, Bool, Two;
    WinHttpSetProxySettingsPerUser, Proxy, Code, One;
    WinHttpUnregisterProxyChangeNotification, Proxy, Code, One;
    WinHttpWriteProxySettings, Proxy, Code, Two;
    WinHttpFreeQueryConnectionGroupResult, Pool, Nothing, One;
    WinHttpQueryConnectionGroup, Pool, Code, Two;
    WinHttpProtocolCompleteUpgrade, Upgrade, Handle, One;
    WinHttpProtocolReceive, Upgrade, Code, One;
    WinHttpProtocolSend, Upgrade, Code, One;
}

/// The row of a function.
pub fn find(name: &str) -> Option<&'static Function> {
    TABLE.iter().find(|row| row.name == name)
}
