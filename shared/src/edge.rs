//! HTTP and Lambda: what comes in becomes values, what goes out is made in one place.

pub mod answer;
pub mod click;
pub mod days;
pub mod endpoint;
pub mod error;
mod event;
mod frame;
pub mod imprint;
pub mod invoked;
pub mod journal;
mod language;
mod limiter;
mod log;
pub mod merchant;
pub mod parameter;
pub mod provider_credentials;
mod query;
pub mod request;
pub mod runtime;
pub mod service;
pub mod setting;
pub mod static_page;
pub mod webhook;

pub use answer::Answer;
pub use endpoint::Endpoint;
pub use error::ApiError;
pub use imprint::Imprint;
pub use invoked::{Invocation, InvokedFunction};
pub use language::Language;
pub use limiter::Limiter;
pub use log::{LogSink, StandardError};
pub use parameter::Parameter;
pub use request::ApiRequest;
pub use service::{Service, Settings};

pub use crate::store::Warmup;
