//! Classifies and describes errors from rustls. The descriptions contain no text from the server.

use rustls::{AlertDescription as Alert, CertificateError, Error, OtherError};

/// Whether `error` is an alert by which a server rejects the client certificate or requires one.
pub fn is_client_certificate_alert(error: &Error) -> bool {
    matches!(
        error,
        Error::AlertReceived(
            Alert::CertificateRequired
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                | Alert::AccessDenied
        )
    )
}

/// A cause that the operator can correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    UnknownIssuer,
    WrongName,
    /// The server's certificate is a CA certificate.
    CaCertificate,
    /// The server does not speak TLS on this port.
    NotTls,
    Other,
}

pub fn cause(error: &Error) -> Cause {
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => Cause::UnknownIssuer,
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Cause::WrongName,
        Error::InvalidCertificate(CertificateError::Other(OtherError(other)))
            if other.to_string() == CA_USED_AS_END_ENTITY =>
        {
            Cause::CaCertificate
        }
        Error::InvalidMessage(_) => Cause::NotTls,
        _ => Cause::Other,
    }
}

/// The name of the error of webpki, for which rustls has no variant.
const CA_USED_AS_END_ENTITY: &str = "CaUsedAsEndEntity";

/// Describes `error` for an error message.
pub fn describe(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => {
            format!("the server's certificate {}", describe_certificate(error))
        }
        Error::NoCertificatesPresented => "the server presented no certificate".to_owned(),
        Error::AlertReceived(alert) => format!("the server sent the TLS alert {alert:?}"),
        Error::PeerIncompatible(_) => {
            "the server and this library have no TLS version or cipher suite in common".to_owned()
        }
        Error::InvalidMessage(_) => "the server does not speak TLS on this port".to_owned(),
        _ => "the TLS connection failed".to_owned(),
    }
}

fn describe_certificate(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another host"
        }
        CertificateError::UnknownIssuer => "is from an untrusted issuer",
        CertificateError::Revoked => "was revoked",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "is not valid for server authentication"
        }
        CertificateError::BadEncoding => "is malformed",
        CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "has a signature that cannot be verified"
        }
        // Errors of webpki for which rustls has no variant. Their text is the name of webpki's
        // variant.
        CertificateError::Other(OtherError(other)) => match other.to_string().as_str() {
            CA_USED_AS_END_ENTITY => "is a CA certificate (CA:TRUE), not a server certificate",
            "UnsupportedCriticalExtension" => "has an unsupported critical extension",
            _ => "is not acceptable",
        },
        _ => "is not acceptable",
    }
}
