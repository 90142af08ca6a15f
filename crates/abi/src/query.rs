//! Query levels of `WinHttpQueryHeaders`: one id per header, and the bits that modify a query.

use crate::table::{Names, constants};

/// One query level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// The C name.
    pub name: &'static str,
    /// The id, without modifiers.
    pub id: u32,
    /// What the id asks for.
    pub asks: Asks,
}

/// What a query level asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// The header of this name.
    Header(&'static str),
    /// Something that is not one header.
    Special(&'static str),
}

impl Query {
    /// The name of the header asked for, where the level stands for one.
    pub fn header(&self) -> Option<&'static str> {
        match self.asks {
            Asks::Header(name) => Some(name),
            Asks::Special(_) => None,
        }
    }
}

macro_rules! queries {
    ($($name:ident = $id:literal, $asks:ident($what:literal);)*) => {
        $(
            #[doc = concat!(stringify!($asks), ": ", $what, ".")]
            pub const $name: u32 = $id;
        )*

        /// All levels in numeric order. 71 to 74 are not given out.
        pub const TABLE: &[Query] = &[
            $(Query { name: stringify!($name), id: $name, asks: Asks::$asks($what) },)*
        ];
    };
}

queries! {
    WINHTTP_QUERY_MIME_VERSION = 0, Header("MIME-Version");
    WINHTTP_QUERY_CONTENT_TYPE = 1, Header("Content-Type");
    WINHTTP_QUERY_CONTENT_TRANSFER_ENCODING = 2, Header("Content-Transfer-Encoding");
    WINHTTP_QUERY_CONTENT_ID = 3, Header("Content-ID");
    WINHTTP_QUERY_CONTENT_DESCRIPTION = 4, Header("Content-Description");
    WINHTTP_QUERY_CONTENT_LENGTH = 5, Header("Content-Length");
    WINHTTP_QUERY_CONTENT_LANGUAGE = 6, Header("Content-Language");
    WINHTTP_QUERY_ALLOW = 7, Header("Allow");
    WINHTTP_QUERY_PUBLIC = 8, Header("Public");
    WINHTTP_QUERY_DATE = 9, Header("Date");
    WINHTTP_QUERY_EXPIRES = 10, Header("Expires");
    WINHTTP_QUERY_LAST_MODIFIED = 11, Header("Last-Modified");
    WINHTTP_QUERY_MESSAGE_ID = 12, Header("Message-ID");
    WINHTTP_QUERY_URI = 13, Header("URI");
    WINHTTP_QUERY_DERIVED_FROM = 14, Header("Derived-From");
    WINHTTP_QUERY_COST = 15, Header("Cost");
    WINHTTP_QUERY_LINK = 16, Header("Link");
    WINHTTP_QUERY_PRAGMA = 17, Header("Pragma");
    WINHTTP_QUERY_VERSION = 18, Special("the version of the status line");
    WINHTTP_QUERY_STATUS_CODE = 19, Special("the status code");
    WINHTTP_QUERY_STATUS_TEXT = 20, Special("the reason phrase");
    WINHTTP_QUERY_RAW_HEADERS = 21, Special("the whole head, lines ended by NULs");
    WINHTTP_QUERY_RAW_HEADERS_CRLF = 22, Special("the whole head, lines ended by CRLF");
    WINHTTP_QUERY_CONNECTION = 23, Header("Connection");
    WINHTTP_QUERY_ACCEPT = 24, Header("Accept");
    WINHTTP_QUERY_ACCEPT_CHARSET = 25, Header("Accept-Charset");
    WINHTTP_QUERY_ACCEPT_ENCODING = 26, Header("Accept-Encoding");
    WINHTTP_QUERY_ACCEPT_LANGUAGE = 27, Header("Accept-Language");
    WINHTTP_QUERY_AUTHORIZATION = 28, Header("Authorization");
    WINHTTP_QUERY_CONTENT_ENCODING = 29, Header("Content-Encoding");
    WINHTTP_QUERY_FORWARDED = 30, Header("Forwarded");
    WINHTTP_QUERY_FROM = 31, Header("From");
    WINHTTP_QUERY_IF_MODIFIED_SINCE = 32, Header("If-Modified-Since");
    WINHTTP_QUERY_LOCATION = 33, Header("Location");
    WINHTTP_QUERY_ORIG_URI = 34, Header("Orig-URI");
    WINHTTP_QUERY_REFERER = 35, Header("Referer");
    WINHTTP_QUERY_RETRY_AFTER = 36, Header("Retry-After");
    WINHTTP_QUERY_SERVER = 37, Header("Server");
    WINHTTP_QUERY_TITLE = 38, Header("Title");
    WINHTTP_QUERY_USER_AGENT = 39, Header("User-Agent");
    WINHTTP_QUERY_WWW_AUTHENTICATE = 40, Header("WWW-Authenticate");
    WINHTTP_QUERY_PROXY_AUTHENTICATE = 41, Header("Proxy-Authenticate");
    WINHTTP_QUERY_ACCEPT_RANGES = 42, Header("Accept-Ranges");
    WINHTTP_QUERY_SET_COOKIE = 43, Header("Set-Cookie");
    WINHTTP_QUERY_COOKIE = 44, Header("Cookie");
    WINHTTP_QUERY_REQUEST_METHOD = 45, Special("the method of the request");
    WINHTTP_QUERY_REFRESH = 46, Header("Refresh");
    WINHTTP_QUERY_CONTENT_DISPOSITION = 47, Header("Content-Disposition");
    WINHTTP_QUERY_AGE = 48, Header("Age");
    WINHTTP_QUERY_CACHE_CONTROL = 49, Header("Cache-Control");
    WINHTTP_QUERY_CONTENT_BASE = 50, Header("Content-Base");
    WINHTTP_QUERY_CONTENT_LOCATION = 51, Header("Content-Location");
    WINHTTP_QUERY_CONTENT_MD5 = 52, Header("Content-MD5");
    WINHTTP_QUERY_CONTENT_RANGE = 53, Header("Content-Range");
    WINHTTP_QUERY_ETAG = 54, Header("ETag");
    WINHTTP_QUERY_HOST = 55, Header("Host");
    WINHTTP_QUERY_IF_MATCH = 56, Header("If-Match");
    WINHTTP_QUERY_IF_NONE_MATCH = 57, Header("If-None-Match");
    WINHTTP_QUERY_IF_RANGE = 58, Header("If-Range");
    WINHTTP_QUERY_IF_UNMODIFIED_SINCE = 59, Header("If-Unmodified-Since");
    WINHTTP_QUERY_MAX_FORWARDS = 60, Header("Max-Forwards");
    WINHTTP_QUERY_PROXY_AUTHORIZATION = 61, Header("Proxy-Authorization");
    WINHTTP_QUERY_RANGE = 62, Header("Range");
    WINHTTP_QUERY_TRANSFER_ENCODING = 63, Header("Transfer-Encoding");
    WINHTTP_QUERY_UPGRADE = 64, Header("Upgrade");
    WINHTTP_QUERY_VARY = 65, Header("Vary");
    WINHTTP_QUERY_VIA = 66, Header("Via");
    WINHTTP_QUERY_WARNING = 67, Header("Warning");
    WINHTTP_QUERY_EXPECT = 68, Header("Expect");
    WINHTTP_QUERY_PROXY_CONNECTION = 69, Header("Proxy-Connection");
    WINHTTP_QUERY_UNLESS_MODIFIED_SINCE = 70, Header("Unless-Modified-Since");
    WINHTTP_QUERY_PROXY_SUPPORT = 75, Header("Proxy-Support");
    WINHTTP_QUERY_AUTHENTICATION_INFO = 76, Header("Authentication-Info");
    WINHTTP_QUERY_PASSPORT_URLS = 77, Header("PassportURLs");
    WINHTTP_QUERY_PASSPORT_CONFIG = 78, Header("PassportConfig");
    WINHTTP_QUERY_CUSTOM = 0xffff, Special("the header named by the caller");
}

constants! {
    /// Names and bounds made of the numbers above.
    pub ALIASES: u32;
    WINHTTP_QUERY_MAX = WINHTTP_QUERY_PASSPORT_CONFIG, "The highest level that is not `CUSTOM`.";
    WINHTTP_QUERY_EX_ALL_HEADERS = WINHTTP_QUERY_RAW_HEADERS, "`WinHttpQueryHeadersEx`: every header.";
}

constants! {
    /// Modifiers, OR-ed to a level. They live in the top byte.
    pub MODIFIERS: u32;
    WINHTTP_QUERY_FLAG_WIRE_ENCODING = 0x0100_0000, "The bytes as they were on the wire.";
    WINHTTP_QUERY_FLAG_TRAILERS = 0x0200_0000, "Trailers in place of headers.";
    WINHTTP_QUERY_FLAG_NUMBER64 = 0x0800_0000, "The value as a 64-bit number.";
    WINHTTP_QUERY_FLAG_NUMBER = 0x2000_0000, "The value as a 32-bit number.";
    WINHTTP_QUERY_FLAG_SYSTEMTIME = 0x4000_0000, "The value as a `SYSTEMTIME`.";
    WINHTTP_QUERY_FLAG_REQUEST_HEADERS = 0x8000_0000, "Headers of the request in place of the answer.";
}

/// The row of a level; modifiers must have been taken off with [`level`].
pub fn find(id: u32) -> Option<&'static Query> {
    let at = TABLE.binary_search_by_key(&id, |row| row.id).ok()?;
    TABLE.get(at)
}

/// The C name of a level.
pub fn name(id: u32) -> Option<&'static str> {
    find(id).map(|row| row.name)
}

/// The level part of a query: the low 16 bits.
pub const fn level(query: u32) -> u32 {
    query & 0xffff
}

/// The modifier part of a query: the high 16 bits, known or not.
pub const fn modifiers(query: u32) -> u32 {
    query & 0xffff_0000
}

/// Names of the modifiers set in a query, lowest bit first.
pub fn modifier_names(query: u32) -> Names {
    crate::table::names(MODIFIERS, u64::from(modifiers(query)))
}
