//! The bytes of HTTP/1.1.
