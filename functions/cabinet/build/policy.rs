//! The page's Content-Security-Policy.

use page_build::hash_source;

/// `trusted-types 'none'`: no text may become HTML or code, so the page builds itself from elements
/// and text nodes. `form-action 'none'`: the script reads forms; the browser would put the key into
/// an address.
pub fn allowing(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src 'self' data:; connect-src 'self'; \
         form-action 'none'; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash_source(script),
        hash_source(style),
    )
}
