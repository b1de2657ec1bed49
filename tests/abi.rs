//! The ABI: exported symbols, headers with every compiler, and C and C++ programs.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "abi/baseline.rs"]
mod baseline;
#[path = "abi/process_state.rs"]
mod process_state;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use support::{ROOT, compile, library, run, scratch};

/// The functions that the header declares.
fn declared() -> BTreeSet<String> {
    let header = fs::read_to_string(format!("{ROOT}/include/authlete_fail.h")).unwrap();
    header
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .filter_map(|line| line.split_once('(').map(|(before, _)| before))
        .filter_map(|before| before.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("authlete_fail_"))
        .map(str::to_owned)
        .collect()
}

/// The symbols that the library exports.
fn exported() -> BTreeSet<String> {
    let printed = run(Command::new("nm").args(["-D", "--defined-only"]).arg(library()));
    printed.lines().filter_map(|line| line.rsplit(' ').next()).map(str::to_owned).collect()
}

/// The dynamic section of the library.
fn dynamic_section() -> String {
    run(Command::new("readelf").arg("-d").arg(library()))
}

#[test]
fn exported_symbols_match_the_header() {
    assert_eq!(exported(), declared());
}

#[test]
fn the_library_stays_loaded() {
    let printed = dynamic_section();
    assert!(printed.contains("NODELETE"), "{printed}");
    assert!(printed.contains("BIND_NOW") || printed.contains("Flags: NOW"), "{printed}");
}

/// With fat LTO, all crates become one codegen unit, except `compiler_builtins`. Cargo silently drops
/// LTO when it builds several crate types at once.
#[test]
fn the_library_is_one_codegen_unit() {
    let printed = run(Command::new("readelf").args(["--symbols", "--wide"]).arg(library()));
    let files = printed.lines().filter(|line| line.contains(" FILE "));
    let units: Vec<_> = files
        .filter_map(|line| line.rsplit(' ').next())
        .filter(|name| name.contains("-cgu.") && !name.starts_with("compiler_builtins."))
        .collect();
    assert_eq!(units.len(), 1, "{units:?}");
    assert!(units[0].starts_with("authlete_fail."), "{units:?}");
}

#[test]
fn the_library_is_small() {
    let stripped = scratch().join("stripped.so");
    // The strip of a native binutils does not know other architectures (`make check-aarch64`).
    let strip = std::env::var("AUTHLETE_FAIL_STRIP").unwrap_or_else(|_| "strip".to_owned());
    run(Command::new(strip).arg("-o").arg(&stripped).arg(library()));
    let bytes = fs::metadata(&stripped).unwrap().len();
    assert!(bytes < 2_200_000, "{bytes} bytes");
}

#[test]
fn the_header_is_clean_in_every_standard() {
    let gcc = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];
    let gcc_c: Vec<_> =
        gcc.iter().copied().chain(["-Wstrict-prototypes", "-Wc++-compat"]).collect();
    let clang = [
        "-Weverything",
        "-Wno-c++98-compat",
        "-Wno-c++98-compat-pedantic",
        "-Wno-padded",
        "-Werror",
    ];
    let header = "include/authlete_fail.h";
    let c = ["c99", "c11", "c17", "c2x"];
    let cpp = ["c++11", "c++14", "c++17", "c++20"];
    check_syntax("gcc", "c", &c, &gcc_c, header);
    check_syntax("g++", "c++", &cpp, &gcc, header);
    let wrapper = "bindings/cpp/authlete_fail.hpp";
    let shadow: Vec<_> = gcc.iter().copied().chain(["-Wshadow"]).collect();
    check_syntax("g++", "c++", &["c++17", "c++20"], &shadow, wrapper);
    if Command::new("clang").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "clang is not installed");
        eprintln!("skipped: clang is not installed");
        return;
    }
    check_syntax("clang", "c", &c, &clang, header);
    check_syntax("clang++", "c++", &cpp, &clang, header);
    check_syntax("clang++", "c++", &["c++17", "c++20"], &clang, wrapper);
}

/// Includes `file` in an empty program. As the main file, it would cause warnings about unused
/// functions.
fn check_syntax(compiler: &str, language: &str, standards: &[&str], flags: &[&str], file: &str) {
    for standard in standards {
        run(Command::new(compiler)
            .args(flags)
            .arg(format!("-std={standard}"))
            .args(["-fsyntax-only", "-Iinclude", "-include", file, "-x", language, "/dev/null"])
            .current_dir(ROOT));
    }
}

#[test]
fn c_programs() {
    run_program("cc", &["tests/c/preamble.c"], "preamble-c", "-std=c99");
}

/// Not one of the programs that run under sanitizers: the library leaks what is left of a panic.
#[test]
fn a_panic_is_an_error() {
    run_program("cc", &["tests/c/panic.c"], "panic-c", "-std=c99");
}

#[test]
fn cpp_programs() {
    let wrapper = ["tests/cpp/wrapper.cpp", "tests/cpp/second.cpp"];
    run_program("c++", &wrapper, "wrapper-cpp", "-std=c++17");
    for name in ["call", "json", "log"] {
        let source = format!("tests/cpp/{name}.cpp");
        run_program("c++", &[&source], &format!("{name}-cpp"), "-std=c++17");
    }
}

/// Every enumerator of the C header has a C++ constant of its lower-case name, with its value.
#[test]
fn the_wrapper_has_every_constant() {
    let read = |path| fs::read_to_string(format!("{ROOT}/{path}")).unwrap();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let wrapper = words(&read("bindings/cpp/authlete_fail/names.hpp"));
    let header = read("include/authlete_fail.h");
    let mut count = 0;
    for line in header.lines() {
        let Some((constant, _)) = line.trim().split_once(" = ") else { continue };
        let Some(group) = constant.strip_prefix("AUTHLETE_FAIL_") else { continue };
        if constant.ends_with("_MAX_ENUM") {
            continue;
        }
        let groups = ["STATUS_", "OUTCOME_", "TICKET_STATE_", "JSON_TYPE_", "LOG_LEVEL_"];
        let name = groups.iter().find_map(|prefix| group.strip_prefix(prefix));
        let name = name.unwrap_or_else(|| panic!("{constant}: of an unknown group")).to_lowercase();
        let definition = format!(" {name} = {constant},");
        assert!(wrapper.contains(&definition), "the wrapper lacks{definition}");
        count += 1;
    }
    assert_eq!(count, wrapper.matches(" = AUTHLETE_FAIL_").count());
}

fn run_program(compiler: &str, sources: &[&str], name: &str, standard: &str) {
    let program = compile(compiler, sources, name, &[standard]);
    println!("{}", run(&mut support::program(&program)));
}

/// The sanitizers detect misuse, so the other tests can rely on them.
#[test]
fn sanitizers_detect_misuse() {
    if std::env::var_os("AUTHLETE_FAIL_SANITIZE").is_none() {
        return;
    }
    let program = compile("cc", &["tests/c/misuse.c"], "misuse-c", &["-std=c99"]);
    for (misuse, message) in [
        ("none", None),
        ("reply-leak", Some("detected memory leaks")),
        ("client-leak", Some("detected memory leaks")),
        ("use-after-free", Some("heap-use-after-free")),
        ("double-free", Some("ERROR: AddressSanitizer")),
    ] {
        let output = Command::new(&program).arg(misuse).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), message.is_none(), "{misuse}: {printed}");
        assert!(message.is_none_or(|text| printed.contains(text)), "{misuse}: {printed}");
    }
}
