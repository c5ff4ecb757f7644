//! Webhooks: where a shop wants its events, and what became of each of them.
//!
//! Follows Standard Webhooks 1.0 (<https://www.standardwebhooks.com>).

pub mod delivery;
pub mod delivery_page;
pub mod endpoint;
pub mod event_types;
pub mod outcome;
pub mod schedule;
pub mod secret;
