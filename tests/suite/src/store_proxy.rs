//! An HTTP proxy between the AWS SDK and a DynamoDB endpoint. It meters every call, and makes the
//! store fail in ways that DynamoDB has and an embedded store has not.
//!
//! ```no_run
//! # async fn example() {
//! use suite::store::with_tables;
//! use suite::store_proxy::{Fault, StoreProxy, on};
//!
//! let store = with_tables().await;
//! let proxy = StoreProxy::start(&store.endpoint()).await;
//! // The next put is applied, but its answer is lost.
//! proxy.inject(Fault::LoseAnswer, on("PutItem").times(1));
//! // ... point AWS_ENDPOINT_URL_DYNAMODB at proxy.url(), act, and then:
//! let calls = proxy.take_calls();
//! # }
//! ```

mod call;
mod fault;
mod forward;
mod plan;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use crate::gate::Gate;
use crate::gate::Turnstile;
pub use call::{Call, Units, units};
pub use fault::{Cause, Fault};
use forward::Upstream;
use plan::Plan;
pub use plan::{When, always, nth, on};

/// Closes the connection without an answer: hyper does so when a service fails.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
struct Closed;

type Answer = Result<Response<Full<Bytes>>, Closed>;

/// The proxy; it serves until it is dropped.
pub struct StoreProxy {
    address: SocketAddr,
    state: Arc<State>,
    _server: JoinSet<()>,
}

struct State {
    upstream: Upstream,
    /// Every call since the last `take_calls`, with its number.
    calls: Mutex<Vec<(usize, Call)>>,
    next_number: AtomicUsize,
    faults: Mutex<Plan<Fault>>,
    gates: Mutex<Plan<Arc<Turnstile>>>,
    answer_gates: Mutex<Plan<Arc<Turnstile>>>,
    up: watch::Sender<bool>,
    /// Changes with every `heal`, for which hung calls wait.
    heals: watch::Sender<usize>,
}

impl StoreProxy {
    /// Starts on a free port of 127.0.0.1, before the DynamoDB endpoint `upstream`
    /// (`http://host:port`).
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let state = Arc::new(State {
            upstream: Upstream::new(upstream),
            calls: Mutex::default(),
            next_number: AtomicUsize::new(0),
            faults: Mutex::default(),
            gates: Mutex::default(),
            answer_gates: Mutex::default(),
            up: watch::Sender::new(true),
            heals: watch::Sender::new(0),
        });
        let mut server = JoinSet::new();
        server.spawn(serve(listener, Arc::clone(&state)));
        Self { address, state, _server: server }
    }

    /// Returns the endpoint to give to the SDK, in the form of `AWS_ENDPOINT_URL_DYNAMODB`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Passes calls to another endpoint from now on, for a store that started after the proxy.
    pub fn forward_to(&self, upstream: &str) {
        self.state.upstream.set(upstream);
    }

    /// Takes every call that arrived since the last time, in the order of arrival. A retry is a
    /// call of its own.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.state.calls.lock().unwrap()).into_iter().map(|(_, call)| call).collect()
    }

    /// Lets `fault` meet the calls that `when` names. If several faults are due, the one injected
    /// first is used, and only that one is used up.
    pub fn inject(&self, fault: Fault, when: When) {
        self.state.faults.lock().unwrap().add(when, fault);
    }

    /// Holds the calls that `when` names before they are forwarded, until the gate is opened or
    /// dropped. A fault for such a call is chosen when it leaves the gate.
    pub fn gate(&self, when: When) -> Gate {
        let turnstile = Arc::new(Turnstile::default());
        self.state.gates.lock().unwrap().add(when, Arc::clone(&turnstile));
        Gate::new(turnstile)
    }

    /// Holds the answers to the calls that `when` names. The store has already answered then.
    pub fn gate_answers(&self, when: When) -> Gate {
        let turnstile = Arc::new(Turnstile::default());
        self.state.answer_gates.lock().unwrap().add(when, Arc::clone(&turnstile));
        Gate::new(turnstile)
    }

    /// Closes every connection, and each new one at once, until `up` is called.
    pub fn down(&self) {
        self.state.up.send_replace(false);
    }

    /// Ends `down`.
    pub fn up(&self) {
        self.state.up.send_replace(true);
    }

    /// Removes every fault and gate, and ends `down`. Closes the connection of a call that hangs.
    pub fn heal(&self) {
        self.state.faults.lock().unwrap().clear();
        for gates in [&self.state.gates, &self.state.answer_gates] {
            for turnstile in gates.lock().unwrap().clear() {
                turnstile.open();
            }
        }
        self.state.heals.send_modify(|heals| *heals += 1);
        self.up();
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        if *state.up.borrow() {
            connections.spawn(connection(stream, Arc::clone(&state)));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, state: Arc<State>) {
    // Without `nodelay` an answer may wait 40 ms for an acknowledgement (Nagle).
    let _ = stream.set_nodelay(true);
    let mut up = state.up.subscribe();
    let service = service_fn(|request| answer(request, Arc::clone(&state)));
    tokio::select! {
        _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service) => {}
        _ = up.wait_for(|up| !up) => {}
    }
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Answer {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let call = Call::read(&head.headers, &body);
    let number = state.record(&call);

    // In its own task, so that a caller who gives up cancels neither a call that the store has, nor
    // one that waits.
    let passed = tokio::spawn(pass(head, body, call, number, Arc::clone(&state)));
    let answer = passed.await.unwrap_or(Err(Closed))?;
    state.note(number, |call| call.status = Some(answer.status().as_u16()));
    Ok(answer)
}

/// Takes one call through its gates and its fault.
async fn pass(head: Parts, body: Bytes, call: Call, number: usize, state: Arc<State>) -> Answer {
    // Each in its own statement, so that the lock is released before the wait.
    let gate = state.gates.lock().unwrap().due(&call);
    let answer_gate = state.answer_gates.lock().unwrap().due(&call);
    if let Some(turnstile) = gate {
        turnstile.pass().await;
    }
    let mut heals = state.heals.subscribe();
    let fault = state.faults.lock().unwrap().due(&call);

    let forward = async |call: &Call, body| {
        let (answer, units) = state.upstream.send(head, body, call).await?;
        state.note(number, |call| (call.read_units, call.write_units) = (units.read, units.write));
        Ok(answer)
    };
    let answer = match fault {
        None => forward(&call, body).await,
        Some(Fault::LoseRequest) => Err(Closed),
        Some(Fault::LoseAnswer) => forward(&call, body).await.and(Err(Closed)),
        Some(Fault::Hang) => heals.changed().await.map_err(|_| Closed).and(Err(Closed)),
        Some(Fault::Slow(delay)) => {
            let answer = forward(&call, body).await;
            tokio::time::sleep(delay).await;
            answer
        }
        Some(Fault::InternalError) => Ok(fault::internal_error()),
        Some(Fault::Throttle) => Ok(fault::throttle()),
        Some(Fault::TransactionConflict) => Ok(fault::transaction_conflict(&call)),
        Some(Fault::TransactionInProgress) => Ok(fault::transaction_in_progress()),
        Some(Fault::CancelAt(item, cause)) => {
            let asked = fault::never_applied(&call);
            let told = forward(&asked, Bytes::from(asked.request.to_string())).await?;
            fault::cancelled_at(item, cause, &call, told).await
        }
    };
    if let Some(turnstile) = answer_gate {
        turnstile.pass().await;
    }
    answer
}

impl State {
    fn record(&self, call: &Call) -> usize {
        let mut calls = self.calls.lock().unwrap();
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        calls.push((number, call.clone()));
        number
    }

    /// Adds to the record of a call what became known later. Does nothing if the record was taken
    /// meanwhile.
    fn note(&self, number: usize, change: impl FnOnce(&mut Call)) {
        let mut calls = self.calls.lock().unwrap();
        if let Some((_, call)) = calls.iter_mut().find(|(n, _)| *n == number) {
            change(call);
        }
    }
}

#[cfg(test)]
mod tests;
