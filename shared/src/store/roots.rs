//! The authorities that may vouch for DynamoDB.
//!
//! The SDK would load all of the machine's roots: more than 100 authorities, and 3.8 ms of INIT's
//! 6.4 ms of processor time (measured on x86_64).

use std::{env, fs};

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use tokio_rustls::rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use web::setting::InvalidSetting;

const AMAZON: &str = include_str!("amazon_roots.pem");

/// The variable that the AWS CLI and the AWS SDKs have for another authority, such as that of a
/// proxy which looks into TLS.
const BUNDLE: &str = "AWS_CA_BUNDLE";

/// The roots that a chain of DynamoDB must end in.
#[derive(Clone, Debug)]
pub struct TrustedRoots(pub(super) TlsContext);

impl TrustedRoots {
    /// Amazon's own.
    pub fn amazon() -> Self {
        Self::alone(AMAZON)
    }

    /// Those in the file that `AWS_CA_BUNDLE` names. Amazon's own if it is not set.
    ///
    /// # Errors
    /// The file cannot be read, or a certificate in it cannot be parsed, or it has none. The SDK
    /// would panic on it.
    pub fn from_env() -> Result<Self, InvalidSetting> {
        let invalid = InvalidSetting { variable: BUNDLE, expected: "a file of certificates in PEM" };
        match env::var_os(BUNDLE).filter(|path| !path.is_empty()) {
            None => Ok(Self::amazon()),
            Some(path) => {
                let bundle = fs::read(path).ok().filter(|bundle| is_bundle(bundle)).ok_or(invalid)?;
                Ok(Self::alone(bundle))
            }
        }
    }

    /// `pem` must be a bundle.
    #[expect(
        clippy::expect_used,
        reason = "this `build` only returns `Ok`; to go on would be to trust anybody"
    )]
    fn alone(pem: impl Into<Vec<u8>>) -> Self {
        let roots = TrustStore::empty().with_pem_certificate(pem);
        Self(TlsContext::builder().with_trust_store(roots).build().expect("a context"))
    }
}

fn is_bundle(pem: &[u8]) -> bool {
    let mut roots = RootCertStore::empty();
    let all_parse = CertificateDer::pem_slice_iter(pem)
        .all(|certificate| certificate.is_ok_and(|certificate| roots.add(certificate).is_ok()));
    all_parse && !roots.is_empty()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// SHA-256 of each certificate, as <https://crt.sh> and browsers show it.
    const FINGERPRINTS: [&str; 5] = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];

    #[test]
    fn the_roots_are_amazon_s_five() {
        assert!(is_bundle(AMAZON.as_bytes()));
        let certificates = CertificateDer::pem_slice_iter(AMAZON.as_bytes()).map(Result::unwrap);
        let fingerprints: Vec<String> = certificates
            .map(|certificate| {
                Sha256::digest(&certificate).iter().map(|byte| format!("{byte:02x}")).collect()
            })
            .collect();
        assert_eq!(fingerprints, FINGERPRINTS);
    }
}
