//! Connections: addresses, groups, the resolver's cache, TCP's own counters.

use super::base::GUID;

/// A socket address with room for every family: 128 bytes. Holds the platform's own address.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SOCKADDR_STORAGE {
    /// The bytes. On Linux the first two are the family, on macOS the second.
    pub bytes: [u8; 128],
}

impl Default for SOCKADDR_STORAGE {
    fn default() -> Self {
        Self { bytes: [0; 128] }
    }
}

/// Room for a socket address inside a structure that is packed on 32 bit.
#[cfg(target_pointer_width = "32")]
type Address = [u32; 32];
/// Room for a socket address.
#[cfg(not(target_pointer_width = "32"))]
type Address = SOCKADDR_STORAGE;

/// Both ends of a connection, by `WINHTTP_OPTION_CONNECTION_INFO`.
///
/// On 32 bit the addresses are arrays of words, because a packed structure may not hold an
/// aligned one.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_CONNECTION_INFO {
    /// Size of this structure in bytes, set by the caller.
    pub cbSize: u32,
    /// This end.
    pub LocalAddress: Address,
    /// The other end.
    pub RemoteAddress: Address,
}

/// Connections that `WINHTTP_OPTION_MATCH_CONNECTION_GUID` allows.
#[cfg_attr(target_pointer_width = "32", repr(C, packed(4)))]
#[cfg_attr(not(target_pointer_width = "32"), repr(C))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_MATCH_CONNECTION_GUID {
    /// The tag.
    pub ConnectionGuid: GUID,
    /// 1: no other connection will do.
    pub ullFlags: u64,
}

/// Limits of the resolver's cache.
#[cfg_attr(target_pointer_width = "32", repr(C, packed(4)))]
#[cfg_attr(not(target_pointer_width = "32"), repr(C))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_RESOLVER_CACHE_CONFIG {
    /// Most entries.
    pub ulMaxResolverCacheEntries: u32,
    /// Longest life of an entry, in seconds.
    pub ulMaxCacheEntryAge: u32,
    /// Shortest life of an entry, in seconds.
    pub ulMinCacheEntryTtl: u32,
    /// See [`crate::setting::SECURE_DNS`].
    pub SecureDnsSetting: u32,
    /// How long a connection waits for a resolution, in milliseconds.
    pub ullConnResolutionWaitTime: u64,
    /// See [`crate::setting::RESOLVER_CACHE`].
    pub ullFlags: u64,
}

/// A group of connections.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_CONNECTION_GROUP {
    /// How many connections.
    pub cConnections: u32,
    /// The id of the group.
    pub guidGroup: GUID,
}

/// The groups of one host.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_HOST_CONNECTION_GROUP<W = u16> {
    /// The host.
    pub pwszHost: *const W,
    /// How many groups.
    pub cConnectionGroups: u32,
    /// The groups.
    pub pConnectionGroups: *mut WINHTTP_CONNECTION_GROUP,
}

/// What `WinHttpQueryConnectionGroup` found.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_QUERY_CONNECTION_GROUP_RESULT<W = u16> {
    /// How many hosts.
    pub cHosts: u32,
    /// The hosts.
    pub pHostConnectionGroups: *mut WINHTTP_HOST_CONNECTION_GROUP<W>,
}

/// Flow control of HTTP/2.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_HTTP2_RECEIVE_WINDOW {
    /// Window of a stream, in bytes.
    pub ulStreamWindow: u32,
    /// Bytes read before the window is opened again.
    pub ulStreamWindowUpdateDelta: u32,
}

/// Retries of failed connections.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_FAILED_CONNECTION_RETRIES {
    /// Most retries.
    pub dwMaxRetries: u32,
    /// See [`crate::setting::RETRY_CONDITIONS`].
    pub dwAllowedRetryConditions: u32,
}

/// TCP keep-alive, by `WINHTTP_OPTION_TCP_KEEPALIVE`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct tcp_keepalive {
    /// 0 is off.
    pub onoff: u32,
    /// Idle time before the first probe, in milliseconds.
    pub keepalivetime: u32,
    /// Time between probes, in milliseconds.
    pub keepaliveinterval: u32,
}

/// TCP's counters, by `WINHTTP_OPTION_CONNECTION_STATS_V0`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TCP_INFO_v0 {
    /// State of the connection.
    pub State: u32,
    /// Largest segment, in bytes.
    pub Mss: u32,
    /// Age of the connection, in milliseconds.
    pub ConnectionTimeMs: u64,
    /// Whether timestamps are on.
    pub TimestampsEnabled: u8,
    /// Round trip time, in microseconds.
    pub RttUs: u32,
    /// Least round trip time, in microseconds.
    pub MinRttUs: u32,
    /// Bytes sent and not acknowledged.
    pub BytesInFlight: u32,
    /// Congestion window, in bytes.
    pub Cwnd: u32,
    /// Send window, in bytes.
    pub SndWnd: u32,
    /// Receive window, in bytes.
    pub RcvWnd: u32,
    /// Receive buffer, in bytes.
    pub RcvBuf: u32,
    /// Bytes sent.
    pub BytesOut: u64,
    /// Bytes received.
    pub BytesIn: u64,
    /// Bytes received out of order.
    pub BytesReordered: u32,
    /// Bytes sent again.
    pub BytesRetrans: u32,
    /// Fast retransmissions.
    pub FastRetrans: u32,
    /// Duplicate acknowledgements received.
    pub DupAcksIn: u32,
    /// Timeouts.
    pub TimeoutEpisodes: u32,
    /// Times the first segment was sent again.
    pub SynRetrans: u8,
}

/// TCP's counters, by `WINHTTP_OPTION_CONNECTION_STATS_V1`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TCP_INFO_v1 {
    /// State of the connection.
    pub State: u32,
    /// Largest segment, in bytes.
    pub Mss: u32,
    /// Age of the connection, in milliseconds.
    pub ConnectionTimeMs: u64,
    /// Whether timestamps are on.
    pub TimestampsEnabled: u8,
    /// Round trip time, in microseconds.
    pub RttUs: u32,
    /// Least round trip time, in microseconds.
    pub MinRttUs: u32,
    /// Bytes sent and not acknowledged.
    pub BytesInFlight: u32,
    /// Congestion window, in bytes.
    pub Cwnd: u32,
    /// Send window, in bytes.
    pub SndWnd: u32,
    /// Receive window, in bytes.
    pub RcvWnd: u32,
    /// Receive buffer, in bytes.
    pub RcvBuf: u32,
    /// Bytes sent.
    pub BytesOut: u64,
    /// Bytes received.
    pub BytesIn: u64,
    /// Bytes received out of order.
    pub BytesReordered: u32,
    /// Bytes sent again.
    pub BytesRetrans: u32,
    /// Fast retransmissions.
    pub FastRetrans: u32,
    /// Duplicate acknowledgements received.
    pub DupAcksIn: u32,
    /// Timeouts.
    pub TimeoutEpisodes: u32,
    /// Times the first segment was sent again.
    pub SynRetrans: u8,
    /// Waits for the receiver's window.
    pub SndLimTransRwin: u32,
    /// Time waited for the receiver's window, in milliseconds.
    pub SndLimTimeRwin: u32,
    /// Bytes sent while waiting for the receiver's window.
    pub SndLimBytesRwin: u64,
    /// Waits for the congestion window.
    pub SndLimTransCwnd: u32,
    /// Time waited for the congestion window, in milliseconds.
    pub SndLimTimeCwnd: u32,
    /// Bytes sent while waiting for the congestion window.
    pub SndLimBytesCwnd: u64,
    /// Waits for the application.
    pub SndLimTransSnd: u32,
    /// Time waited for the application, in milliseconds.
    pub SndLimTimeSnd: u32,
    /// Bytes sent while waiting for the application.
    pub SndLimBytesSnd: u64,
}
