//! The record of an operator's action: the command, its arguments and its answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest::digest;

/// The person who sent a command, as far as the invocation says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedBy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Lambda's id of the invocation. CloudTrail's entry for this id names the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// The fields of a command, as parsed. The reference is left out because it names the action. Keys
/// are left out because a record never holds one.
pub type Arguments = BTreeMap<String, String>;

/// SHA-256 of a command and its arguments. Two actions are equal exactly if their hashes are equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArgumentsHash(String);

impl ArgumentsHash {
    pub fn of(command: &str, arguments: &Arguments) -> Self {
        let fields = arguments.iter().flat_map(|(name, value)| [Some(name.as_str()), Some(value.as_str())]);
        Self(digest([Some(command)].into_iter().chain(fields)))
    }
}

/// Stored so that a repeat of a reference gets the first answer again. Never holds a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRecord {
    pub command: String,
    #[serde(rename = "content")]
    pub arguments: Arguments,
    #[serde(rename = "content_hash")]
    pub arguments_hash: ArgumentsHash,
    /// The JSON answer, byte for byte.
    pub answer: String,
    #[serde(rename = "asked_by")]
    pub requested_by: RequestedBy,
}

impl ActionRecord {
    pub fn new(command: &str, arguments: Arguments, answer: String, requested_by: RequestedBy) -> Self {
        Self {
            command: command.to_owned(),
            arguments_hash: ArgumentsHash::of(command, &arguments),
            arguments,
            answer,
            requested_by,
        }
    }
}
