//! A merchant's server for webhooks. It answers as a test says, and misbehaves in each way that
//! strangers' servers do. It writes bytes and not messages, so that an answer need not be HTTP.
//!
//! ```no_run
//! # async fn example() {
//! use suite::receiver::{Answer, Receiver};
//!
//! let receiver = Receiver::start().await;
//! receiver.answer_next(Answer::status(503).header("retry-after", "120"));
//! // ... set receiver.url() as the address of a shop, act, and then:
//! let requests = receiver.take_requests();
//! # }
//! ```

mod answer;
mod certificates;
mod names;
mod request;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

pub use answer::{Answer, Ending};
pub use certificates::{Certificate, TestAuthority};
pub use names::Names;
pub use request::Received;

use crate::gate::{Gate, Turnstile};

/// How long a test waits for what does not happen.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server. It serves until it is dropped.
pub struct Receiver {
    address: SocketAddr,
    state: Arc<State>,
    _server: JoinSet<()>,
}

struct State {
    /// The answer to each request that finds none in `next`.
    answer: Mutex<Answer>,
    next: Mutex<VecDeque<Answer>>,
    gate: Mutex<Option<Arc<Turnstile>>>,
    requests: Mutex<Vec<Received>>,
    counts: watch::Sender<Counts>,
}

/// How much happened since the start.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    connections: usize,
    requests: usize,
    closed: usize,
}

/// What the server speaks.
enum Protocol {
    Plain,
    Tls(TlsAcceptor),
    /// Nothing: it accepts connections and leaves them alone.
    Silence,
}

impl Receiver {
    /// Starts an HTTP server, which answers 200 to everything, on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        Self::start_with(Protocol::Plain).await
    }

    /// Starts the same server with TLS.
    pub async fn start_tls(certificate: &Certificate) -> Self {
        Self::start_with(Protocol::Tls(certificate.acceptor())).await
    }

    /// Starts a server that accepts connections and never reads or writes.
    pub async fn start_silent() -> Self {
        Self::start_with(Protocol::Silence).await
    }

    async fn start_with(protocol: Protocol) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let state = Arc::new(State {
            answer: Mutex::new(Answer::status(200)),
            next: Mutex::default(),
            gate: Mutex::default(),
            requests: Mutex::default(),
            counts: watch::Sender::default(),
        });
        let mut server = JoinSet::new();
        server.spawn(serve(listener, Arc::new(protocol), Arc::clone(&state)));
        Self { address, state, _server: server }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// An address of this server for a local product.
    pub fn url(&self) -> String {
        format!("http://{}/webhook", self.address)
    }

    /// Gives every later request this answer.
    pub fn answer_with(&self, answer: Answer) {
        *self.state.answer.lock().unwrap() = answer;
    }

    /// Gives the next request this answer. Several of them are used in their order.
    pub fn answer_next(&self, answer: Answer) {
        self.state.next.lock().unwrap().push_back(answer);
    }

    /// Holds every later request before its answer is chosen, until the gate is opened or dropped.
    pub fn gate(&self) -> Gate {
        let turnstile = Arc::new(Turnstile::default());
        *self.state.gate.lock().unwrap() = Some(Arc::clone(&turnstile));
        Gate::new(turnstile)
    }

    /// Takes every request that arrived since the last time, in the order of arrival.
    pub fn take_requests(&self) -> Vec<Received> {
        std::mem::take(&mut *self.state.requests.lock().unwrap())
    }

    /// How many connections were accepted since the start.
    pub fn connections(&self) -> usize {
        self.state.counts.borrow().connections
    }

    /// Waits until `count` connections were accepted since the start.
    pub async fn connected(&self, count: usize) {
        self.wait_for(&format!("{count} connections"), |counts| counts.connections >= count).await;
    }

    /// Waits until `count` requests arrived since the start.
    pub async fn received(&self, count: usize) {
        self.wait_for(&format!("{count} requests"), |counts| counts.requests >= count).await;
    }

    /// Waits until no connection is open.
    pub async fn all_closed(&self) {
        self.wait_for("no open connection", |counts| counts.closed == counts.connections).await;
    }

    async fn wait_for(&self, what: &str, reached: impl Fn(&Counts) -> bool) {
        let mut counts = self.state.counts.subscribe();
        let in_time = timeout(PATIENCE, counts.wait_for(reached)).await.is_ok();
        assert!(in_time, "{what} expected, {:?}", *self.state.counts.borrow());
    }
}

async fn serve(listener: TcpListener, protocol: Arc<Protocol>, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let mut connection = 0;
        state.counts.send_modify(|counts| {
            counts.connections += 1;
            connection = counts.connections;
        });
        let (protocol, state) = (Arc::clone(&protocol), Arc::clone(&state));
        connections.spawn(async move {
            handle(stream, connection, &protocol, &state).await;
            state.counts.send_modify(|counts| counts.closed += 1);
        });
    }
}

async fn handle(stream: TcpStream, connection: usize, protocol: &Protocol, state: &State) {
    // Without `nodelay` an answer may wait 40 ms for an acknowledgement (Nagle).
    let _ = stream.set_nodelay(true);
    match protocol {
        Protocol::Plain => converse(stream, connection, state).await,
        Protocol::Tls(acceptor) => match acceptor.accept(stream).into_fallible().await {
            Ok(stream) => converse(stream, connection, state).await,
            // Closing with unread bytes would take the alert away from the sender.
            Err((_, mut stream)) => closed(&mut stream).await,
        },
        Protocol::Silence => {
            let mut stream = stream;
            closed(&mut stream).await;
        }
    }
}

/// Answers the requests of one connection, until an answer or the sender ends it.
async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, connection: usize, state: &State) {
    let mut stream = BufReader::new(stream);
    while let Some(received) = request::read(&mut stream, connection).await {
        state.requests.lock().unwrap().push(received);
        state.counts.send_modify(|counts| counts.requests += 1);
        let gate = state.gate.lock().unwrap().clone();
        if let Some(turnstile) = gate {
            tokio::select! {
                () = turnstile.pass() => {}
                () = closed(&mut stream) => return,
            }
        }
        let answer = state.next.lock().unwrap().pop_front();
        let answer = answer.unwrap_or_else(|| state.answer.lock().unwrap().clone());
        if !write(&mut stream, answer).await {
            return;
        }
    }
}

/// Returns whether the connection can carry another request.
async fn write(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), answer: Answer) -> bool {
    if stream.write_all(&answer.bytes()).await.is_err() || stream.flush().await.is_err() {
        return false;
    }
    match answer.ending {
        Ending::KeepOpen => return true,
        Ending::Close => {}
        Ending::Hang => closed(stream).await,
        Ending::Repeat { bytes, pause } => loop {
            if stream.write_all(bytes).await.is_err() || stream.flush().await.is_err() {
                break;
            }
            if pause.is_zero() {
                tokio::task::yield_now().await;
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = closed(stream) => break,
            }
        },
    }
    false
}

/// Waits until the sender closes the connection. Reads and drops what it still sends.
async fn closed(stream: &mut (impl AsyncRead + Unpin)) {
    let mut ignored = [0; 1024];
    while matches!(stream.read(&mut ignored).await, Ok(read) if read > 0) {}
}
