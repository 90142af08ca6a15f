//! Proxy settings and what a resolver found.

use super::base::{BOOL, FILETIME, INTERNET_PORT, INTERNET_SCHEME};
use core::ffi::c_void;

/// A proxy configuration. Text that the library gives out is freed with `GlobalFree`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_PROXY_INFO<W = u16> {
    /// See [`crate::proxy::ACCESS_TYPES`].
    pub dwAccessType: u32,
    /// List of proxies.
    pub lpszProxy: *mut W,
    /// List of hosts reached without one.
    pub lpszProxyBypass: *mut W,
}

/// The user's proxy settings. Each text is freed with `GlobalFree`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_CURRENT_USER_IE_PROXY_CONFIG<W = u16> {
    /// Whether a script is to be detected.
    pub fAutoDetect: BOOL,
    /// URL of the script.
    pub lpszAutoConfigUrl: *mut W,
    /// List of proxies.
    pub lpszProxy: *mut W,
    /// List of hosts reached without one.
    pub lpszProxyBypass: *mut W,
}

/// How `WinHttpGetProxyForUrl` is to find a proxy.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_AUTOPROXY_OPTIONS<W = u16> {
    /// See [`crate::proxy::AUTOPROXY`].
    pub dwFlags: u32,
    /// See [`crate::proxy::AUTO_DETECT`].
    pub dwAutoDetectFlags: u32,
    /// URL of the script.
    pub lpszAutoConfigUrl: *const W,
    /// Null.
    pub lpvReserved: *mut c_void,
    /// 0.
    pub dwReserved: u32,
    /// Whether the user's own credentials may be sent to fetch the script.
    pub fAutoLogonIfChallenged: BOOL,
}

/// One proxy a resolver found.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_PROXY_RESULT_ENTRY<W = u16> {
    /// Whether there is a proxy.
    pub fProxy: BOOL,
    /// Whether it is bypassed by the list of exceptions.
    pub fBypass: BOOL,
    /// The scheme of the proxy.
    pub ProxyScheme: INTERNET_SCHEME,
    /// The name of the proxy.
    pub pwszProxy: *mut W,
    /// The port of the proxy.
    pub ProxyPort: INTERNET_PORT,
}

/// What a resolver found.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_PROXY_RESULT<W = u16> {
    /// How many entries there are.
    pub cEntries: u32,
    /// The entries.
    pub pEntries: *mut WINHTTP_PROXY_RESULT_ENTRY<W>,
}

/// What a resolver found, with where.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_PROXY_RESULT_EX<W = u16> {
    /// How many entries there are.
    pub cEntries: u32,
    /// The entries.
    pub pEntries: *mut WINHTTP_PROXY_RESULT_ENTRY<W>,
    /// A handle of the detection.
    pub hProxyDetectionHandle: *mut c_void,
    /// The interface the proxies belong to.
    pub dwProxyInterfaceAffinity: u32,
}

/// The key of a network.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WINHTTP_PROXY_NETWORKING_KEY {
    /// The bytes of the key.
    pub pbBuffer: [u8; 128],
}

impl Default for WINHTTP_PROXY_NETWORKING_KEY {
    fn default() -> Self {
        Self { pbBuffer: [0; 128] }
    }
}

/// Stored proxy settings, by `WinHttpReadProxySettings`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_PROXY_SETTINGS<W = u16> {
    /// Size of this structure in bytes.
    pub dwStructSize: u32,
    /// See [`crate::proxy::TYPES`].
    pub dwFlags: u32,
    /// Grows with each change.
    pub dwCurrentSettingsVersion: u32,
    /// Name of the connection.
    pub pwszConnectionName: *mut W,
    /// List of proxies.
    pub pwszProxy: *mut W,
    /// List of hosts reached without one.
    pub pwszProxyBypass: *mut W,
    /// URL of the script.
    pub pwszAutoconfigUrl: *mut W,
    /// URL of a second script.
    pub pwszAutoconfigSecondaryUrl: *mut W,
    /// See [`crate::proxy::AUTO_DETECT`].
    pub dwAutoDiscoveryFlags: u32,
    /// URL of the script that worked last.
    pub pwszLastKnownGoodAutoConfigUrl: *mut W,
    /// Minutes after which the script is fetched again.
    pub dwAutoconfigReloadDelayMins: u32,
    /// When detection ran last.
    pub ftLastKnownDetectTime: FILETIME,
    /// How many addresses follow.
    pub dwDetectedInterfaceIpCount: u32,
    /// Addresses of the interfaces.
    pub pdwDetectedInterfaceIp: *mut u32,
    /// How many keys follow.
    pub cNetworkKeys: u32,
    /// Keys of the networks.
    pub pNetworkKeys: *mut WINHTTP_PROXY_NETWORKING_KEY,
}

/// Proxy settings, by `WinHttpGetProxySettingsResultEx`.
#[cfg_attr(target_pointer_width = "32", repr(C, packed(4)))]
#[cfg_attr(not(target_pointer_width = "32"), repr(C))]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_PROXY_SETTINGS_EX<W: Copy = u16> {
    /// Grows with each change.
    pub ullGenerationId: u64,
    /// See [`crate::proxy::TYPES`].
    pub ullFlags: u64,
    /// URL of the script.
    pub pcwszAutoconfigUrl: *const W,
    /// Proxy for http.
    pub pcwszProxy: *const W,
    /// Proxy for https.
    pub pcwszSecureProxy: *const W,
    /// How many exceptions follow.
    pub cProxyBypasses: u32,
    /// Hosts reached without a proxy.
    pub rgpcwszProxyBypasses: *const *const W,
    /// The interface the settings belong to.
    pub dwInterfaceIndex: u32,
    /// Name of the connection.
    pub pcwszConnectionName: *const W,
}

/// What `WinHttpGetProxySettingsEx` is asked for.
#[cfg_attr(target_pointer_width = "32", repr(C, packed(4)))]
#[cfg_attr(not(target_pointer_width = "32"), repr(C))]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_PROXY_SETTINGS_PARAM<W: Copy = u16> {
    /// Flags.
    pub ullFlags: u64,
    /// Name of the connection.
    pub pcwszConnectionName: *const W,
    /// Host whose interface is meant.
    pub pcwszProbeHost: *const W,
}
