//! The README agrees with the snippets that are run, and its links work.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use support::ROOT;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(file)).unwrap()
}

/// `tests/snippets.rs` runs the files.
#[test]
fn snippets_are_those_in_the_files() {
    let readme = read("README.md");
    for (language, extension) in [("c", "c"), ("cpp", "cpp"), ("python", "py")] {
        let snippet = read(&format!("bindings/examples/reject.{extension}"));
        assert!(readme.contains(&format!("```{language}\n{snippet}```\n")), "{language}");
    }
    assert!(readme.contains(&read("docs/snippets/sandbox.env")));
    let readme = read("bindings/python/README.md");
    for name in
        ["bindings/examples/reject.py", "docs/snippets/call.py", "docs/snippets/deny_fastapi.py"]
    {
        let snippet = read(name);
        assert!(readme.contains(&format!("```python\n{snippet}```\n")), "{name}");
    }
}

#[test]
fn links_work() {
    let readme = read("README.md");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    for (link, _) in links.filter(|(link, _)| !link.starts_with("https://")) {
        assert!(Path::new(ROOT).join(link).exists(), "{link}");
    }
}
