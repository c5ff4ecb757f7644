//! The page's Content-Security-Policy: its own inline style and script, named by their hashes, and
//! nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// `form-action 'none'`: a form is sent by the script only, with its keys in headers; never by the
/// browser itself, which would put them into the address.
pub fn allowing(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        source(style),
        source(script)
    )
}

fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}
