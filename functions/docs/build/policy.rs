//! The page's Content-Security-Policy: allows its inline style and script by their hashes, and
//! nothing else.

use page_build::hash_source;

/// `form-action 'none'`: the script sends forms, with keys in headers. The browser would put the
/// keys into the address.
pub fn allowing(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash_source(style),
        hash_source(script)
    )
}
