//! Each sentence of the header's preamble is listed here, with the tests of what it promises.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::ROOT;

/// Each sentence of the preamble after TERMS, and its tests, as `file::function`. A sentence without
/// a test is a rule for the caller, or permits the library something.
const SENTENCES: &[(&str, &[&str])] = &[
    (
        "Input text is UTF-8, passed as a pointer and a length in bytes.",
        &[
            "tests/boundary.rs::invalid_text_is_refused",
            "tests/faults/arguments.rs::arguments_at_the_edge_of_memory",
        ],
    ),
    (
        "The length does not include a terminating NUL, and none is needed.",
        &["tests/faults/arguments.rs::arguments_at_the_edge_of_memory"],
    ),
    (
        "The pointer may be NULL only if the length is 0.",
        &["tests/boundary.rs::invalid_text_is_refused", "tests/c/preamble.c::test_configs"],
    ),
    (
        "The parameters `path` and `pointer` have no length; their text is NUL-terminated.",
        &["tests/boundary.rs::paths_and_pointers_are_nul_terminated"],
    ),
    ("Input text must not change until the function returns.", &[]),
    ("The library keeps no pointer to it.", &["tests/c/preamble.c::test_text_is_not_kept"]),
    ("Output text is UTF-8 and NUL-terminated.", &["tests/boundary.rs::check"]),
    (
        "A function with a `len` parameter stores the length of the text in `*len`, without the \
         NUL, unless `len` is NULL.",
        &["tests/boundary.rs::check", "tests/c/reply.h::check_texts"],
    ),
    (
        "A function with an `out` parameter writes text to `out` if the text and its NUL fit into \
         `out_size` bytes, and \"\" otherwise.",
        &["tests/boundary.rs::text_is_copied_only_if_it_fits"],
    ),
    (
        "It writes nothing if `out_size` is 0; `out` may then be NULL.",
        &["tests/boundary.rs::text_is_copied_only_if_it_fits"],
    ),
    ("No function returns NULL for text.", &["tests/c/reply.h::check_texts"]),
    (
        "The library writes out-parameters and never reads them; they may point to uninitialised \
         memory.",
        &[
            "tests/boundary.rs::every_argument_may_be_null",
            "tests/c/preamble.c::test_client_new_null",
        ],
    ),
    (
        "`*reply` is set on every return, even after a failure.",
        &["tests/c/preamble.c::test_refused", "tests/c/preamble.c::test_config_refused"],
    ),
    (
        "A call with a NULL client returns AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT.",
        &[
            "tests/boundary.rs::every_argument_may_be_null",
            "tests/c/preamble.c::test_connect_null",
            "tests/c/preamble.c::test_requests",
        ],
    ),
    (
        "For a NULL reply, the accessors return that status, the error \"no reply\", 0 for other \
         numbers (-1 for retry_after_ms), \"\" for other text, and a response that is safe to send.",
        &["tests/boundary.rs::every_argument_may_be_null", "tests/c/preamble.c::test_no_reply"],
    ),
    (
        "The free functions and authlete_fail_client_shutdown ignore NULL.",
        &["tests/c/preamble.c::test_no_reply"],
    ),
    ("Later versions may add enumerators: a `switch` needs a `default`.", &[]),
    (
        "created by freed by authlete_fail_client_new authlete_fail_client_free, after the last \
         call has returned any function that sets `*reply` authlete_fail_reply_free text from a \
         reply authlete_fail_reply_free, together with the reply text from other functions never (static)",
        &[
            "tests/abi.rs::sanitizers_detect_misuse",
            "tests/c/preamble.c::test_reply_outlives_client",
            "tests/faults/memory.rs::memory_usage_is_constant",
        ],
    ),
    (
        "Any number of threads may use a `const authlete_fail_client *` or a \
         `const authlete_fail_reply *` concurrently.",
        &[
            "tests/faults/threads.rs::sixty_four_threads_get_their_own_responses",
            "tests/race.rs::threads_read_one_reply",
            "tests/race.rs::threads_share_a_client",
        ],
    ),
    (
        "A call blocks until Authlete responds, an error occurs, `timeoutMs` expires or the \
         client is shut down.",
        &[
            "tests/faults/threads.rs::shutdown_ends_a_call_in_every_phase",
            "tests/faults/threads.rs::shutdown_ends_a_connect_in_every_phase",
        ],
    ),
    ("It needs at most 128 KiB of stack.", &["tests/faults/memory.rs::small_stacks"]),
    (
        "It is not a cancellation point.",
        &["tests/faults/threads.rs::no_function_is_a_cancellation_point"],
    ),
    ("It may change errno.", &[]),
    (
        "To stop: call authlete_fail_client_shutdown, join the threads that make calls, then call \
         authlete_fail_client_free.",
        &["tests/race.rs::shutdown_ends_calls_on_every_thread"],
    ),
    (
        "To change an access token: create a new client, use it for new calls, and free the old \
         client after its last call has returned.",
        &["tests/faults/threads.rs::a_token_is_rotated_during_calls"],
    ),
    (
        "A client created before fork() works in the child, even if other threads were in a call \
         at the time of the fork.",
        &[
            "tests/faults/process.rs::children_and_parent_share_a_warm_client",
            "tests/faults/process.rs::forks_while_threads_call",
        ],
    ),
    (
        "The child opens its own connections and never uses the parent's.",
        &[
            "tests/faults/process.rs::a_child_leaves_the_connections_of_its_parent_alone",
            "tests/faults/process.rs::children_and_parent_share_a_warm_client",
        ],
    ),
    (
        "In the child, shutdown and free affect only the child.",
        &["tests/faults/process.rs::a_child_leaves_the_connections_of_its_parent_alone"],
    ),
    (
        "Calls in flight at the time of the fork do not exist in the child.",
        &["tests/faults/process.rs::forks_while_threads_call"],
    ),
    (
        "The statistics of the child start at zero.",
        &["tests/faults/statistics.rs::a_child_starts_at_zero"],
    ),
    (
        "The child starts with the parent's last DNS result for Authlete's host or the proxy.",
        &["tests/faults/inherited_dns.rs::a_child_starts_with_the_addresses_of_its_parent"],
    ),
    (
        "The child depends on this result if another thread of the parent was in a DNS lookup at the \
         time of the fork, whether or not this library made the lookup: glibc's resolver may then hang in the \
         child.",
        &["tests/faults/inherited_dns.rs::many_forks_during_lookups"],
    ),
    (
        "If the parent has resolved nothing, the child starts without addresses; to prevent this, \
         call authlete_fail_client_connect before the fork.",
        &[
            "tests/faults/inherited_dns.rs::a_child_of_a_parent_that_only_connected_has_its_addresses",
            "tests/faults/inherited_dns.rs::a_child_of_a_parent_without_addresses_times_out",
        ],
    ),
    (
        "Signals do not interrupt a call, and the library raises no SIGPIPE.",
        &[
            "tests/faults/process.rs::resets_raise_no_sigpipe",
            "tests/faults/process.rs::signals_do_not_interrupt_calls",
        ],
    ),
    ("No function may be called from a signal handler.", &[]),
    (
        "The library changes no signal handler, logger, locale or other process-wide state.",
        &[
            "tests/abi/process_state.rs::process_state_is_unchanged",
            "tests/faults/process.rs::the_library_is_loaded_and_unloaded_repeatedly",
            "tests/tls.rs::the_default_crypto_provider_of_the_process_stays_unset",
        ],
    ),
    ("authlete_fail_client_new reads the environment.", &["tests/c/preamble.c::test_environment"]),
    ("glibc reads it during a DNS lookup, on a thread that may outlive the call.", &[]),
    (
        "Do not call setenv while either of them may be running.",
        &["tests/faults/process.rs::the_environment_changes_during_calls"],
    ),
    (
        "The library prints nothing, with two exceptions: one message after a bug in the library \
         (AUTHLETE_FAIL_STATUS_INTERNAL), and one before it aborts the process because memory is \
         exhausted.",
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
    let removed: Vec<_> = listed.difference(&in_header).collect();
    assert!(
        unlisted.is_empty() && removed.is_empty(),
        "tests/header/preamble.rs does not list {unlisted:#?}; the header no longer contains {removed:#?}"
    );
}

/// The sentences of the preamble after TERMS, without headings; the table counts as one.
fn sentences(header: &str) -> Vec<String> {
    let comments = header.lines().map_while(|line| line.strip_prefix("//"));
    let sections = comments.skip_while(|line| *line != " CALLING CONVENTION");
    let mut sentences: Vec<String> = Vec::new();
    let mut is_complete = true;
    for line in sections {
        // Text is indented, headings are not.
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
        // A static C function that is never called does not compile, so it is enough to find it.
        let before = if file.ends_with(".rs") { "fn" } else { "void" };
        let has = [format!("{before} {name}("), format!("case!({name}, ")];
        assert!(has.iter().any(|one| text.contains(one)), "{test}");
    }
}
