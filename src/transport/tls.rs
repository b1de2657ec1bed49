//! TLS by rustls with ring: whom to trust, and what a failed handshake means in words.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, Error};
use ureq::tls::{Certificate, RootCerts};

/// The given roots, or those that come with the library.
pub fn roots(certificates: Option<&[CertificateDer<'static>]>) -> RootCerts {
    match certificates {
        None => RootCerts::WebPki,
        Some(certificates) => {
            certificates.iter().map(|der| Certificate::from_der(der).to_owned()).into()
        }
    }
}

/// Given explicitly, so that the process-wide provider is neither used nor set.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
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
        _ => "the handshake failed".to_owned(),
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
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. } => {
            "has a signature that cannot be verified"
        }
        _ => "is not acceptable",
    }
}
