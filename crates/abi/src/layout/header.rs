//! Headers as name and value pairs, by the `Ex` functions.

/// The name or the value of an extended header: wide or narrow, by the flag of the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub union WINHTTP_HEADER_TEXT<W: Copy = u16> {
    /// Wide text that ends with a NUL.
    pub pwsz: *const W,
    /// Narrow text that ends with a NUL.
    pub psz: *const u8,
}

/// A header. In C the members are two anonymous unions of `pwszName`, `pszName` and `pwszValue`,
/// `pszValue`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WINHTTP_EXTENDED_HEADER<W: Copy = u16> {
    /// The name.
    pub name: WINHTTP_HEADER_TEXT<W>,
    /// The value.
    pub value: WINHTTP_HEADER_TEXT<W>,
}

/// The name of the header `WinHttpQueryHeadersEx` asks for; `pwszName` or `pszName` in C.
pub type WINHTTP_HEADER_NAME<W = u16> = WINHTTP_HEADER_TEXT<W>;
