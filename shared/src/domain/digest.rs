//! One hash of several texts.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// SHA-256 of `parts` in their order, as base64url. Two digests are equal exactly if all parts are.
pub(super) fn digest<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length before each part separates `ab` + `c` from `a` + `bc`, and an absent part from
        // an empty one.
        hash.update(part.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
        hash.update(part.unwrap_or_default());
    }
    BASE64_URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// The first 128 bits of SHA-256 of `text`.
pub(super) fn digest_bits(text: &str) -> u128 {
    let hash: [u8; 32] = Sha256::digest(text).into();
    hash.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}
