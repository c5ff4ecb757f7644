//! What the providers send, from the outside: their clients, and the scenarios that they let a
//! merchant pass.
//!
//! - [`payme`]: a client of the Merchant API, and the sandbox's scenarios (developer.help.paycom.uz, "pesochnitsa").
//! - [`click`]: a client of the SHOP API, and the fifteen official scenarios (docs.click.uz/testing/postman).
//! - [`client`]: the HTTP client of the scenarios and of the tests.
//! - [`merchant`]: what a scenario needs of the merchant API: a new payment, and its state.
//! - [`report`]: what came of each step.
// JSON is indexed by name only, which gives null for what is not there.
#![allow(clippy::indexing_slicing)]

pub mod click;
pub mod client;
pub mod command;
pub mod merchant;
pub mod payme;
pub mod report;

/// Something that kept a scenario from going on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{url}: {problem}")]
    Unreachable { url: String, problem: String },
    #[error("create_payment answered {0}")]
    NotCreated(String),
    #[error("{0}")]
    Arguments(#[from] lexopt::Error),
}
