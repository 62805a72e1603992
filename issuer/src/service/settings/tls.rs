//! The certificate of a service that speaks TLS itself.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;

/// A certificate and its key, PEM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate, and those above it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Tls {
    /// Reads both. An error comes with the member that names the file.
    pub(in crate::service) fn load(&self) -> Result<ServerConfig, (&'static str, io::Error)> {
        let certificates = certificates(&self.certificate).map_err(|error| ("certificate", error))?;
        let key = PrivateKeyDer::from_pem_file(&self.key);
        let key = key.map_err(|error| ("key", io::Error::other(error)))?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map(ServerConfigBuilder::with_no_client_auth)
            .and_then(|config| config.with_single_cert(certificates, key));
        let mut config = config.map_err(|error| ("key", io::Error::other(error)))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

type ServerConfigBuilder = rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>;

fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(path).map_err(io::Error::other)?;
    let read = read.collect::<Result<Vec<_>, _>>().map_err(io::Error::other)?;
    if read.is_empty() {
        return Err(io::Error::other("expected a certificate in PEM, got a file without one"));
    }
    Ok(read)
}
