//! Suggestions for misspelt names in error messages.

/// Whether an error message may quote `word`: at most 40 letters and underscores. If a caller
/// passes a ticket or token instead of a name, it contains digits or is longer.
pub fn is_quotable(word: &str) -> bool {
    (1..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
}

/// Returns ` "word"`, or "" if the word must not be quoted.
pub fn quoted(word: &str) -> String {
    if is_quotable(word) { format!(" \"{word}\"") } else { String::new() }
}

/// Returns `; did you mean "name"?` with the most similar name in `known`, or "" if none is
/// similar.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    if !is_quotable(word) {
        return String::new();
    }
    let word = word.to_ascii_lowercase();
    known
        .into_iter()
        .filter_map(|name| {
            let candidate = name.to_ascii_lowercase();
            let distance = distance(&word, &candidate);
            let is_similar = distance <= 1 + candidate.len() / 5;
            (is_similar || has_common_prefix(&word, &candidate)).then_some((distance, name))
        })
        .min()
        .map(|(_, name)| format!("; did you mean \"{name}\"?"))
        .unwrap_or_default()
}

/// Whether `word` is an abbreviation or another form of `name`, such as "DENY" for "DENIED": at least
/// three quarters of it are the beginning of `name`.
fn has_common_prefix(word: &str, name: &str) -> bool {
    let common = word.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    word.len() >= 4 && common * 4 >= word.len() * 3
}

/// The Levenshtein distance: the minimum number of insertions, deletions and replacements.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let replaced = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("abc", "ab", 1),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_name_is_suggested() {
        let known =
            ["ticket", "reason", "timeoutMs", "caFile", "caPem", "clientCertFile", "clientCertPem"];
        for (word, expected) in [
            ("tickets", "; did you mean \"ticket\"?"),
            ("Reason", "; did you mean \"reason\"?"),
            ("timeout", "; did you mean \"timeoutMs\"?"),
            ("cafile", "; did you mean \"caFile\"?"),
            ("timeouts", "; did you mean \"timeoutMs\"?"),
            // Three quarters of these are also the beginning of "clientCertFile".
            ("clientCertPEM", "; did you mean \"clientCertPem\"?"),
            ("clientCertPen", "; did you mean \"clientCertPem\"?"),
            ("reasonable", ""),
            ("completely_different", ""),
            ("t1cket", ""),
        ] {
            assert_eq!(did_you_mean(word, known), expected, "{word}");
        }
    }
}
