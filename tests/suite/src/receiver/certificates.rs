//! A certificate authority of one test, and the certificates that a server should and should not
//! have.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
        server::WebPkiClientVerifier,
    },
};

/// An authority that a sender trusts if it is given its roots.
pub struct TestAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    roots: Arc<RootCertStore>,
}

/// The certificate of a server, with its key.
#[derive(Clone)]
pub struct Certificate(Arc<ServerConfig>);

impl TestAuthority {
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).expect("a certificate");
        let mut roots = RootCertStore::empty();
        let certificate = certificate.der().clone();
        roots.add(certificate.clone()).expect("a root certificate");
        Self { issuer: Issuer::new(parameters, key), certificate, roots: Arc::new(roots) }
    }

    /// The certificate of this authority, for the file that a function reads.
    pub fn pem(&self) -> String {
        let base64 = BASE64_STANDARD.encode(&self.certificate);
        format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
    }

    /// What a sender must be given to trust this authority.
    pub fn roots(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.roots)
    }

    /// A certificate for `name`, as it should be.
    pub fn certificate(&self, name: &str) -> Certificate {
        self.issue(named(name))
    }

    pub fn expired_certificate(&self, name: &str) -> Certificate {
        let mut parameters = named(name);
        parameters.not_after = date_time_ymd(2020, 1, 1);
        self.issue(parameters)
    }

    /// A certificate as it should be, of a server that wants one of the sender, too.
    pub fn mutual_certificate(&self, name: &str) -> Certificate {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(self.roots(), Arc::clone(&provider));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("known versions")
            .with_client_cert_verifier(verifier.build().expect("a verifier"));
        let (certificate, key) = self.sign(named(name));
        Certificate(Arc::new(
            config.with_single_cert(vec![certificate], key.into()).expect("a key that fits"),
        ))
    }

    fn issue(&self, parameters: CertificateParams) -> Certificate {
        let (certificate, key) = self.sign(parameters);
        Certificate::new(certificate, key)
    }

    fn sign(&self, parameters: CertificateParams) -> (CertificateDer<'static>, PrivatePkcs8KeyDer<'static>) {
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate.der().clone(), key.serialize_der().into())
    }
}

impl Default for TestAuthority {
    fn default() -> Self {
        Self::new()
    }
}

impl Certificate {
    /// A certificate for `name` that no authority signed.
    pub fn self_signed(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = named(name).self_signed(&key).expect("a certificate");
        Self::new(certificate.der().clone(), key.serialize_der().into())
    }

    fn new(certificate: CertificateDer<'static>, key: PrivatePkcs8KeyDer<'static>) -> Self {
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("known versions")
            .with_no_client_auth();
        Self(Arc::new(config.with_single_cert(vec![certificate], key.into()).expect("a key that fits")))
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0))
    }
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).expect("a DNS name")
}
