//! A connection to a receiver: resolve, check, connect, TLS.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use tokio_util::either::Either;

use super::SenderSettings;
use crate::domain::{
    address::{AddressError, PermittedAddresses},
    error_class::ErrorClass,
    webhook_url::WebhookUrl,
};

/// The bytes of a receiver's status line and headers. More is a bad answer.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How many addresses of a name are tried. All of them are checked.
const ADDRESSES_TRIED_MAX: usize = 4;

/// An open connection. Dropping it closes it.
pub(super) struct Connection {
    pub requests: SendRequest<Full<Bytes>>,
    /// Reads and writes. Ends when it is dropped.
    _driver: JoinSet<()>,
}

/// Resolves the name of `url` once. Nothing but what it returns is connected to, so a resolver that
/// changes its answer changes nothing.
pub(super) async fn permitted_addresses(
    settings: &SenderSettings,
    url: &WebhookUrl,
) -> Result<PermittedAddresses, ErrorClass> {
    if let Some(local) = url.local_addresses() {
        return Ok(local);
    }
    let addresses = settings.resolver.resolve(url.host(), url.port()).await;
    let addresses = addresses.map_err(|_| ErrorClass::DnsFailed)?;
    PermittedAddresses::check(addresses, &settings.allowed_networks).map_err(|error| match error {
        AddressError::Missing => ErrorClass::DnsFailed,
        AddressError::Forbidden => ErrorClass::AddressForbidden,
    })
}

/// Connects to the first address that accepts. Each but the last gets an equal share of the time that
/// is left, so a silent one does not use up that of the others.
pub(super) async fn connect(
    addresses: &PermittedAddresses,
    started: Instant,
    time_max: Duration,
) -> Result<TcpStream, ErrorClass> {
    let mut following = addresses.as_slice().iter().take(ADDRESSES_TRIED_MAX);
    while let Some(address) = following.next() {
        let others = u32::try_from(following.len()).unwrap_or(u32::MAX);
        let left = time_max.saturating_sub(started.elapsed());
        let connect = TcpStream::connect(address);
        let connected = match others {
            // The limit of the whole try ends this wait, as one that ran out of time.
            0 => connect.await.ok(),
            others => timeout(left / others.saturating_add(1), connect).await.ok().and_then(Result::ok),
        };
        if let Some(stream) = connected {
            return Ok(stream);
        }
    }
    Err(ErrorClass::ConnectFailed)
}

impl Connection {
    /// Speaks TLS (if `tls` is given) and HTTP/1.1 over `stream`.
    pub async fn open(
        stream: TcpStream,
        tls: Option<&TlsConnector>,
        url: &WebhookUrl,
    ) -> Result<Self, ErrorClass> {
        // One small request: nothing is gained by waiting for more. Without it, it is only slower.
        let _ = stream.set_nodelay(true);
        let stream = match tls {
            None => Either::Left(stream),
            Some(tls) => {
                let name = ServerName::try_from(url.host().to_owned()).map_err(|_| ErrorClass::TlsFailed)?;
                Either::Right(tls.connect(name, stream).await.map_err(|_| ErrorClass::TlsFailed)?)
            }
        };
        let http = http1::Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(TokioIo::new(stream)).await;
        let (requests, driver) = http.map_err(|_| ErrorClass::BadAnswer)?;
        let mut drivers = JoinSet::new();
        drivers.spawn(async move {
            // The request that is under way learns the error.
            let _ = driver.await;
        });
        Ok(Self { requests, _driver: drivers })
    }
}
