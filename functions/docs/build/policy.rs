//! The Content-Security-Policies: each allows a page's inline style and script by their hashes.

use page_build::hash_source;

/// `form-action 'none'`: the script sends forms, with keys in headers. The browser would put the
/// keys into the address. Pictures are the icon and a payment's QR code.
pub fn of_page(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; img-src 'self' data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash_source(style),
        hash_source(script)
    )
}

pub fn of_not_found(style: &str) -> String {
    format!(
        "default-src 'none'; style-src {}; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        hash_source(style)
    )
}
