//! Sends signed requests to the addresses that merchants set, as a client that nobody can use to
//! reach what he could not reach himself.
//!
//! In this order: the address keeps the rules of [`WebhookUrl`]; its name is resolved once; all its
//! addresses are checked; the connection goes to exactly those. There is no redirect, no proxy, no
//! IPv6 and no `http` but to a local receiver. One time limit stands around everything, the body
//! included, and at most 16 KB of a body are read. None of it is kept.

mod connection;
mod exchange;
mod resolver;
mod session;
mod tls;

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::HeaderMap;
use ipnet::Ipv4Net;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;

pub use resolver::{Resolver, SystemResolver};
pub use session::Session;
pub use tls::Roots;

use crate::domain::{error_class::ErrorClass, webhook_url::WebhookUrl};

/// What a [`Sender`] is made of. The default is that of a deployment.
#[derive(Clone, Debug)]
pub struct SenderSettings {
    pub resolver: Arc<dyn Resolver>,
    /// Networks that a name may lead to although they are forbidden. None on a deployment.
    pub allowed_networks: Vec<Ipv4Net>,
    pub roots: Roots,
}

impl Default for SenderSettings {
    fn default() -> Self {
        Self { resolver: Arc::new(SystemResolver), allowed_networks: Vec::new(), roots: Roots::Machine }
    }
}

/// The body of a POST and its headers. The sender adds `host` and `content-length`.
#[derive(Clone, Debug)]
pub struct SignedRequest {
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What came of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendReport {
    pub outcome: SendOutcome,
    /// From the resolver's start to the last byte of the body.
    pub milliseconds: u64,
}

/// The receiver's answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    Answered {
        /// 100 to 999.
        http_status: u16,
        /// The header `Retry-After` as the receiver wrote it, at most 64 printable ASCII
        /// characters. Not parsed.
        retry_after: Option<String>,
    },
    Failed(ErrorClass),
}

/// A fault of ours, which says nothing about the receiver.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    #[error("no root certificate can be read: {0}")]
    NoRoots(String),
    #[error("TLS cannot be configured: {0}")]
    Tls(String),
}

/// Sends requests. Cheap to clone: the clones share one set of root certificates.
#[derive(Clone)]
pub struct Sender {
    shared: Arc<Shared>,
}

struct Shared {
    settings: SenderSettings,
    /// Made at the first send: reading the machine's roots takes milliseconds.
    tls: OnceCell<TlsConnector>,
}

impl Sender {
    pub fn new(settings: SenderSettings) -> Self {
        Self { shared: Arc::new(Shared { settings, tls: OnceCell::new() }) }
    }

    /// Sends one request, over a connection of its own, within `time_max`.
    ///
    /// # Errors
    /// See [`SenderError`]. Each failure of the receiver is an outcome.
    pub async fn send(
        &self,
        url: &WebhookUrl,
        request: &SignedRequest,
        time_max: Duration,
    ) -> Result<SendReport, SenderError> {
        self.session(url.clone()).send(request, time_max).await
    }

    /// Begins a session, which keeps its connections to `url` for its next requests. Drop it before
    /// the invocation ends: a frozen connection is a dead one.
    pub fn session(&self, url: WebhookUrl) -> Session {
        Session::new(self.clone(), url)
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}
