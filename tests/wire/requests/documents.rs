//! Request documents, and the resulting bodies.

use serde_json::{Value, json};

use crate::harness::driver::{Process, Reply};

/// The largest request document of a fail endpoint.
const MAX_LEN: usize = 128 * 1024;

/// A call.
pub struct Document {
    pub verb: &'static str,
    /// What follows `/api` and the service.
    pub path: &'static str,
    pub given: String,
    /// The body that is sent.
    pub sent: String,
    pub options: Options,
}

/// The options of a call, and their effect on the request.
#[derive(Clone, Copy)]
pub struct Options {
    pub method: &'static str,
    pub access_token: Option<&'static str>,
    pub headers: &'static [(&'static str, &'static str)],
}

const NO_OPTIONS: Options = Options { method: "POST", access_token: None, headers: &[] };
const GET: Options = Options { method: "GET", ..NO_OPTIONS };
const DELETE: Options = Options { method: "DELETE", ..NO_OPTIONS };

const OWN_TOKEN: &str = "own!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

const HEADERS: &[(&str, &str)] = &[
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ("tracestate", "a=1,b=2"),
    ("Baggage", "k=v;p=1,k2=%20"),
    ("b3", "0"),
    ("X-Visible", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ a  b"),
    ("X-Empty", ""),
];

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
    compact.chain(others).chain(long).chain([spaces]).chain(general()).collect()
}

/// General calls, whose documents are sent as they are.
fn general() -> Vec<Document> {
    let own = Options { access_token: Some(OWN_TOKEN), headers: HEADERS, ..NO_OPTIONS };
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(2 * MAX_LEN));
    let calls = [
        ("/auth/authorization", r#"{"parameters":"a=b&c=%0D%0A"}"#, NO_OPTIONS),
        ("/auth/token/issue", " {\r\n\"ticket\" : null } \n", NO_OPTIONS),
        ("/auth/introspection", "{}", own),
        ("/pushed_auth_req", &long, own),
        ("/service/configuration", "", GET),
        ("/client/get/a%20b%C3%A9-._~?x=%22%2F&y=a/b?!$'()*+,;:@", "", GET),
        ("/client/get/list?start=0", "", Options { method: "GET", ..own }),
        ("/client/delete/1", "", DELETE),
        ("/client/delete/1", "", Options { method: "DELETE", ..own }),
    ];
    let call = |(path, given, options): (_, &str, _)| Document {
        options,
        ..document(("call", path), given, given)
    };
    calls.into_iter().map(call).collect()
}

fn document((verb, path): (&'static str, &'static str), given: &str, sent: &str) -> Document {
    Document { verb, path, given: given.to_owned(), sent: sent.to_owned(), options: NO_OPTIONS }
}

impl Document {
    /// Makes the call.
    pub fn send(&self, library: &mut Process) -> Reply {
        if self.verb == "call" {
            for (verb, text) in [("path", self.path), ("options", &self.options.to_json())] {
                library.command(verb, text.as_bytes());
            }
        }
        library.command(self.verb, self.given.as_bytes()).unwrap()
    }
}

impl Options {
    fn to_json(self) -> String {
        let headers: serde_json::Map<_, _> =
            self.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let mut options = json!({ "method": self.method, "headers": headers });
        if let Some(token) = self.access_token {
            options["accessToken"] = Value::from(token);
        }
        options.to_string()
    }
}

/// A compact document of `len` bytes.
fn of_len(len: usize) -> String {
    let with = |ticket: &str| json!({ "reason": "DENIED", "ticket": ticket }).to_string();
    with(&"t".repeat(len - with("").len()))
}
