//! The header in `include` is the one that the code makes, and names what the library exports.
//!
//! `AUTHLETE_FAIL_REFRESH=1 cargo test --test header` writes it anew.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;
use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn header_agrees_with_the_code() {
    let mut config = cbindgen::Config::from_root_or_default(ROOT);
    config.after_includes = Some(version_macros());
    let mut generated = Vec::new();
    cbindgen::Builder::new()
        .with_crate(ROOT)
        .with_config(config)
        .generate()
        .expect("cbindgen reads the code")
        .write(&mut generated);
    let generated = String::from_utf8(generated).unwrap();
    let path = Path::new(ROOT).join("include/authlete_fail.h");
    if std::env::var_os("AUTHLETE_FAIL_REFRESH").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    let checked_in = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        generated == checked_in,
        "include/authlete_fail.h is out of date; refresh it with \
         AUTHLETE_FAIL_REFRESH=1 cargo test --test header"
    );
    assert!(checked_in.lines().count() <= 350, "the header is too long to read");
}

fn version_macros() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut macros = format!("\n#define AUTHLETE_FAIL_VERSION \"{version}\"\n");
    for (part, number) in ["MAJOR", "MINOR", "PATCH"].iter().zip(version.split('.')) {
        writeln!(macros, "#define AUTHLETE_FAIL_VERSION_{part} {number}").unwrap();
    }
    macros
}
