//! Cursors of lists and of the audit, opaque to callers (a version byte and JSON, in base64url).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::CommandError;

const VERSION: u8 = b'1';
/// A report's cursor has a line of some 120 bytes for each of up to 92 days, 4 providers and 2 modes.
const LENGTH_MAX: usize = 128 * 1024;

pub fn write(position: &impl Serialize) -> Result<String, CommandError> {
    let mut bytes = vec![VERSION];
    serde_json::to_writer(&mut bytes, position)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

pub fn read<T: DeserializeOwned>(cursor: &str) -> Result<T, CommandError> {
    let position = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok().filter(|bytes| bytes.len() <= LENGTH_MAX)?;
        serde_json::from_slice(bytes.strip_prefix(&[VERSION])?).ok()
    };
    position().ok_or(CommandError::InvalidCursor)
}
