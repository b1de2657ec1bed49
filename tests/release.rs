//! Duplicated facts agree: the version, the shipped crates, the folders of the repository.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use support::{ROOT, library, run};

/// Cargo.toml is the source of the version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(file: &str) -> String {
    fs::read_to_string(format!("{ROOT}/{file}")).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// The text between `before` and `after` in the first line that contains both and starts with `before`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.lines().find_map(|line| Some(line.strip_prefix(before)?.split_once(after)?.0))
}

#[test]
fn versions_agree() {
    for (file, before, after) in [
        ("CHANGELOG.md", "## [", "] - "),
        ("bindings/debian/changelog", "authlete-fail (", "-"),
        ("bindings/python/authlete_fail/_version.py", "__version__ = \"", "\""),
        ("bindings/python-sandbox/authlete_fail_sandbox/_version.py", "__version__ = \"", "\""),
        ("include/authlete_fail.h", "#define AUTHLETE_FAIL_VERSION \"", "\""),
        ("tests/sandbox/Cargo.toml", "version = \"", "\""),
    ] {
        assert_eq!(between(&read(file), before, after), Some(VERSION), "{file}");
    }
}

/// The library builds with an older Rust than the tests.
#[test]
fn rust_versions_agree() {
    let library = env!("CARGO_PKG_RUST_VERSION");
    let sandbox = read("tests/sandbox/Cargo.toml");
    let tests = between(&sandbox, "rust-version = \"", "\"").unwrap();
    for (file, versions) in [
        ("README.md", &[tests] as &[&str]),
        ("bindings/python-sandbox/README.md", &[tests]),
        ("bindings/python-sandbox/build_program.py", &[tests]),
        ("bindings/python/README.md", &[library]),
        ("bindings/python/hatch_build.py", &[library]),
        ("docs/guide/install.md", &[library, tests]),
    ] {
        let text = read(file);
        let named: BTreeSet<_> = text.split("Rust 1.").skip(1).map(|rest| &rest[..2]).collect();
        let expected = versions.iter().map(|version| version.strip_prefix("1.").unwrap());
        assert_eq!(named, expected.collect(), "{file}");
    }
}

#[test]
fn the_header_has_the_parts_of_the_version() {
    let header = read("include/authlete_fail.h");
    for (part, number) in ["MAJOR", "MINOR", "PATCH"].iter().zip(VERSION.split('.')) {
        let line = format!("#define AUTHLETE_FAIL_VERSION_{part} {number}");
        assert!(header.lines().any(|other| other == line), "{line}");
    }
}

#[test]
fn the_soname_is_the_major_version() {
    let (major, _) = VERSION.split_once('.').unwrap();
    let soname = format!("libauthlete_fail.so.{major}");
    let printed = run(Command::new("readelf").arg("-d").arg(library()));
    assert!(printed.contains(&format!("soname: [{soname}]")), "{printed}");
    let symbols = format!("bindings/debian/libauthlete-fail{major}.symbols");
    assert!(read(&symbols).starts_with(&format!("{soname} ")), "{symbols}");
    let package = format!("libauthlete-fail{major}");
    for (file, name) in [
        ("bindings/debian/control", &package),
        ("bindings/python/authlete_fail/_ffi.py", &soname),
        ("docs/guide/install.md", &soname),
    ] {
        assert!(read(file).contains(name), "{file}: {name}");
    }
}

/// `make install` replaces the placeholder with the version of Cargo.toml.
#[test]
fn installed_files_have_a_placeholder_for_the_version() {
    for (file, line) in [
        ("bindings/pkgconfig/authlete-fail.pc.in", "Version: @VERSION@"),
        (
            "bindings/cmake/authlete_fail-config-version.cmake.in",
            "set(PACKAGE_VERSION \"@VERSION@\")",
        ),
    ] {
        assert!(read(file).lines().any(|other| other == line), "{file}");
        assert!(!read(file).contains(VERSION), "{file}");
    }
}

/// The platforms that can be built, as Rust targets.
fn platforms() -> BTreeSet<String> {
    let makefile = read("bindings/platforms.mk").replace("\\\n", " ");
    let line = makefile.lines().find_map(|line| line.strip_prefix("PLATFORMS := "));
    line.unwrap().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn platforms_agree() {
    let platforms = platforms();
    let page = read("docs/about/platforms.md");
    for title in ["## What is built", "## What is tested"] {
        let (_, section) = page.split_once(title).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let rows = section.lines().filter_map(|line| between(line, "| `", "` |"));
        assert_eq!(rows.map(str::to_owned).collect::<BTreeSet<_>>(), platforms, "{title}");
    }
    for file in ["about.toml", "deny.toml"] {
        let text = read(file);
        let targets = between(&text, "targets = [", "]").unwrap().split(", ");
        let targets = targets.map(|target| target.trim_matches('"').to_owned());
        assert_eq!(targets.collect::<BTreeSet<_>>(), platforms, "{file}");
    }
}

#[test]
fn third_party_names_every_crate_that_ships() {
    let mut shipped = BTreeSet::new();
    for target in platforms() {
        let printed = run(Command::new(env!("CARGO"))
            .args(["tree", "--workspace", "--edges", "normal", "--prefix", "none"])
            .args(["--format", "{p}", "--target", &target, "--locked"])
            .current_dir(ROOT));
        let crates = printed.lines().filter(|line| !line.starts_with("authlete-fail"));
        shipped.extend(crates.filter_map(|line| {
            let (name, rest) = line.split_once(" v")?;
            Some(format!("{name} {}", rest.split(' ').next()?))
        }));
    }
    let text = read("THIRD-PARTY");
    let named = text.lines().filter_map(|line| line.strip_prefix("- ")).map(str::to_owned);
    assert_eq!(named.collect::<BTreeSet<_>>(), shipped, "run `make third-party`");
}

#[test]
fn contributing_names_every_folder() {
    let map = read("CONTRIBUTING.md");
    let mut folders: Vec<_> = ["docs", "include"].map(str::to_owned).into();
    for top in ["bindings", "src", "tests"] {
        for entry in fs::read_dir(format!("{ROOT}/{top}")).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() && !name.starts_with(['.', '_']) {
                folders.push(format!("{top}/{name}"));
            }
        }
    }
    for folder in folders {
        assert!(map.contains(&format!("`{folder}`")), "{folder}");
    }
}
