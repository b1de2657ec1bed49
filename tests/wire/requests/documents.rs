//! Request documents, and the resulting bodies.

use serde_json::json;

/// The largest request document.
const MAX_LEN: usize = 128 * 1024;

/// A call.
pub struct Document {
    pub verb: &'static str,
    /// What follows `/api` and the service.
    pub path: &'static str,
    pub given: String,
    /// The body that is sent.
    pub sent: String,
}

const AUTHORIZATION: (&str, &str) = ("authorization", "/auth/authorization/fail");
const TOKEN: (&str, &str) = ("token", "/auth/token/fail");
const BACKCHANNEL: (&str, &str) =
    ("backchannel_authentication", "/backchannel/authentication/fail");

pub fn all() -> Vec<Document> {
    let compact = [
        (AUTHORIZATION, r#"{"ticket":"t","reason":"DENIED"}"#),
        (AUTHORIZATION, r#"{"reason":"DENIED","description":"a b","ticket":"t"}"#),
        (AUTHORIZATION, r#"{"ticket":"\u0074\/\u00e9\"\\\b\f\n\r\t","reason":"\u0044ENIED"}"#),
        (AUTHORIZATION, r#"{"ticket":"é€😀\ud83d\ude00","reason":"DENIED"}"#),
        (AUTHORIZATION, r#"{"ticket":"POST / HTTP/1.1","reason":"DENIED","description":"\r\n"}"#),
        (TOKEN, r#"{"ticket":"t","reason":"INVALID_TARGET"}"#),
        (BACKCHANNEL, "{}"),
        (BACKCHANNEL, r#"{"reason":"ACCESS_DENIED"}"#),
        (
            BACKCHANNEL,
            r#"{"ticket":"t","errorDescription":"a","errorUri":"https://client.example/?a=b"}"#,
        ),
    ];
    let others = [
        (
            AUTHORIZATION,
            " {\t\"ticket\" : \"t\",\r\n\"reason\":\"DENIED\" ,\"description\":\" a \"}\n",
            r#"{"ticket":"t","reason":"DENIED","description":" a "}"#,
        ),
        (
            AUTHORIZATION,
            r#"{"\u0074icket":"t","description":null,"reason":"DENIED"}"#,
            r#"{"ticket":"t","reason":"DENIED"}"#,
        ),
        (TOKEN, r#"{"ticket": "t", "reason": "UNKNOWN"}"#, r#"{"ticket":"t","reason":"UNKNOWN"}"#),
        (BACKCHANNEL, " { } ", "{}"),
        (BACKCHANNEL, r#"{"ticket":null,"errorUri":null}"#, "{}"),
    ];
    let compact = compact.into_iter().map(|(call, given)| document(call, given, given));
    let others = others.into_iter().map(|(call, given, sent)| document(call, given, sent));
    // Around the size of the library's buffer, and the largest.
    let lens = [1000, 16_000, 16_384, 16_385, 32_768, 65_536, MAX_LEN];
    let long = lens.map(|len| document(AUTHORIZATION, &of_len(len), &of_len(len)));
    let spaces = format!("{{{}}}", " ".repeat(MAX_LEN - 2));
    let spaces = document(BACKCHANNEL, &spaces, "{}");
    compact.chain(others).chain(long).chain([spaces]).collect()
}

fn document((verb, path): (&'static str, &'static str), given: &str, sent: &str) -> Document {
    Document { verb, path, given: given.to_owned(), sent: sent.to_owned() }
}

/// A compact document of `len` bytes.
fn of_len(len: usize) -> String {
    let with = |ticket: &str| json!({ "reason": "DENIED", "ticket": ticket }).to_string();
    with(&"t".repeat(len - with("").len()))
}
