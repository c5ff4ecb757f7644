//! The whole product in one process: what API Gateway, Lambda and DynamoDB do, for building and
//! trying.
//!
//! # Layout
//!
//! - [`template`]: reads `template.yaml`, so that the routes and tables here are the deployed ones.
//! - [`store`]: an embedded DynamoDB with those tables, served on a port of its own.
//! - [`gateway`]: HTTP in, an API Gateway event through the function's own door, HTTP out.
//! - [`invoke`]: the Lambda Invoke API.
//! - [`functions`]: the functions by name.
//! - [`seed`]: the test shops and the payments that `events/` name.
//! - [`settings`]: the environment, and the local providers.

pub mod functions;
pub mod gateway;
pub mod invoke;
pub mod seed;
pub mod settings;
pub mod stack;
pub mod store;
pub mod template;

use shared::edge::setting::InvalidSetting;

pub use stack::{Options, Stack};

/// What can go wrong while the stack starts.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on port {port}: {source}")]
    Port { port: u16, source: std::io::Error },
    #[error("cannot make the data folder {folder}: {source}")]
    DataFolder { folder: String, source: std::io::Error },
    #[error(
        "cannot open the data file {file}: it is damaged, of another program, or not yours to write. Move it away, name another \
         folder with --data FOLDER, or keep nothing with --data :memory:"
    )]
    DataFile { file: String },
    #[error("template.yaml: {0}")]
    Template(String),
    #[error("the environment: {0}")]
    Setting(InvalidSetting),
    #[error("the store: {0}")]
    Store(String),
}
