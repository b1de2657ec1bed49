//! The server's certificate.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::sandbox::StartError;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Certificate chain and private key of the server; the certificate must be for `localhost`, or for the
/// host if that is not a loopback address.
pub struct Tls {
    pub certificate_pem: String,
    pub key_pem: String,
}

impl Tls {
    /// Creates a CA and a certificate for `names`, which are DNS names and IP addresses. Returns the CA's
    /// certificate too, as PEM; its key is discarded. They are valid for a year.
    pub fn generate(names: &[String]) -> Result<(Self, String), StartError> {
        generate(names).map_err(|error| StartError::Tls(error.to_string()))
    }

    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, StartError> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(self.certificate_pem.as_bytes())
            .collect::<Result<_, Error>>()
            .map_err(|error| StartError::Tls(format!("certificate: {error}")))?;
        let key = PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes())
            .map_err(|error| StartError::Tls(format!("key: {error}")))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
            .map_err(|error| StartError::Tls(error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// With the extensions that OpenSSL's strict mode requires. Python 3.13 enables that mode by default.
fn generate(names: &[String]) -> Result<(Tls, String), rcgen::Error> {
    let mut ca = with_validity(CertificateParams::default());
    ca.distinguished_name.push(DnType::CommonName, "authlete-fail-sandbox CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;

    let mut server = with_validity(CertificateParams::new(names)?);
    server.distinguished_name.push(DnType::CommonName, "authlete-fail-sandbox");
    server.use_authority_key_identifier_extension = true;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &ca)?;
    let tls = Tls { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() };
    Ok((tls, ca.pem()))
}

fn with_validity(mut parameters: CertificateParams) -> CertificateParams {
    let now = SystemTime::now();
    // From yesterday: the clocks of the client and the sandbox may differ.
    parameters.not_before = (now - DAY).into();
    parameters.not_after = (now + 365 * DAY).into();
    parameters
}
