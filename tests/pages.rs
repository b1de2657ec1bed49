//! The pages of the documentation show the code that other tests compile and run, and their links
//! work. A page names the source of a block of code in a comment before it, and repeats the code,
//! because a forge shows a page as it is. With `AUTHLETE_FAIL_REFRESH=1`, the blocks are rewritten.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use support::{ROOT, run};

/// Languages whose blocks must name their source. Commands to type, JSON and output need none.
const CODE: &[&str] =
    &["c", "cmake", "cpp", "dockerfile", "go", "html", "ini", "nginx", "python", "toml", "yaml"];

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(file)).expect(file)
}

/// All files in the repository. Without git, as in an unpacked archive: all but hidden files and build output.
fn files() -> Vec<String> {
    if !Path::new(ROOT).join(".git").exists() {
        let mut names = Vec::new();
        add_files("", &mut names);
        return names;
    }
    let mut command = Command::new("git");
    command.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(ROOT);
    let names = run(&mut command);
    names.lines().filter(|name| Path::new(ROOT).join(name).exists()).map(str::to_owned).collect()
}

fn add_files(folder: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(Path::new(ROOT).join(folder)).expect(folder) {
        let entry = entry.expect(folder);
        let name = format!("{folder}{}", entry.file_name().to_string_lossy());
        if entry.file_name().as_encoded_bytes().starts_with(b".") || name == "target" {
            continue;
        }
        match entry.file_type().expect(&name).is_dir() {
            true => add_files(&format!("{name}/"), names),
            false => names.push(name),
        }
    }
}

fn pages() -> impl Iterator<Item = String> {
    files().into_iter().filter(|name| name.ends_with(".md"))
}

/// The file `source`, or its lines between the comments `[region]` and `[/region]` if `source` is
/// `file#region`.
fn code(source: &str) -> String {
    let Some((file, region)) = source.split_once('#') else { return read(source) };
    let text = read(file);
    let comment = |line: &str, tag: &str| {
        line.trim_matches(|c: char| c.is_whitespace() || "/*#<!->".contains(c)) == tag
    };
    let mut lines = text.lines().skip_while(|line| !comment(line, &format!("[{region}]")));
    assert!(lines.next().is_some(), "{source}: there is no such region");
    let end = format!("[/{region}]");
    let lines: Vec<_> = lines.take_while(|line| !comment(line, &end)).collect();
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let margin = lines.iter().filter(|line| !line.is_empty()).map(indent).min().expect(source);
    let dedented = lines.iter().map(|line| line.get(margin..).unwrap_or_default());
    dedented.collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned() + "\n"
}

/// The page with the code of each block replaced by that of its source.
fn with_current_code(page: &str, text: &str) -> String {
    let mut lines = text.lines();
    let mut current = String::new();
    let mut before = "";
    while let Some(line) = lines.next() {
        current += &format!("{line}\n");
        if let Some(language) = line.strip_prefix("```") {
            let source = before.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
            let block: String = lines
                .by_ref()
                .take_while(|line| *line != "```")
                .map(|s| s.to_owned() + "\n")
                .collect();
            let run_by = source.and_then(|source| source.strip_prefix("run by "));
            current += &match (run_by, source) {
                // A test reads the page, and runs the block itself.
                (Some(test), _) => {
                    assert!(
                        read(test).contains(page.rsplit('/').next().unwrap()),
                        "{page}: {test}"
                    );
                    block
                }
                (None, Some(source)) => code(source),
                (None, None) => {
                    assert!(
                        !CODE.contains(&language),
                        "{page}: no source before this block:\n{block}"
                    );
                    block
                }
            };
            current += "```\n";
        }
        before = line;
    }
    current
}

#[test]
fn code_is_that_of_the_files() {
    for page in pages() {
        let text = read(&page);
        let current = with_current_code(&page, &text);
        if std::env::var_os("AUTHLETE_FAIL_REFRESH").is_some() {
            fs::write(Path::new(ROOT).join(&page), &current).unwrap();
        } else {
            assert!(
                text == current,
                "{page} differs; run: AUTHLETE_FAIL_REFRESH=1 cargo test --test pages code"
            );
        }
    }
}

/// Other fences would be code that is not compared.
#[test]
fn every_fence_is_compared() {
    for page in pages() {
        for line in read(&page).lines() {
            let start = line.trim_start_matches([' ', '\t', '>', '-']);
            let is_fence = start.starts_with("```") || start.starts_with("~~~");
            let is_compared = line.starts_with("```") && !line.starts_with("````");
            assert!(
                !is_fence || is_compared,
                "{page}: begin the line with three backticks: {line}"
            );
            assert!(line != "``` " && !line.starts_with("``` "), "{page}: {line}");
        }
    }
}

/// Sphinx would include a file, but a forge would not.
#[test]
fn no_code_is_included_by_sphinx() {
    for page in pages() {
        let text = read(&page);
        assert!(!text.contains("{literalinclude}") && !text.contains("{include}"), "{page}");
    }
}

#[test]
fn every_snippet_is_on_a_page() {
    let all: String = pages().map(|page| read(&page)).collect();
    for file in files().iter().filter(|file| file.starts_with("docs/snippets/")) {
        assert!(
            all.contains(&format!("<!-- {file} -->")) || all.contains(&format!("<!-- {file}#")),
            "{file} is on no page"
        );
    }
}

#[test]
fn links_work() {
    for page in pages() {
        let folder = Path::new(ROOT).join(&page).parent().unwrap().to_owned();
        let text = read(&page);
        let outside_code: String = text.split("```").step_by(2).collect();
        let links = outside_code.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        for (link, _) in links {
            let path = link.split('#').next().unwrap();
            let is_local = !path.contains(':') && !path.is_empty();
            assert!(!is_local || folder.join(path).exists(), "{page}: {link}");
        }
    }
}

/// The ticket state is then UNKNOWN.
#[test]
fn no_page_says_to_repeat_a_call_after_503() {
    for page in pages() {
        let text: String = read(&page).split("```").step_by(2).collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let sentences = text.split(". ").flat_map(|sentence| sentence.split(" | "));
        for sentence in sentences.filter(|sentence| sentence.contains("503")) {
            let repeats = ["call again", "same call", "repeat"];
            let is_about_repeating = repeats.iter().any(|words| sentence.contains(words));
            assert!(!is_about_repeating || sentence.contains(" not "), "{page}: {sentence}");
        }
    }
}

#[test]
fn the_readme_is_short() {
    assert!(read("README.md").lines().count() <= 150);
}

/// The figures in the README are those of the tables of the benchmarks.
#[test]
fn the_costs_are_those_of_the_benchmarks() {
    let (readme, benchmarks) = (read("README.md"), read("tests/bench/README.md"));
    let cells = |start: &str| {
        let row = benchmarks.lines().find_map(|line| line.strip_prefix(start)).expect(start);
        row.trim_matches(['|', ' ']).split(" | ").map(str::to_owned).collect::<Vec<_>>()
    };
    let libcurl = cells("| libcurl 7.88 + cJSON |");
    let memory = cells("| resident memory after 1,000 TLS calls |");
    let size = cells("| size of the shared library, stripped |");
    let first_call = cells("| authlete_fail | 153.6");
    assert!(first_call.iter().skip(1).all(|cell| cell.ends_with("(1.00)")), "{first_call:?}");
    for cost in [
        format!("| {} times as much over HTTP, {} times over TLS |", libcurl[1], libcurl[3]),
        format!("| {} (libcurl: {}) |", memory[0], memory[1]),
        format!("| {}; it depends only on", size[0]),
    ] {
        assert!(readme.contains(&cost), "{cost}");
    }
}

/// make is not in its own list, and the programs in the README are compiled with pkg-config.
#[test]
fn debian_packages_are_those_that_make_checks() {
    let targets = "FOR=demo test build deb wheel docs";
    let printed =
        run(Command::new("make").args(["--silent", "packages", targets]).current_dir(ROOT));
    let packages: BTreeSet<_> = printed.split_whitespace().chain(["make", "pkg-config"]).collect();
    let packages: Vec<_> = packages.into_iter().collect();
    let line = format!("apt-get install {}\n", packages.join(" "));
    assert!(read("README.md").contains(&line), "{line}");
}
