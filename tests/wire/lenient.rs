//! Responses that the library accepts and libcurl refuses: group, name, and why it is safe.

pub const LENIENT: &[(&str, &str, &str)] = &[];
