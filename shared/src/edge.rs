//! HTTP and Lambda: what comes in becomes values, what goes out is made in one place.

pub mod answer;
pub mod click;
pub mod days;
pub mod endpoint;
pub mod error;
mod frame;
pub mod invoked;
pub mod journal;
mod limiter;
mod log;
pub mod merchant;
pub mod parameter;
pub mod provider_credentials;
pub mod request;
pub mod runtime;
pub mod service;
pub mod webhook;

pub use endpoint::Endpoint;
pub use error::ApiError;
pub use invoked::{Invocation, InvokedFunction};
pub use limiter::Limiter;
pub use log::{LogSink, StandardError};
pub use parameter::Parameter;
pub use request::ApiRequest;
pub use service::{Service, Settings};
pub use web::{Answer, Imprint, Language, setting};

pub use crate::store::Warmup;
