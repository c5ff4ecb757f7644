//! What is remembered of an operator's action.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest::digest;

/// Who asked, as far as the invocation tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedBy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Lambda's id of the invocation; CloudTrail's record of it says who that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What a command asks for: its fields as parsed, without its reference, which names the act, and
/// without a key.
pub type Arguments = BTreeMap<String, String>;

/// SHA-256 over a command and its content: two acts are the same exactly when these are equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentHash(String);

impl ContentHash {
    pub fn of(command: &str, content: &Arguments) -> Self {
        let fields = content.iter().flat_map(|(name, value)| [Some(name.as_str()), Some(value.as_str())]);
        Self(digest([Some(command)].into_iter().chain(fields)))
    }
}

/// What an operator asked and was told, so that a repeat of a reference gets the same answer. Never
/// holds a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRecord {
    pub command: String,
    #[serde(rename = "content")]
    pub arguments: Arguments,
    pub content_hash: ContentHash,
    /// The answer as it was given.
    pub answer: String,
    #[serde(rename = "asked_by")]
    pub requested_by: RequestedBy,
}

impl ActionRecord {
    pub fn new(command: &str, arguments: Arguments, answer: String, requested_by: RequestedBy) -> Self {
        Self {
            command: command.to_owned(),
            content_hash: ContentHash::of(command, &arguments),
            arguments,
            answer,
            requested_by,
        }
    }
}
