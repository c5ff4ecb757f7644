//! HTTP and Lambda: what comes in becomes values, what goes out is made in one place.

pub mod answer;
pub mod call;
pub mod click;
pub mod direct;
pub mod endpoint;
pub mod error;
mod event;
mod log;
pub mod merchant;
pub mod parameter;
pub mod providers;
mod query;
pub mod runtime;
pub mod service;
pub mod setting;

pub use answer::Answer;
pub use call::Call;
pub use direct::{Direct, Invocation};
pub use endpoint::{Endpoint, Prime};
pub use error::ApiError;
pub use log::{LogSink, StandardError};
pub use parameter::Parameter;
pub use service::{Service, Settings};
