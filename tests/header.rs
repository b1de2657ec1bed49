//! The header in `include` is the one that the code makes, and names what the library exports. Each
//! sentence of its preamble is listed here, with the tests of what it promises.
//!
//! `AUTHLETE_FAIL_REFRESH=1 cargo test --test header` writes it anew.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
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

/// Each sentence of the preamble after TERMS, and the tests of it, as `file::function`. Where there
/// is none, the sentence is a rule for the caller or a licence of the library.
const SENTENCES: &[(&str, &[&str])] = &[
    (
        "Text in is UTF-8, a pointer and a length in bytes, which counts no NUL and needs none; \
         NULL only with length 0.",
        &[
            "tests/boundary.rs::invalid_text_is_refused",
            "tests/faults/arguments.rs::arguments_at_the_edge_of_memory",
        ],
    ),
    (
        "It must not change before the function returns, and is not kept.",
        &["tests/c/abi.c::test_text_is_not_kept"],
    ),
    (
        "Text out is UTF-8, NUL-terminated and counted; where a function has `len`, it may be NULL.",
        &["tests/boundary.rs::check", "tests/c/reply.h::check_texts"],
    ),
    ("No function returns NULL for text.", &["tests/c/reply.h::check_texts"]),
    (
        "Out-parameters are written, never read; they may point to uninitialised memory.",
        &["tests/boundary.rs::every_argument_may_be_null", "tests/c/abi.c::test_client_new_null"],
    ),
    (
        "`*reply` is filled on every return, success or not.",
        &["tests/c/abi.c::test_refused", "tests/c/abi.c::test_config_refused"],
    ),
    (
        "A NULL client makes a call return AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT; a NULL reply \
         reads as that status, the error \"no reply\", numbers 0 (retry_after_ms -1), text \"\" and \
         a response that is safe to send.",
        &["tests/boundary.rs::every_argument_may_be_null", "tests/c/abi.c::test_no_reply"],
    ),
    ("NULL to free and shutdown is a no-op.", &["tests/c/abi.c::test_no_reply"]),
    ("Enumerators may be added: a `switch` needs a `default`.", &[]),
    (
        "made by freed by authlete_fail_client_new authlete_fail_client_free, after the last call \
         has returned every function with `reply` authlete_fail_reply_free text from a reply \
         authlete_fail_reply_free, with the reply text from other functions never",
        &[
            "tests/abi.rs::planted_faults_are_seen",
            "tests/c/calls.c::test_reply_outlives_client",
            "tests/faults/memory.rs::memory_stays_as_it_is",
        ],
    ),
    (
        "`const authlete_fail_client *` and `const authlete_fail_reply *` may be used by any \
         number of threads at once.",
        &[
            "tests/faults/threads.rs::sixty_four_threads_get_their_own_answers",
            "tests/race.rs::threads_read_one_reply",
            "tests/race.rs::threads_share_a_client",
        ],
    ),
    (
        "A call blocks until it is answered, `timeoutMs` has passed, or the client is shut down; \
         128 KiB of stack suffice.",
        &[
            "tests/faults/memory.rs::small_stacks",
            "tests/faults/threads.rs::shutdown_ends_a_call_in_every_phase",
        ],
    ),
    (
        "It is no cancellation point.",
        &["tests/faults/threads.rs::no_function_is_a_cancellation_point"],
    ),
    ("It may change errno.", &[]),
    (
        "To stop: authlete_fail_client_shutdown, join the threads that call, \
         authlete_fail_client_free.",
        &["tests/race.rs::shutdown_ends_calls_on_every_thread"],
    ),
    (
        "To change a token: make a new client, let new calls use it, free the old one after its \
         last.",
        &["tests/faults/threads.rs::a_token_is_rotated_amid_calls"],
    ),
    (
        "A client made before fork() works in the child, which opens connections of its own and \
         never uses the parent's, also if other threads were calling at the fork.",
        &[
            "tests/faults/process.rs::children_and_parent_share_a_warm_client",
            "tests/faults/process.rs::forks_while_threads_call",
        ],
    ),
    (
        "In the child, shutdown and free concern the child alone.",
        &["tests/faults/process.rs::a_child_leaves_the_connections_of_its_parent_alone"],
    ),
    (
        "Calls in flight at the fork do not exist in the child.",
        &["tests/faults/process.rs::forks_while_threads_call"],
    ),
    (
        "The child starts with the addresses that the parent resolved last.",
        &["tests/faults/inherited_dns.rs::a_child_starts_with_the_addresses_of_its_parent"],
    ),
    (
        "It needs them if another thread of the parent was in a DNS lookup at the fork, made by \
         this library or not: glibc's resolver may then hang in the child.",
        &["tests/faults/inherited_dns.rs::many_forks_amid_lookups"],
    ),
    (
        "If the parent has resolved nothing, the child starts with no addresses.",
        &["tests/faults/inherited_dns.rs::a_child_of_a_parent_without_addresses_times_out"],
    ),
    (
        "Signals interrupt nothing, and no SIGPIPE is raised.",
        &[
            "tests/faults/process.rs::resets_raise_no_sigpipe",
            "tests/faults/process.rs::signals_interrupt_nothing",
        ],
    ),
    ("Nothing here may be called from a signal handler.", &[]),
    (
        "No handler, logger, locale or other state of the process is changed.",
        &[
            "tests/abi/process_state.rs::nothing_of_the_process_is_changed",
            "tests/faults/process.rs::the_library_is_loaded_and_unloaded_time_and_again",
            "tests/tls.rs::the_default_crypto_provider_of_the_process_stays_unset",
        ],
    ),
    (
        "The environment is read in authlete_fail_client_new, and by the C library where it looks \
         up a host name, on a thread that may outlive the call: neither must run beside setenv.",
        &["tests/faults/process.rs::the_environment_changes_during_calls"],
    ),
    (
        "Nothing is printed but one message of a defect in the library \
         (AUTHLETE_FAIL_STATUS_INTERNAL), or before the abort that follows when memory is out.",
        &[
            "src/ffi/call.rs::a_panic_becomes_internal_and_the_next_call_works_on_a_new_connection",
            "tests/deep/main.rs::malloc",
        ],
    ),
];

#[test]
fn every_sentence_of_the_preamble_is_listed() {
    let listed: BTreeSet<_> = SENTENCES.iter().map(|(sentence, _)| *sentence).collect();
    let header = fs::read_to_string(Path::new(ROOT).join("include/authlete_fail.h")).unwrap();
    let sentences = sentences(&header);
    let in_header: BTreeSet<_> = sentences.iter().map(String::as_str).collect();
    let unlisted: Vec<_> = in_header.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&in_header).collect();
    assert!(
        unlisted.is_empty() && gone.is_empty(),
        "tests/header.rs does not list {unlisted:#?}, and the header no longer has {gone:#?}"
    );
}

/// The sentences of the preamble, a table being one, without its headings and terms.
fn sentences(header: &str) -> Vec<String> {
    let comments = header.lines().map_while(|line| line.strip_prefix("//"));
    let sections = comments.skip_while(|line| *line != " CALLING CONVENTION");
    let mut sentences: Vec<String> = Vec::new();
    let mut is_complete = true;
    for line in sections {
        // The text of a section is indented, its heading is not.
        let Some(text) = line.strip_prefix("   ") else {
            is_complete |= !line.is_empty();
            continue;
        };
        for word in text.split_whitespace() {
            if is_complete {
                sentences.push(word.to_owned());
            } else if let Some(sentence) = sentences.last_mut() {
                write!(sentence, " {word}").unwrap();
            }
            is_complete = word.ends_with('.');
        }
    }
    sentences
}

#[test]
fn every_test_of_the_preamble_exists() {
    for test in SENTENCES.iter().flat_map(|(_, tests)| *tests) {
        let (file, name) = test.split_once("::").unwrap();
        let text = fs::read_to_string(Path::new(ROOT).join(file)).expect(test);
        // A static function of C that nobody calls does not compile.
        let before = if file.ends_with(".rs") { "fn" } else { "void" };
        assert!(text.contains(&format!("{before} {name}(")), "{test}");
    }
}
