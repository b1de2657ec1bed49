//! The README agrees with the snippets that are run, and its links work.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{ROOT, run};

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

/// make is not in its own list, and the programs in the README are compiled with pkg-config.
#[test]
fn debian_packages_are_those_that_make_checks() {
    let targets = "FOR=demo test build deb wheel docs";
    let printed =
        run(Command::new("make").args(["--silent", "packages", targets]).current_dir(ROOT));
    let mut packages: Vec<_> = printed.split_whitespace().chain(["make", "pkg-config"]).collect();
    packages.sort_unstable();
    let line = format!("\n    apt-get install {}\n", packages.join(" "));
    assert!(read("README.md").contains(&line), "{line}");
}

#[test]
fn links_work() {
    let readme = read("README.md");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    for (link, _) in links.filter(|(link, _)| !link.starts_with("https://")) {
        assert!(Path::new(ROOT).join(link).exists(), "{link}");
    }
}
