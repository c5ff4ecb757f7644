//! How far a repair has come, in a cursor that only this shop's secret can seal. So nobody else's sums
//! become a balance.

use audit::{Difference, Position, Report, Sums};
use serde::{Deserialize, Serialize};
use shared::{
    domain::{credential::IdSecret, id::ShopId, key::Reference},
    store::{ActionPosition, OrderPosition},
};

use crate::{cursor, error::CommandError};

/// Differences that an answer shows of each audit.
const DIFFERENCES_KEPT: usize = 100;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Progress {
    shop_id: ShopId,
    reference: Reference,
    pub phase: Phase,
    pub changes: u64,
    pub before: Findings,
    pub after: Findings,
}

/// The phases in their order, each with the place in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Before(Position),
    Payments(Option<OrderPosition>),
    /// Payouts, reversals and adjustments.
    Actions(Option<ActionPosition>),
    /// Events whose change is lost.
    Journal(Option<String>),
    Sums(Option<Box<Summing>>),
    After(Position),
    Finished,
}

/// The sums of the settled events up to a place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Summing {
    /// The writes of repairs when it began. More of them may have put an event before the place.
    pub repairs: u64,
    pub sums: Sums,
    pub after: Option<String>,
    /// Whether all settled events are in the sums.
    pub complete: bool,
}

/// What an audit found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Findings {
    pub differences: Vec<Difference>,
    pub truncated: bool,
    pub in_motion: bool,
}

impl Findings {
    pub fn add(&mut self, report: Report) {
        self.differences.extend(report.differences);
        self.truncated |= self.differences.len() > DIFFERENCES_KEPT;
        self.differences.truncate(DIFFERENCES_KEPT);
        self.in_motion |= !report.in_motion.is_empty();
    }

    pub fn is_empty(&self) -> bool {
        self.differences.is_empty() && !self.in_motion
    }
}

impl Progress {
    pub fn begin(shop_id: &ShopId, reference: &Reference) -> Self {
        Self {
            shop_id: shop_id.clone(),
            reference: reference.clone(),
            phase: Phase::Before(Position::start(Some(shop_id.clone()))),
            changes: 0,
            before: Findings::default(),
            after: Findings::default(),
        }
    }

    pub fn write(&self, secret: &IdSecret) -> Result<String, CommandError> {
        let text = serde_json::to_string(self)?;
        let seal = secret.seal(&text);
        cursor::write(&(text, seal))
    }

    /// Reads the cursor of a repair of this shop with this reference.
    pub fn read(
        cursor: &str,
        secret: &IdSecret,
        shop_id: &ShopId,
        reference: &Reference,
    ) -> Result<Self, CommandError> {
        let (text, seal): (String, String) = cursor::read(cursor)?;
        let sealed = Some(text).filter(|text| secret.is_seal(text, &seal));
        let progress: Option<Self> = sealed.and_then(|text| serde_json::from_str(&text).ok());
        let is_own = |progress: &Self| progress.shop_id == *shop_id && progress.reference == *reference;
        progress.filter(is_own).ok_or(CommandError::InvalidCursor)
    }
}
