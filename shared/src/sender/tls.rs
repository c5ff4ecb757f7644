//! TLS as the sender speaks it: the machine's root certificates, TLS 1.2 or newer, HTTP/1.1.

use std::sync::Arc;

use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs},
};

use super::SenderError;

/// The certificates that a receiver's chain must end in.
#[derive(Clone, Debug)]
pub enum Roots {
    /// Those of the machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others).
    Machine,
    /// These.
    Given(Arc<RootCertStore>),
}

/// Makes the connector. Reads the machine's roots if they are asked for.
pub(super) async fn connector(roots: &Roots) -> Result<TlsConnector, SenderError> {
    let roots = match roots {
        Roots::Machine => Arc::new(machine_roots().await?),
        Roots::Given(roots) => roots.clone(),
    };
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| SenderError::Tls(error.to_string()))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Reads some hundred files, so not on the thread of the requests.
async fn machine_roots() -> Result<RootCertStore, SenderError> {
    let read = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
    let read = read.map_err(|error| SenderError::NoRoots(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    // An old certificate that does not parse is none that a receiver needs.
    let (usable, _) = roots.add_parsable_certificates(read.certs);
    if usable > 0 { Ok(roots) } else { Err(SenderError::NoRoots(format!("{:?}", read.errors))) }
}
