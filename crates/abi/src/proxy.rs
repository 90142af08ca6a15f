//! Proxies: access types, automatic configuration, settings, and resetting what was learnt.

use crate::table::constants;

constants! {
    /// Access types of a session or of the `PROXY` option.
    pub ACCESS_TYPES: u32;
    WINHTTP_ACCESS_TYPE_DEFAULT_PROXY = 0, "The proxy configured for the machine.";
    WINHTTP_ACCESS_TYPE_NO_PROXY = 1, "No proxy.";
    WINHTTP_ACCESS_TYPE_NAMED_PROXY = 3, "The proxy given by name.";
    WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY = 4, "The system's and the user's settings, scripts included.";
}

constants! {
    /// Flags of `WINHTTP_AUTOPROXY_OPTIONS`.
    pub AUTOPROXY: u32;
    WINHTTP_AUTOPROXY_AUTO_DETECT = 0x0000_0001, "Look for a configuration script on the network.";
    WINHTTP_AUTOPROXY_CONFIG_URL = 0x0000_0002, "Fetch the script from the URL given.";
    WINHTTP_AUTOPROXY_HOST_KEEPCASE = 0x0000_0004, "Hand host names to the script in the case they came in.";
    WINHTTP_AUTOPROXY_HOST_LOWERCASE = 0x0000_0008, "Hand host names to the script in lower case.";
    WINHTTP_AUTOPROXY_ALLOW_AUTOCONFIG = 0x0000_0100, "Configured scripts may be used.";
    WINHTTP_AUTOPROXY_ALLOW_STATIC = 0x0000_0200, "Configured fixed proxies may be used.";
    WINHTTP_AUTOPROXY_ALLOW_CM = 0x0000_0400, "The connection manager's settings may be used.";
    WINHTTP_AUTOPROXY_USE_INTERFACE_CONFIG = 0x0000_0800, "The settings of one network interface are used.";
    WINHTTP_AUTOPROXY_RUN_INPROCESS = 0x0001_0000, "Run the script in this process.";
    WINHTTP_AUTOPROXY_RUN_OUTPROCESS_ONLY = 0x0002_0000, "Run the script in another process or not at all.";
    WINHTTP_AUTOPROXY_NO_DIRECTACCESS = 0x0004_0000, "Ignore DirectAccess.";
    WINHTTP_AUTOPROXY_NO_CACHE_CLIENT = 0x0008_0000, "Do not use answers remembered in this process.";
    WINHTTP_AUTOPROXY_NO_CACHE_SVC = 0x0010_0000, "Do not use answers remembered by the service.";
    WINHTTP_AUTOPROXY_SORT_RESULTS = 0x0040_0000, "Sort the proxies by how fast they are.";
}

constants! {
    /// Ways to look for a configuration script.
    pub AUTO_DETECT: u32;
    WINHTTP_AUTO_DETECT_TYPE_DHCP = 1, "Ask DHCP.";
    WINHTTP_AUTO_DETECT_TYPE_DNS_A = 2, "Ask DNS for `wpad`.";
}

constants! {
    /// Flags of `WinHttpResetAutoProxy`.
    pub RESET: u32;
    WINHTTP_RESET_STATE = 0x0000_0001, "Forget the state of automatic configuration.";
    WINHTTP_RESET_SWPAD_CURRENT_NETWORK = 0x0000_0002, "Forget the detected script of this network.";
    WINHTTP_RESET_SWPAD_ALL = 0x0000_0004, "Forget the detected scripts of all networks.";
    WINHTTP_RESET_SCRIPT_CACHE = 0x0000_0008, "Forget fetched scripts.";
    WINHTTP_RESET_ALL = 0x0000_ffff, "Forget all of that.";
    WINHTTP_RESET_NOTIFY_NETWORK_CHANGED = 0x0001_0000, "Tell that the network has changed.";
    WINHTTP_RESET_OUT_OF_PROC = 0x0002_0000, "Reset the service in the other process.";
    WINHTTP_RESET_DISCARD_RESOLVERS = 0x0004_0000, "Give up resolvers that are at work.";
}

constants! {
    /// Kinds of settings in `WINHTTP_PROXY_SETTINGS`.
    pub TYPES: u32;
    WINHTTP_PROXY_TYPE_DIRECT = 1, "No proxy.";
    WINHTTP_PROXY_TYPE_PROXY = 2, "A fixed proxy.";
    WINHTTP_PROXY_TYPE_AUTO_PROXY_URL = 4, "A script at a URL.";
    WINHTTP_PROXY_TYPE_AUTO_DETECT = 8, "A detected script.";
}

constants! {
    /// Types of settings that `WinHttpGetProxySettingsEx` reads.
    pub SETTINGS_TYPES: u32;
    WinHttpProxySettingsTypeUnknown = 0, "No type.";
    WinHttpProxySettingsTypeWsl = 1, "Settings for a Linux subsystem.";
    WinHttpProxySettingsTypeWsa = 2, "Settings for an Android subsystem.";
    WinHttpProxySettingsTypeXBox = 3, "Settings for a game console.";
}

constants! {
    /// Other numbers of the family.
    pub OTHER: u32;
    WINHTTP_PROXY_NOTIFY_CHANGE = 1, "What `WinHttpRegisterProxyChangeNotification` watches.";
    NETWORKING_KEY_BUFSIZE = 128, "Bytes of a `WINHTTP_PROXY_NETWORKING_KEY`.";
}
