//! Test mode and live mode.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// Whether a shop takes real money. A key of one mode never reaches a payment of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Mode {
    Test,
    Live,
}
