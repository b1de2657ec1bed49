//! `include/authlete_fail.h` is the header that `src/ffi` generates, and
//! `bindings/cpp/authlete_fail/reasons.hpp` has the reasons of `src/endpoint.rs`.
//!
//! `AUTHLETE_FAIL_REFRESH=1 cargo test --test header` updates both.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "header/preamble.rs"]
mod preamble;
#[path = "header/reasons.rs"]
mod reasons;

use std::fmt::Write;
use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The groups of declarations: title, and the first declaration.
const BANNERS: &[(&str, &str)] = &[
    ("Types", "} authlete_fail_status;"),
    ("Client", "authlete_fail_client_new("),
    ("Calls", "authlete_fail_authorization("),
    ("Reply: what happened", "authlete_fail_reply_status("),
    ("Reply: the API response", "authlete_fail_reply_json("),
    ("Reply: the response to send to the OAuth client", "authlete_fail_reply_response_status("),
    ("Reply: release", "authlete_fail_reply_free("),
    ("JSON", "authlete_fail_json_string("),
    ("Names and version", "authlete_fail_status_name("),
];

/// The comments of the opaque types. cbindgen would copy those of the Rust types, which describe
/// the implementation.
const TYPES: &[(&str, &str)] = &[
    (
        "typedef struct authlete_fail_client ",
        "/// A handle to one Authlete service, with its own connection pool; threads may share it.\n///\n\
         /// Created by authlete_fail_client_new(), freed by authlete_fail_client_free().\n",
    ),
    (
        "typedef struct authlete_fail_reply ",
        "/// The result of one call; immutable, and independent of the client.\n///\n\
         /// Set by every function with a `reply` out-parameter, freed by authlete_fail_reply_free().\n",
    ),
];

#[test]
fn header_agrees_with_the_code() {
    let mut config = cbindgen::Config::from_root_or_default(ROOT);
    let width = config.line_length;
    config.after_includes = Some(version_macros() + &reasons::c_macros());
    let mut generated = Vec::new();
    cbindgen::Builder::new()
        .with_crate(ROOT)
        .with_config(config)
        .generate()
        .expect("cbindgen reads the code")
        .write(&mut generated);
    let generated = edited(&String::from_utf8(generated).unwrap(), width);
    compare("include/authlete_fail.h", &generated);
    assert!(generated.lines().count() <= 600, "the header is too long to read");
}

#[test]
fn reasons_of_the_wrapper_agree_with_the_code() {
    compare("bindings/cpp/authlete_fail/reasons.hpp", &reasons::cpp_constants());
}

fn compare(path: &str, generated: &str) {
    let file = Path::new(ROOT).join(path);
    if std::env::var_os("AUTHLETE_FAIL_REFRESH").is_some() {
        fs::write(&file, generated).unwrap();
    }
    assert!(
        generated == fs::read_to_string(&file).unwrap_or_default(),
        "{path} is out of date; refresh it with AUTHLETE_FAIL_REFRESH=1 cargo test --test header"
    );
}

fn version_macros() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut macros = format!(
        "\n// The version of this header; authlete_fail_version() returns that of the library.\n\
         #define AUTHLETE_FAIL_VERSION \"{version}\"\n"
    );
    for (part, number) in ["MAJOR", "MINOR", "PATCH"].iter().zip(version.split('.')) {
        writeln!(macros, "#define AUTHLETE_FAIL_VERSION_{part} {number}").unwrap();
    }
    macros
}

/// Adds the banners and the comments of the opaque types, for which cbindgen has no setting.
fn edited(generated: &str, width: usize) -> String {
    let mut blocks: Vec<String> = generated
        .split("\n\n")
        .map(|block| block.trim_matches('\n').to_owned())
        .filter(|block| !block.is_empty())
        .collect();
    for (title, declaration) in BANNERS {
        let block = declaring(&mut blocks, declaration);
        let banner = format!("// ---- {title} ");
        *block = format!("{banner:-<width$}\n\n{block}");
    }
    for (declaration, comment) in TYPES {
        let block = declaring(&mut blocks, declaration);
        let at = block.find(declaration).unwrap();
        block.replace_range(..at, comment);
    }
    blocks.join("\n\n") + "\n"
}

/// The one block, a comment and a declaration, that contains `declaration` in its code.
fn declaring<'a>(blocks: &'a mut [String], declaration: &str) -> &'a mut String {
    let is_code = |line: &&str| !line.starts_with("//");
    let mut matching = blocks
        .iter_mut()
        .filter(|block| block.lines().filter(is_code).any(|line| line.contains(declaration)));
    let block = matching.next().unwrap_or_else(|| panic!("no block declares {declaration}"));
    assert!(matching.next().is_none(), "several blocks declare {declaration}");
    block
}
