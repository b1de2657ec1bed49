//! Root certificates and the client certificate.

use std::io::ErrorKind;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{InconsistentKeys, RootCertStore};

use super::pem;
use super::settings::Settings;
use crate::error::Error;
use crate::secret::Secret;

/// The configured roots; by default, those that are bundled with the library.
pub fn roots(settings: &Settings<'_>) -> Result<RootCertStore, Error> {
    match settings.one_of(&["roots", "caFile", "caPem"])? {
        None => Ok(bundled()),
        Some("roots") => match settings.choice("roots", &["bundled", "system"])? {
            Some("system") => system().ok_or_else(|| {
                let wrong = "is \"system\", but the system has no root certificates; install them \
                             (ca-certificates) or set \"caFile\"";
                settings.invalid("roots", wrong)
            }),
            _ => Ok(bundled()),
        },
        Some(key) => {
            let pem = text(settings, key)?;
            let mut store = RootCertStore::empty();
            for (index, certificate) in certificates(settings, key, &pem)?.into_iter().enumerate() {
                store.add(certificate).map_err(|_| {
                    let number = index + 1;
                    let wrong =
                        format!("contains a certificate (number {number}) that is not X.509");
                    settings.invalid(key, &wrong)
                })?;
            }
            Ok(store)
        }
    }
}

fn bundled() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// The system's roots. Certificates that cannot be parsed are skipped, as other clients do.
fn system() -> Option<RootCertStore> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    (!store.is_empty()).then_some(store)
}

/// The client certificate and its key if they are configured.
pub fn identity(settings: &Settings<'_>) -> Result<Option<Arc<SingleCertAndKey>>, Error> {
    let chain = settings.one_of(&["clientCertFile", "clientCertPem"])?;
    let key = settings.one_of(&["clientKeyFile", "clientKeyPem"])?;
    let (chain_key, key_key) = match (chain, key) {
        (None, None) => return Ok(None),
        (Some(chain), None) => {
            return Err(settings.invalid(chain, "needs \"clientKeyFile\" or \"clientKeyPem\""));
        }
        (None, Some(key)) => {
            return Err(settings.invalid(key, "needs \"clientCertFile\" or \"clientCertPem\""));
        }
        (Some(chain), Some(key)) => (chain, key),
    };
    let chain = certificates(settings, chain_key, &text(settings, chain_key)?)?;
    let der = pem::private_key(&text(settings, key_key)?).ok_or_else(|| {
        settings.invalid(
            key_key,
            "contains no unencrypted PEM private key; convert it with openssl pkey",
        )
    })?;
    // Borrowed. `CertifiedKey::from_der` would take a copy and not wipe it.
    let key = PrivateKeyDer::try_from(der.expose()).ok();
    let key = key.and_then(|key| ring::sign::any_supported_type(&key).ok()).ok_or_else(|| {
        settings.invalid(key_key, "must be an RSA, ECDSA (P-256, P-384) or Ed25519 key")
    })?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {
            Ok(Some(Arc::new(SingleCertAndKey::from(certified))))
        }
        Err(rustls::Error::InconsistentKeys(_)) => {
            let wrong = format!("is not the key of {}", settings.label(chain_key));
            Err(settings.invalid(key_key, &wrong))
        }
        Err(_) => {
            Err(settings.invalid(chain_key, "contains a certificate (number 1) that is not X.509"))
        }
    }
}

/// The certificates of a PEM text, at least one.
fn certificates(
    settings: &Settings<'_>,
    key: &str,
    pem: &Secret,
) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.expose()).collect();
    match certificates {
        Err(_) => Err(settings.invalid(
            key,
            "must be valid PEM; a boundary line or the Base64 between two is malformed",
        )),
        Ok(certificates) if certificates.is_empty() => {
            Err(settings.invalid(key, "contains no PEM certificate; convert DER with openssl x509"))
        }
        Ok(certificates) => Ok(certificates),
    }
}

/// The PEM text of a key: its value, or the content of the file that it names.
fn text(settings: &Settings<'_>, key: &str) -> Result<Secret, Error> {
    let value = settings.required(key)?;
    if !key.ends_with("File") {
        return Ok(Secret::new(value.into_owned().into_bytes()));
    }
    std::fs::read(value.as_ref()).map(Secret::new).map_err(|error| {
        let wrong = match error.kind() {
            ErrorKind::NotFound => "names a file that does not exist".to_owned(),
            ErrorKind::PermissionDenied => "names a file without read permission".to_owned(),
            ErrorKind::IsADirectory => "must name a file, not a directory".to_owned(),
            kind => format!("names a file that cannot be read ({kind})"),
        };
        settings.invalid(key, &wrong)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::time::Duration;

    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier;
    use rustls::pki_types::{ServerName, UnixTime};

    use super::*;

    const CHAIN: &str = include_str!("../../tests/public_chain.pem");

    /// Verifies the chain as a `ClientConfig` with these roots does; "" if it is accepted.
    fn verify(roots: &str, host: &str, year: u64) -> String {
        let config =
            format!(r#"{{"baseUrl":"https://h","serviceId":"1","accessToken":"t"{roots}}}"#);
        let roots = roots_of(&config);
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(roots, provider).build().unwrap();
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(CHAIN.as_bytes()).map(Result::unwrap).collect();
        let host = ServerName::try_from(host).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs((year - 1970) * 31_557_600));
        let verified = verifier.verify_server_cert(&chain[0], &chain[1..], &host, &[], now);
        verified.map_or_else(|error| format!("{error:?}"), |_| String::new())
    }

    fn roots_of(config: &str) -> Arc<RootCertStore> {
        Arc::new(roots(&Settings::from_json(config).unwrap()).unwrap())
    }

    /// Verifies the chain of a public server. A handshake would need the server's key.
    #[test]
    fn the_bundled_roots_accept_a_public_server() {
        let host = "testssl.kamusm.gov.tr";
        for bundled in ["", r#","roots":"bundled""#] {
            assert_eq!(verify(bundled, host, 2018), "");
            assert!(verify(bundled, host, 2022).contains("Expired"));
            assert!(verify(bundled, "www.kamusm.gov.tr", 2018).contains("NotValidForName"));
        }
        let other = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap().cert.pem();
        let other = format!(",\"caPem\":{}", serde_json::Value::from(other));
        assert!(verify(&other, host, 2018).contains("UnknownIssuer"));
    }

    #[test]
    fn the_bundled_roots_are_all_of_mozillas() {
        let roots = roots_of(r#"{"baseUrl":"https://h"}"#);
        assert_eq!(roots.roots, webpki_roots::TLS_SERVER_ROOTS);
        assert!(roots.len() > 100, "{}", roots.len());
    }
}
