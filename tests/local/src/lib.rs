//! The whole product in one process, for development and trying. It replaces API Gateway, Lambda
//! and DynamoDB.
//!
//! # Layout
//!
//! - [`template`]: reads `template.yaml`, so that the routes and tables here are the deployed ones.
//! - [`store`]: an embedded DynamoDB with those tables, served on a port of its own.
//! - [`gateway`]: turns HTTP requests into API Gateway events, and answers into HTTP.
//! - [`invoke`]: the Lambda Invoke API.
//! - [`functions`]: all functions by name.
//! - [`stream`]: the stream of the journal and the schedule of the webhooks.
//! - [`seed`]: the test shops and the payments that the files in `events/` use.
//! - [`settings`]: environment variables and their local defaults.

pub mod functions;
pub mod gateway;
pub mod invoke;
pub mod seed;
pub mod settings;
pub mod stack;
pub mod store;
pub mod stream;
pub mod template;

use shared::edge::setting::InvalidSetting;

pub use stack::{Options, Stack};
pub use stream::{Pump, Webhooks};

/// An error at the start of the stack.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on port {port}: {source}")]
    Port { port: u16, source: std::io::Error },
    #[error("cannot make the data folder {folder}: {source}")]
    DataFolder { folder: String, source: std::io::Error },
    #[error(
        "cannot open the data file {file}: it is damaged, belongs to another program, or you may not write it. Move it away, choose \
         another folder with --data FOLDER, or keep nothing with --data :memory:"
    )]
    DataFile { file: String },
    #[error("cannot move the old data folder {folder}: {source}")]
    OldData { folder: String, source: std::io::Error },
    #[error("template.yaml: {0}")]
    Template(String),
    #[error("the environment: {0}")]
    Setting(InvalidSetting),
    #[error("the store: {0}")]
    Store(String),
}
