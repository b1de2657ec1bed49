//! `docs/about/upgrading.md`: the names and the code of 0.1 do not work any more, those of 0.2 do.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{ROOT, scratch};

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(file)).unwrap()
}

/// The rows of the table after `## heading`, as cells.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = read("docs/about/upgrading.md");
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).expect(heading);
    let rows = section.split("\n## ").next().unwrap().lines().filter(|line| line.starts_with('|'));
    rows.skip(2)
        .map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// The names in backticks, without the type or the namespace in front.
fn names(cell: &str) -> Vec<String> {
    let code = cell.split('`').skip(1).step_by(2);
    code.map(|name| name.rsplit("::").next().unwrap().replace("Outcome.", "").replace('"', ""))
        .collect()
}

#[test]
fn renamed_names() {
    let mut files = vec!["include/authlete_fail.h".to_owned()];
    for folder in ["bindings/cpp", "bindings/cpp/authlete_fail", "bindings/python/authlete_fail"] {
        let entries = fs::read_dir(Path::new(ROOT).join(folder)).unwrap().map(Result::unwrap);
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        let sources = names.filter(|name| name.ends_with(".hpp") || name.ends_with(".py"));
        files.extend(sources.map(|name| format!("{folder}/{name}")));
    }
    let text: String = files.iter().map(|file| read(file)).collect();
    let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_used = |name: &str| words.contains(&name);
    let is_example = |name: &str| Path::new(ROOT).join("bindings/examples").join(name).exists();
    let rows = table("Renamed");
    assert_eq!(rows.len(), 5);
    for row in rows {
        let [kind, old, new] = row.as_slice() else { panic!("{row:?}") };
        let exists: &dyn Fn(&str) -> bool = if kind == "examples" { &is_example } else { &is_used };
        for name in names(old) {
            assert!(!exists(&name), "{name} still exists");
        }
        for name in names(new) {
            assert!(exists(&name), "{name} does not exist");
        }
    }
}

/// Whether C++ statements compile.
fn compiles(statements: &str) -> bool {
    let source = scratch().join("upgrading.cpp");
    let program = format!(
        "#include <authlete_fail.hpp>\nusing namespace authlete_fail;\n\
         void test(const client &client, const reply &reply, std::string_view r) {{\n{{ {statements} }}\n\
         (void)client; (void)reply; (void)r; }}\n"
    );
    fs::write(&source, program).unwrap();
    let mut compiler = Command::new("c++");
    compiler.args(["-std=c++17", "-fsyntax-only", "-Iinclude", "-Ibindings/cpp"]).arg(source);
    compiler.current_dir(ROOT).output().unwrap().status.success()
}

#[test]
fn changed_cpp() {
    let mut count = 0;
    for row in table("C++") {
        let code = |cell: &str| {
            let all: Vec<_> = cell.split('`').skip(1).step_by(2).collect();
            let is_code = all.iter().any(|code| code.contains('('));
            let filled = all.join(" ").replace("{…}", r#"{{"ticket", "t"}}"#);
            is_code.then(|| if filled.ends_with(';') { filled } else { format!("(void){filled};") })
        };
        let (Some(old), Some(new)) = (code(&row[0]), code(&row[1])) else { continue };
        let new = new.replace("(void)auto ", "auto ");
        assert!(!compiles(&old), "{old}");
        assert!(compiles(&new), "{new}");
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn changed_configuration_and_log() {
    let configuration = read("docs/reference/configuration.md");
    let rows = table("Configuration");
    let row = rows.iter().find(|row| row[0] == "`idleTimeoutMs`").unwrap();
    let default = format!("| `idleTimeoutMs` | {} |", row[2]);
    assert!(configuration.contains(&default), "{default}");

    let fields = read("docs/guide/observe.md");
    let mut count = 0;
    for row in table("Log lines") {
        for code in row[1].split('`').skip(1).step_by(2) {
            let Some((field, _)) = code.split_once('=') else { continue };
            assert!(fields.contains(&format!("`{field}`")), "{field}");
            count += 1;
        }
    }
    assert_eq!(count, 11);
}
