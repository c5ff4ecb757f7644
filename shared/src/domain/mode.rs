//! Test and live.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// Whether a shop takes real money. Test and live never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Mode {
    Test,
    Live,
}
