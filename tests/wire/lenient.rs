//! Responses that the library accepts and libcurl refuses: group, name, and why it is safe.

pub const LENIENT: &[(&str, &str, &str)] = &[(
    "last chunk, trailers",
    "trailer of 15000 bytes",
    "well-formed; libcurl's limit is 4,096 bytes, the library's is its buffer of 16 KiB",
)];
