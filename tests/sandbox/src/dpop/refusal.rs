//! Responses to requests without a valid proof (RFC 9449, 7.1 and 9).

use hyper::StatusCode;
use hyper::header::WWW_AUTHENTICATE;

use super::key;
use crate::codes::{A001301, A001302, A001303, A001304, A001305, A001306, Code};
use crate::response::Response;

/// The reason for which a request is refused.
pub(super) enum Refusal {
    NoProof,
    /// There is a proof, but the Authorization scheme is not DPoP.
    Scheme,
    NoAlgorithm,
    /// The algorithm is symmetric or `none`.
    Algorithm(String),
    NoPublicKey,
    OtherKey,
    InvalidProof(&'static str),
    /// The proof has no nonce or one that is not accepted.
    Nonce(&'static str),
}

const INVALID_PROOF: &str = "invalid_dpop_proof";
const INVALID_TOKEN: &str = "invalid_token";
const SCHEME: &str = "the Authorization scheme must be DPoP";

/// Authlete publishes the codes and their texts. Assumed: everything else about these responses. It is
/// what RFC 9449 requires.
impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        let (error, description) = match &refusal {
            Refusal::NoProof => (INVALID_TOKEN, "The access token requires a DPoP proof."),
            Refusal::Scheme => (INVALID_TOKEN, SCHEME),
            Refusal::NoAlgorithm => (INVALID_PROOF, "the proof has no alg"),
            Refusal::Algorithm(_) => (INVALID_PROOF, "the alg is symmetric or none"),
            Refusal::NoPublicKey => (INVALID_PROOF, "the proof has no public key"),
            Refusal::OtherKey => (INVALID_TOKEN, "The access token is bound to another key."),
            Refusal::InvalidProof(problem) => (INVALID_PROOF, *problem),
            Refusal::Nonce(problem) => ("use_dpop_nonce", *problem),
        };
        let response = match &refusal {
            Refusal::NoProof => coded(A001301, &[]),
            Refusal::Scheme => coded(A001303, &[("Error", SCHEME)]),
            Refusal::NoAlgorithm => coded(A001306, &[]),
            Refusal::Algorithm(name) => coded(A001304, &[("Algorithm", name)]),
            Refusal::NoPublicKey => coded(A001305, &[]),
            Refusal::OtherKey => coded(A001302, &[]),
            Refusal::InvalidProof(problem) => coded(A001303, &[("Error", problem)]),
            Refusal::Nonce(problem) => Self::uncoded(StatusCode::UNAUTHORIZED, problem),
        };
        response.with_header(WWW_AUTHENTICATE, &challenge(Some((error, description))))
    }
}

fn coded(code: Code, values: &[(&str, &str)]) -> Response {
    Response::refusal(StatusCode::UNAUTHORIZED, code, values)
}

/// The value of WWW-Authenticate, with an error and its description. RFC 9449, 7.1: without an error if
/// the request has no credentials.
pub(super) fn challenge(error: Option<(&str, &str)>) -> String {
    let error = error.map(|(error, description)| {
        format!("error=\"{error}\", error_description=\"{description}\", ")
    });
    format!("DPoP {}algs=\"{}\"", error.unwrap_or_default(), key::algorithm_names())
}
