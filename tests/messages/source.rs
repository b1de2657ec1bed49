//! The messages in the source of the library and of the C++ headers.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::Lit;

use crate::support::ROOT;

/// The string literals of the shipped source, each with placeholders instead of `{…}`.
pub struct Source {
    pub literals: Vec<String>,
    /// The subjects of errors: the literals that follow a status, as in `Status::Tls => "tls"`, and
    /// all of `src/error.rs` that consist of one word.
    pub subjects: Vec<String>,
}

pub fn library() -> Source {
    let mut source = Source { literals: Vec::new(), subjects: Vec::new() };
    for file in files("src", "rs") {
        let tokens = fs::read_to_string(&file).unwrap().parse().unwrap();
        let is_error = file.ends_with("src/error.rs");
        source.visit(tokens, is_error);
    }
    source
}

/// The texts of the exceptions that the C++ headers throw.
pub fn cpp() -> Vec<String> {
    let mut texts = Vec::new();
    for file in files("bindings/cpp", "hpp") {
        let text = fs::read_to_string(file).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code: String = code.map(|line| format!("{line}\n")).collect();
        let thrown = code.split("throw std::").skip(1).filter_map(|rest| rest.split(';').next());
        texts.extend(thrown.map(|thrown| {
            let literal = thrown.split('"').nth(1);
            literal.unwrap_or_else(|| panic!("no text in: {thrown}")).to_owned()
        }));
    }
    texts
}

impl Source {
    fn visit(&mut self, tokens: TokenStream, is_error: bool) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        // Whether the item whose attributes were visited is only for tests.
        let mut is_test = false;
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            index += 1;
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    if is_punct(tokens.get(index), '!') {
                        index += 1;
                    }
                    let Some(TokenTree::Group(group)) = tokens.get(index) else { continue };
                    let text = group.stream().to_string();
                    is_test |= text.starts_with("cfg") && text.contains("test");
                    // `#[error("…")]` of thiserror; any other attribute, such as a doc comment, is
                    // no text of an error.
                    if text.starts_with("error") {
                        self.visit(group.stream(), false);
                    }
                    index += 1;
                }
                TokenTree::Group(group) => {
                    if !is_test {
                        self.visit(group.stream(), is_error);
                    }
                    is_test &= group.delimiter() != Delimiter::Brace;
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => is_test = false,
                TokenTree::Literal(literal) if !is_test => {
                    let text = match Lit::new(literal.clone()) {
                        Lit::Str(text) => text.value(),
                        Lit::CStr(text) => text.value().into_string().unwrap(),
                        _ => continue,
                    };
                    let is_word = !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase());
                    if is_word && (is_error || follows_status(&tokens[..index - 1])) {
                        self.subjects.push(text.clone());
                    }
                    self.literals.push(without_arguments(&text));
                }
                _ => {}
            }
        }
    }
}

/// Whether `tokens` ends with `Status::Name,`.
fn follows_status(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [.., TokenTree::Ident(status), colon, _, TokenTree::Ident(_), comma]
        if status == "Status" && is_punct(Some(colon), ':') && is_punct(Some(comma), ','))
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

/// Replaces each `{argument}` of a format string.
fn without_arguments(format: &str) -> String {
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('{') {
        let (argument, after) = after.split_once('}').unwrap_or((" ", after));
        text.push_str(before);
        match argument.contains([' ', '"']) {
            true => text.push_str(argument),
            false => text.push('…'),
        }
        rest = after;
    }
    text + rest
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(ROOT).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    assert!(!files.is_empty(), "{folder}");
    files
}
