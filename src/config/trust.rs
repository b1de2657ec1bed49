//! The root certificates and the client certificate.

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

/// Returns the configured root certificates. The default is the set that is bundled with the
/// library.
pub fn roots(settings: &Settings<'_>) -> Result<RootCertStore, Error> {
    match settings.one_of(&["roots", "caFile", "caPem"])? {
        None => Ok(bundled()),
        Some("roots") => match settings.choice("roots", &["bundled", "system"])? {
            Some("system") => system().ok_or_else(|| {
                let problem = "is \"system\", but the system has no root certificates; install \
                               them (ca-certificates) or set \"caFile\"";
                settings.invalid("roots", problem)
            }),
            _ => Ok(bundled()),
        },
        Some(key) => {
            let pem = read_pem(settings, key)?;
            let mut store = RootCertStore::empty();
            for (index, certificate) in certificates(settings, key, &pem)?.into_iter().enumerate() {
                store.add(certificate).map_err(|_| {
                    let number = index + 1;
                    let problem =
                        format!("contains an invalid X.509 certificate (number {number})");
                    settings.invalid(key, &problem)
                })?;
            }
            Ok(store)
        }
    }
}

fn bundled() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// Returns the system's root certificates, or `None` if there are none. Certificates that cannot be
/// parsed are skipped, as in other TLS clients.
fn system() -> Option<RootCertStore> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    (!store.is_empty()).then_some(store)
}

/// Returns the client certificate and its private key, if they are configured.
pub fn identity(settings: &Settings<'_>) -> Result<Option<Arc<SingleCertAndKey>>, Error> {
    let chain = settings.one_of(&["clientCertFile", "clientCertPem"])?;
    let key = settings.one_of(&["clientKeyFile", "clientKeyPem"])?;
    let (chain_setting, key_setting) = match (chain, key) {
        (None, None) => return Ok(None),
        (Some(chain), None) => {
            return Err(settings.invalid(chain, "needs \"clientKeyFile\" or \"clientKeyPem\""));
        }
        (None, Some(key)) => {
            return Err(settings.invalid(key, "needs \"clientCertFile\" or \"clientCertPem\""));
        }
        (Some(chain), Some(key)) => (chain, key),
    };
    let chain = certificates(settings, chain_setting, &read_pem(settings, chain_setting)?)?;
    let der = pem::private_key(&read_pem(settings, key_setting)?).ok_or_else(|| {
        settings.invalid(
            key_setting,
            "contains no unencrypted PEM private key; convert the key with openssl pkey",
        )
    })?;
    // Borrows the key. `CertifiedKey::from_der` would need a copy, which it would not wipe.
    let key = PrivateKeyDer::try_from(der.expose()).ok();
    let key = key.and_then(|key| ring::sign::any_supported_type(&key).ok()).ok_or_else(|| {
        settings.invalid(key_setting, "must be an RSA, ECDSA (P-256, P-384) or Ed25519 key")
    })?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {
            Ok(Some(Arc::new(SingleCertAndKey::from(certified))))
        }
        Err(rustls::Error::InconsistentKeys(_)) => {
            let problem =
                format!("does not match the certificate in {}", settings.label(chain_setting));
            Err(settings.invalid(key_setting, &problem))
        }
        Err(_) => {
            Err(settings.invalid(chain_setting, "contains an invalid X.509 certificate (number 1)"))
        }
    }
}

/// Parses the certificates in a PEM text, of which there must be at least one.
fn certificates(
    settings: &Settings<'_>,
    key: &str,
    pem: &Secret,
) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.expose()).collect();
    match certificates {
        Err(_) => Err(settings.invalid(
            key,
            "must be valid PEM; a BEGIN or END line, or the Base64 between them, is malformed",
        )),
        Ok(certificates) if certificates.is_empty() => {
            Err(settings.invalid(key, "contains no PEM certificate; convert DER with openssl x509"))
        }
        Ok(certificates) => Ok(certificates),
    }
}

/// Returns the PEM text of a configuration key: its value, or the content of the file that it
/// names.
fn read_pem(settings: &Settings<'_>, key: &str) -> Result<Secret, Error> {
    let value = settings.required(key)?;
    if !key.ends_with("File") {
        return Ok(Secret::new(value.into_owned().into_bytes()));
    }
    std::fs::read(value.as_ref()).map(Secret::new).map_err(|error| {
        let problem = match error.kind() {
            ErrorKind::NotFound => "names a file that does not exist".to_owned(),
            ErrorKind::PermissionDenied => {
                "names a file that this process has no permission to read".to_owned()
            }
            ErrorKind::IsADirectory => "must name a file, not a directory".to_owned(),
            kind => format!("names a file that cannot be read ({kind})"),
        };
        settings.invalid(key, &problem)
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
    use crate::config::{KEYS, Source};

    const CHAIN: &str = include_str!("../../tests/public_chain.pem");

    /// Verifies the chain in the same way as a `ClientConfig` with these roots. Returns "" if it is
    /// valid.
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
        let settings = Settings::from_json(config, KEYS, Source::Config).unwrap();
        Arc::new(roots(&settings).unwrap())
    }

    /// Verifies the chain of a public server directly: a handshake would need the server's private
    /// key.
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
