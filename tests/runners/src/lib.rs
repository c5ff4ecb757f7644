//! Clients that call a deployment like the providers do, and the scenarios that the providers make
//! a merchant pass.
//!
//! - [`payme`]: a client of the Merchant API, and the sandbox's scenarios (developer.help.paycom.uz, "pesochnitsa").
//! - [`click`]: a client of the SHOP API, and the fifteen official scenarios (docs.click.uz/testing/postman).
//! - [`client`]: the HTTP client of the scenarios and of the tests.
//! - [`merchant`]: the part of the merchant API that a scenario needs: payments and the balance.
//! - [`report`]: the result of each step.
// Only JSON is indexed, by name. A missing member gives null and no panic.
#![allow(clippy::indexing_slicing)]

pub mod click;
pub mod client;
pub mod command;
pub mod merchant;
pub mod payme;
pub mod report;

/// An error that ends the scenarios early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{url}: {problem}")]
    Unreachable { url: String, problem: String },
    #[error("create_payment answered {0}")]
    NotCreated(String),
    #[error("{0}")]
    Arguments(#[from] lexopt::Error),
}
