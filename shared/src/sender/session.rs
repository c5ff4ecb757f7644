//! Requests to one receiver, over connections that are kept in between.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::{
    SendOutcome, SendReport, Sender, SenderError, SignedRequest,
    connection::{self, Connection},
    exchange::{Exchange, Unanswered, exchange},
    tls,
};
use crate::domain::{error_class::ErrorClass, webhook_url::WebhookUrl};

/// Sends requests to one address. Each request under way has a connection of its own (HTTP/1.1).
/// What was kept is used by the next one, and goes to addresses that were checked.
pub struct Session {
    sender: Sender,
    url: WebhookUrl,
    kept: Mutex<Vec<Connection>>,
}

impl Session {
    pub(super) fn new(sender: Sender, url: WebhookUrl) -> Self {
        Self { sender, url, kept: Mutex::default() }
    }

    /// Sends one request within `time_max`.
    ///
    /// # Errors
    /// See [`SenderError`]. Each failure of the receiver is an outcome.
    pub async fn send(&self, request: &SignedRequest, time_max: Duration) -> Result<SendReport, SenderError> {
        let tls = self.tls().await?;
        let started = Instant::now();
        let answer = timeout(time_max, self.deliver(tls, request, started, time_max)).await;
        let outcome = answer.unwrap_or(Err(ErrorClass::TimedOut)).unwrap_or_else(SendOutcome::Failed);
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(SendReport { outcome, milliseconds })
    }

    /// Returns `None` for a local receiver without TLS.
    async fn tls(&self) -> Result<Option<&TlsConnector>, SenderError> {
        if !self.url.is_secure() {
            return Ok(None);
        }
        let shared = &self.sender.shared;
        shared.tls.get_or_try_init(|| tls::connector(&shared.settings.roots)).await.map(Some)
    }

    async fn deliver(
        &self,
        tls: Option<&TlsConnector>,
        request: &SignedRequest,
        started: Instant,
        time_max: Duration,
    ) -> Result<SendOutcome, ErrorClass> {
        if let Some(kept) = self.take_kept() {
            match self.exchange(kept, request).await {
                // The receiver may close what is idle at any time. A second copy does no harm: it
                // has the same id.
                Err(Unanswered::Closed) => {}
                answer => return answer.map_err(ErrorClass::from),
            }
        }
        let settings = &self.sender.shared.settings;
        let addresses = connection::permitted_addresses(settings, &self.url).await?;
        let stream = connection::connect(&addresses, started, time_max).await?;
        let fresh = Connection::open(stream, tls, &self.url).await?;
        self.exchange(fresh, request).await.map_err(ErrorClass::from)
    }

    /// Sends `request` over `connection`, and keeps it if it can carry another.
    async fn exchange(
        &self,
        mut connection: Connection,
        request: &SignedRequest,
    ) -> Result<SendOutcome, Unanswered> {
        let Exchange { outcome, reusable } = exchange(&mut connection, &self.url, request).await?;
        if reusable {
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        Ok(outcome)
    }

    fn take_kept(&self) -> Option<Connection> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("url", &self.url).finish_non_exhaustive()
    }
}
