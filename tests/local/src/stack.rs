//! Starts and stops the whole stack.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::Method,
};
use shared::{
    domain::time::{Clock, SystemClock},
    edge::{Limiter, LogSink, Service, Settings, StandardError},
    sender::{Sender, SenderSettings},
    store::{Store, Tables},
};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};

use crate::{
    Error,
    functions::Functions,
    gateway::Gateway,
    invoke, seed, settings,
    store::{self, Data, Served},
    stream::{self, Pump, Webhooks},
    template::Template,
};

/// How to start the stack.
pub struct Options {
    /// Where the API listens. The store never leaves this machine.
    pub address: IpAddr,
    /// 0 picks a free port.
    pub port: u16,
    pub store_port: u16,
    pub data: Data,
    pub clock: Arc<dyn Clock>,
    /// Where the functions' log goes.
    pub log: Arc<dyn LogSink>,
    pub settings: Settings,
    /// The providers that the pay page links to.
    pub providers: pay_page::Providers,
    /// What the documentation page says of this deployment.
    pub site: docs::Site,
    /// How webhooks are sent.
    pub sender: SenderSettings,
    /// The address where the functions find the store. `None` means the store's own port; tests put
    /// a proxy between.
    pub store_endpoint: Option<String>,
    pub webhooks: Webhooks,
}

impl Options {
    /// Options for a stack that keeps nothing, on free ports, with the settings of the environment.
    ///
    /// # Errors
    /// A setting in the environment that does not belong to a provider is invalid.
    pub fn in_memory() -> Result<Self, Error> {
        let (settings, providers) = settings::read(settings::variable)?;
        Ok(Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            store_port: 0,
            data: Data::Memory,
            clock: Arc::new(SystemClock),
            log: Arc::new(StandardError),
            settings,
            providers,
            site: docs::Site::read(settings::variable),
            sender: SenderSettings::default(),
            store_endpoint: None,
            webhooks: Webhooks::Off,
        })
    }
}

/// The running product.
pub struct Stack {
    pub address: IpAddr,
    pub port: u16,
    pub functions: Functions,
    pub service: Arc<Service>,
    pub store: Served,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
    /// The pump and the ticks. They end when it is dropped.
    webhooks: JoinSet<()>,
}

impl Stack {
    pub async fn start(options: Options) -> Result<Self, Error> {
        let served = Served::start(&options.data, options.store_port).await?;
        Self::over(served, options).await
    }

    /// Starts the stack over a store that is already running.
    pub async fn over(served: Served, options: Options) -> Result<Self, Error> {
        let listener = listen(options.address, options.port).await?;
        let port = listener.local_addr().map_err(|source| Error::Port { port: options.port, source })?.port();
        let tables = Tables {
            shops: "shops".to_owned(),
            payments: "payments".to_owned(),
            transactions: "transactions".to_owned(),
            events: "events".to_owned(),
            limits: "limits".to_owned(),
            webhooks: "webhooks".to_owned(),
        };

        let template = Template::read()?;
        let direct = store::client(&served.endpoint()).await;
        store::create_tables(&direct, &template, options.webhooks != Webhooks::Off).await?;
        let direct = Store::new(direct, tables.clone(), options.clock.clone());
        seed::put(&direct, options.clock.now(), options.settings.payment_lifetime).await?;

        let endpoint = options.store_endpoint.unwrap_or_else(|| served.endpoint());
        let public_url = options.settings.public_url.clone().or_else(|| Some(url(options.address, port)));
        let mut webhooks = options.settings.webhooks;
        if let Some(local) = &mut webhooks.url_rules.local {
            local.own_ports.extend([port, served.port]);
        }
        let service = Arc::new(Service {
            store: Store::new(store::client(&endpoint).await, tables, options.clock.clone()),
            clock: options.clock,
            log: options.log,
            settings: Settings { public_url, webhooks, ..options.settings },
            limiter: Limiter::default(),
            sender: Sender::new(options.sender),
        });
        let functions = Functions::new(service.clone(), options.providers, options.site);
        let pump = Pump::new(served.database.clone(), functions.clone(), &options.data)?;
        let webhooks = match options.webhooks {
            Webhooks::Running => stream::run(pump, functions.clone()),
            Webhooks::Off | Webhooks::ByHand => JoinSet::new(),
        };
        let gateway = Gateway::new(functions.clone(), template.routes());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = serve(listener, router(gateway, functions.clone(), options.address), stopped);
        Ok(Self {
            address: options.address,
            port,
            functions,
            service,
            store: served,
            stop,
            serving,
            webhooks,
        })
    }

    pub fn url(&self) -> String {
        url(self.address, self.port)
    }

    /// Waits for running requests, then closes the store.
    pub async fn stop(mut self) {
        self.webhooks.shutdown().await;
        let _ = self.stop.send(());
        let _ = self.serving.await;
        self.store.stop().await;
    }
}

/// Returns the address as this machine reaches it. The one that means every address is none to call.
fn url(address: IpAddr, port: u16) -> String {
    let reached = if address.is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { address };
    format!("http://{}", SocketAddr::new(reached, port))
}

async fn listen(address: IpAddr, port: u16) -> Result<TcpListener, Error> {
    TcpListener::bind((address, port)).await.map_err(|source| Error::Port { port, source })
}

/// Whether `peer` may invoke functions directly. On AWS, IAM decides that. Here only this machine
/// may, which calls from a loopback address or from the address that it listens on.
fn may_invoke(peer: IpAddr, own: IpAddr) -> bool {
    peer.is_loopback() || peer == own
}

fn router(gateway: Gateway, functions: Functions, own: IpAddr) -> Router {
    Router::new().fallback(move |request: Request| {
        let (gateway, functions) = (gateway.clone(), functions.clone());
        async move {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
            let invokes = peer.is_some_and(|peer| may_invoke(peer, own));
            let (parts, body) = request.into_parts();
            match invoke::function_name(parts.uri.path()) {
                Some(name) if parts.method == Method::POST && invokes => {
                    invoke::answer(&functions, name, &parts, body).await
                }
                _ => gateway.answer(parts, body).await,
            }
        }
    })
}

fn serve(
    listener: TcpListener,
    router: Router,
    stopped: oneshot::Receiver<()>,
) -> JoinHandle<std::io::Result<()>> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = stopped.await;
    });
    tokio::spawn(serving.into_future())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_invokes() {
        let address = |text: &str| -> IpAddr { text.parse().unwrap() };
        for (peer, own, may) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "0.0.0.0", true),
            ("::1", "::", true),
            ("192.168.1.5", "192.168.1.5", true),
            ("192.168.1.6", "192.168.1.5", false),
            ("192.168.1.6", "0.0.0.0", false),
            ("192.168.1.6", "127.0.0.1", false),
        ] {
            assert_eq!(may_invoke(address(peer), address(own)), may, "{peer} to {own}");
        }
    }
}
