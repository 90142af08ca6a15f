//! URLs: ports, schemes and the flags of `WinHttpCrackUrl` and `WinHttpCreateUrl`.

use crate::table::constants;

constants! {
    /// Ports. 0 asks for the default of the scheme.
    pub PORTS: u16;
    INTERNET_DEFAULT_PORT = 0, "The default port of the scheme.";
    INTERNET_DEFAULT_HTTP_PORT = 80, "The default port of http.";
    INTERNET_DEFAULT_HTTPS_PORT = 443, "The default port of https.";
}

constants! {
    /// Schemes. The numbers differ from those of WinINet.
    pub SCHEMES: i32;
    INTERNET_SCHEME_HTTP = 1, "http.";
    INTERNET_SCHEME_HTTPS = 2, "https.";
    INTERNET_SCHEME_FTP = 3, "ftp; for proxies only.";
    INTERNET_SCHEME_SOCKS = 4, "socks; for proxies only.";
}

constants! {
    /// Flags of the URL functions.
    pub FLAGS: u32;
    ICU_ENCODE_PERCENT = 0x0000_1000, "Encode `%` too.";
    ICU_ESCAPE_AUTHORITY = 0x0000_2000, "Escape user name and password.";
    ICU_REJECT_USERPWD = 0x0000_4000, "Refuse URLs with a user name or a password.";
    ICU_INCLUDE_DEFAULT_PORT = 0x0000_8000, "Write the port even when it is the default.";
    ICU_BROWSER_MODE = 0x0200_0000, "Leave what follows `?` and `#` alone.";
    ICU_ENCODE_SPACES_ONLY = 0x0400_0000, "Encode spaces only.";
    ICU_NO_META = 0x0800_0000, "Keep `.` and `..` segments.";
    ICU_DECODE = 0x1000_0000, "Turn `%XX` back into characters.";
    ICU_NO_ENCODE = 0x2000_0000, "Do not encode unsafe characters.";
    ICU_ESCAPE = 0x8000_0000, "Escape unsafe characters of path and query, in CreateUrl and in CrackUrl.";
}
