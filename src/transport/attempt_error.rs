//! The error of an attempt that received no complete API response: what failed, and whether
//! Authlete may have processed the request.

use std::{io, iter};

use super::body::MAX_BODY_LEN;
use super::deadline::Deadline;
use super::failure::Failure;
use super::input::MAX_HEADERS_LEN;
use super::progress::{Progress, Stage};
use super::tls_error;
use crate::api_response::ApiResponse;
use crate::config::{Config, Labels};
use crate::dpop::Nonce;
use crate::error::{Error, INCOMPLETE, MAYBE_PROCESSED, NOT_PROCESSED, NOT_SENT};
use crate::status::Status;

/// The error of an attempt.
#[derive(Debug)]
pub struct AttemptError {
    pub error: Error,
    /// Whether Authlete may have processed the request.
    pub may_be_processed: bool,
    /// Whether the connection ended unexpectedly. A new connection may succeed.
    pub is_disconnect: bool,
    /// Whether the cause may be temporary. If so, repeating the call may help.
    pub is_transient: bool,
    pub progress: Progress,
    /// The nonce that the DPoP proof of the next attempt must contain. Set if Authlete refused the
    /// request because its proof did not contain it.
    pub required_nonce: Option<Nonce>,
    /// As much of the API response as arrived.
    pub response: ApiResponse,
    /// The error of the attempt before this one, if there was one.
    pub previous: Option<Box<AttemptError>>,
}

impl AttemptError {
    pub(super) fn new(
        failure: &Failure,
        progress: &mut Progress,
        response: ApiResponse,
        deadline: Deadline,
        config: &Config,
    ) -> Box<Self> {
        let may_be_processed = progress.is_request_complete
            && !matches!(failure, Failure::ClientCertificateRefused(_) | Failure::NonceRequired(_));
        let consequence = match progress.stage {
            Stage::Exchange if may_be_processed => MAYBE_PROCESSED,
            Stage::Exchange if progress.is_request_complete => NOT_PROCESSED,
            Stage::Exchange => INCOMPLETE,
            _ => NOT_SENT,
        };
        // A 408 that the server sent before it received the request is not a response to it.
        progress.has_response_started &= !matches!(failure, Failure::RequestTimeout);
        let (status, message) = describe(failure, progress.stage, deadline, config);
        Box::new(Self {
            error: Error::of_call(status, message, Some(consequence)).with_next_step(next_step(
                failure,
                progress.stage,
                config,
            )),
            may_be_processed,
            is_disconnect: matches!(
                failure,
                Failure::HandshakeBroken(_)
                    | Failure::Broken(_)
                    | Failure::Unacknowledged(_)
                    | Failure::RequestTimeout
            ),
            is_transient: is_transient(failure),
            progress: *progress,
            required_nonce: match failure {
                Failure::NonceRequired(nonce) => Some(nonce.clone()),
                _ => None,
            },
            response,
            previous: None,
        })
    }

    /// The latest nonce that Authlete required in this call.
    pub fn required_nonce(&self) -> Option<&Nonce> {
        self.chain().find_map(|error| error.required_nonce.as_ref())
    }

    /// This error and those of the attempts before it, the latest first.
    pub fn chain(&self) -> impl Iterator<Item = &Self> {
        iter::successors(Some(self), |error| error.previous.as_deref())
    }
}

fn is_transient(failure: &Failure) -> bool {
    match failure {
        Failure::Deadline
        | Failure::NotResolved
        | Failure::NoThread
        | Failure::NotConnected(_)
        | Failure::ProxyLost
        | Failure::HandshakeBroken(_)
        | Failure::Broken(_)
        | Failure::Unacknowledged(_)
        | Failure::Vanished(_)
        | Failure::RequestTimeout
        | Failure::CannotSign(_) => true,
        // The proxy cannot connect or is overloaded. Any other status means that its configuration is
        // wrong.
        Failure::ProxyRefused(status) => status.is_some_and(|s| s >= 500 || s == 429),
        _ => false,
    }
}

fn describe(
    failure: &Failure,
    stage: Stage,
    deadline: Deadline,
    config: &Config,
) -> (Status, String) {
    let authority = config.base_url.authority.as_str();
    // The host to look up and to connect to.
    let peer = match &config.proxy {
        Some(proxy) => format!("the proxy {}", proxy.authority),
        None => authority.to_owned(),
    };
    match failure {
        Failure::Deadline => (Status::Timeout, timed_out(stage, authority, &peer, deadline)),
        Failure::ShutDown => (Status::Shutdown, "the client was shut down".to_owned()),
        Failure::NotResolved => (Status::Connect, format!("cannot resolve {peer}")),
        Failure::NoThread => {
            (Status::Resource, "cannot create a thread for the DNS lookup".to_owned())
        }
        Failure::NotConnected(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            (Status::Connect, format!("{peer} refused the connection"))
        }
        Failure::NotConnected(error) => match exhausted_resource(error) {
            Some(what) => (Status::Resource, format!("cannot create a socket ({what})")),
            None => (Status::Connect, format!("cannot connect to {peer} ({})", error.kind())),
        },
        Failure::ProxyRefused(Some(status)) => {
            (Status::Connect, format!("{peer} refused CONNECT with status {status}"))
        }
        Failure::ProxyRefused(None) | Failure::ProxyLost => {
            (Status::Connect, format!("{peer} sent no valid response to CONNECT"))
        }
        Failure::Tls(rustls::Error::InvalidMessage(_)) if stage == Stage::Exchange => {
            (Status::Network, format!("{authority} sent a malformed TLS record"))
        }
        Failure::Tls(error) if stage == Stage::Exchange => {
            (Status::Network, format!("{authority}: {}", tls_error::describe(error)))
        }
        Failure::Tls(error) | Failure::ClientCertificateRefused(error) => {
            (Status::Tls, format!("{authority}: {}", tls_error::describe(error)))
        }
        Failure::HandshakeBroken(error) => (
            Status::Tls,
            format!(
                "lost the connection to {authority} during the TLS handshake ({})",
                error.kind()
            ),
        ),
        Failure::Unacknowledged(wait) => {
            let wait = wait.as_millis();
            (Status::Network, format!("{peer} did not acknowledge the request within {wait} ms"))
        }
        Failure::Broken(error) | Failure::Vanished(error) => {
            (Status::Network, format!("lost the connection to {authority} ({})", error.kind()))
        }
        Failure::MalformedHttp => {
            (Status::Protocol, format!("{authority} responded with malformed HTTP"))
        }
        Failure::Unsolicited => (
            Status::Protocol,
            format!("{authority} sent a response before it received the request"),
        ),
        Failure::RequestTimeout => {
            (Status::Network, format!("{authority} closed the idle connection with status 408"))
        }
        Failure::HeadersTooLarge => {
            let what = "headers, a chunk header or trailers";
            (Status::Protocol, format!("{authority} sent {what} over {MAX_HEADERS_LEN} bytes"))
        }
        Failure::ConflictingFraming => {
            let what = "both Transfer-Encoding and Content-Length";
            (Status::Protocol, format!("the API response has {what}"))
        }
        Failure::UnsupportedCoding => {
            let what = "an unsupported Transfer-Encoding or Content-Encoding";
            (Status::Protocol, format!("the API response has {what}"))
        }
        Failure::MalformedChunks => {
            (Status::Protocol, "the API response has malformed chunks".to_owned())
        }
        Failure::BodyTooLarge => {
            (Status::Protocol, format!("the API response is larger than {MAX_BODY_LEN} bytes"))
        }
        Failure::NonceRequired(_) => {
            (Status::Http, "Authlete responded with status 401 and a new DPoP nonce".to_owned())
        }
        Failure::CannotSign(error) => (Status::Resource, error.to_string()),
        Failure::Unexpected => (
            Status::Internal,
            "ureq returned an unexpected error; please report this bug".to_owned(),
        ),
    }
}

/// Returns what to check or to change, if the cause is most likely in the configuration or the system.
fn next_step(failure: &Failure, stage: Stage, config: &Config) -> Option<String> {
    let Labels { base_url, ca_file, client_certificate, proxy, .. } = &config.labels;
    let host = if config.proxy.is_some() { proxy } else { base_url };
    let step = match failure {
        Failure::NotResolved => format!("check the host in {host}"),
        Failure::NotConnected(error) if exhausted_resource(error).is_some() => return None,
        Failure::NotConnected(_) => format!("check the host and the port in {host}"),
        Failure::ProxyRefused(Some(407)) => format!("check the user and the password in {proxy}"),
        Failure::ProxyRefused(_) | Failure::ProxyLost => {
            format!("check {proxy} and the configuration of the proxy")
        }
        // The handshake succeeded, so the configuration is not the cause.
        Failure::Tls(_) if stage == Stage::Exchange => return None,
        Failure::Tls(error) => match tls_error::cause(error) {
            tls_error::Cause::UnknownIssuer => {
                format!("set {ca_file} if the certificate is from a private CA")
            }
            tls_error::Cause::WrongName => format!("check the host in {base_url}"),
            tls_error::Cause::NotTls => format!("check the scheme and the port in {base_url}"),
            tls_error::Cause::CaCertificate => {
                "issue a server certificate that is not a CA certificate (CA:FALSE)".to_owned()
            }
            tls_error::Cause::Other => return None,
        },
        Failure::ClientCertificateRefused(_) if config.identity.is_some() => {
            format!("check {client_certificate}")
        }
        Failure::ClientCertificateRefused(_) => format!("set {client_certificate}"),
        Failure::MalformedHttp if !config.base_url.is_https => {
            format!("if the port expects TLS, use https:// in {base_url}")
        }
        _ => return None,
    };
    Some(step)
}

fn timed_out(stage: Stage, authority: &str, peer: &str, deadline: Deadline) -> String {
    match stage {
        Stage::Lookup => format!("{peer} was not resolved in time"),
        Stage::Tcp => format!("{peer} did not accept a connection in time"),
        Stage::Proxy => format!("{peer} did not respond in time"),
        Stage::Tls => format!("{authority} did not finish the TLS handshake in time"),
        Stage::Exchange => {
            let timeout = deadline.timeout().as_millis();
            format!("no complete API response from {authority} within {timeout} ms")
        }
    }
}

/// Returns which resource of the process or the system is exhausted, if that is the error.
fn exhausted_resource(error: &io::Error) -> Option<&'static str> {
    match error.raw_os_error()? {
        libc::EMFILE => Some("too many open files in the process"),
        libc::ENFILE => Some("too many open files in the system"),
        libc::ENOBUFS | libc::ENOMEM => Some("out of memory"),
        libc::EAGAIN => Some("a table of the kernel is full"),
        _ => None,
    }
}
