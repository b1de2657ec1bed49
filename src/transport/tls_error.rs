//! Classifies and describes the errors of rustls, without any text that the server chose.

use rustls::{AlertDescription as Alert, CertificateError, Error, OtherError};

/// Whether `error` is an alert with which a server refuses a client's certificate, or the lack of
/// one.
pub fn is_of_identity(error: &Error) -> bool {
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

/// What is wrong, in a few words that hold nothing the server chose.
pub fn describe(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(wrong) => {
            format!("the server's certificate {}", describe_certificate(wrong))
        }
        Error::NoCertificatesPresented => "the server presented no certificate".to_owned(),
        Error::AlertReceived(alert) => format!("the server sent the alert {alert:?}"),
        Error::PeerIncompatible(_) => {
            "the server and this library have no TLS version or cipher in common".to_owned()
        }
        Error::InvalidMessage(_) => "the server does not speak TLS there".to_owned(),
        _ => "the TLS connection failed".to_owned(),
    }
}

fn describe_certificate(wrong: &CertificateError) -> &'static str {
    match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another host"
        }
        CertificateError::UnknownIssuer => "is from an issuer that is not trusted",
        CertificateError::Revoked => "was revoked",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "is not meant for servers"
        }
        CertificateError::BadEncoding => "cannot be read",
        CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "has a signature that cannot be verified"
        }
        // What rustls has no name for comes as webpki's error, whose text is its name.
        CertificateError::Other(OtherError(other)) => match other.to_string().as_str() {
            "CaUsedAsEndEntity" => "is an authority's (CA:TRUE), not a server's",
            "UnsupportedCriticalExtension" => "has an extension that is not understood",
            _ => "is not acceptable",
        },
        _ => "is not acceptable",
    }
}
