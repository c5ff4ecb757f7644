//! The Lambda Runtime API for one function.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Outcome;

/// Lambda's limit for an answer, in bytes.
const ANSWER_LIMIT: usize = 6 * 1024 * 1024;

/// The state that the server and the test share.
pub(super) struct Api {
    waiting: mpsc::UnboundedSender<Invocation>,
    polls: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    running: Mutex<HashMap<String, Running>>,
    first_poll: watch::Sender<Option<Instant>>,
    init_error: Mutex<Option<Value>>,
}

/// An event for the next poll.
struct Invocation {
    event: Bytes,
    limit: Duration,
    done: oneshot::Sender<(Outcome, Duration)>,
}

/// An event that was handed out.
struct Running {
    since: Instant,
    done: oneshot::Sender<(Outcome, Duration)>,
}

impl Default for Api {
    fn default() -> Self {
        let (waiting, polls) = mpsc::unbounded_channel();
        Self {
            waiting,
            polls: polls.into(),
            running: Mutex::default(),
            first_poll: watch::Sender::new(None),
            init_error: Mutex::default(),
        }
    }
}

impl Api {
    /// Waits until the function polls for the first time. Returns when it did.
    pub(super) async fn first_poll(&self) -> Instant {
        let mut first_poll = self.first_poll.subscribe();
        let polled = first_poll.wait_for(Option::is_some).await.ok().and_then(|polled| *polled);
        polled.expect("the sender lives as long as self, and the value is some")
    }

    pub(super) fn init_error(&self) -> Option<Value> {
        self.init_error.lock().unwrap().clone()
    }

    /// Hands the event to the next poll and waits for the outcome, without a limit.
    pub(super) async fn invoke(&self, event: Bytes, limit: Duration) -> (Outcome, Duration) {
        let (done, outcome) = oneshot::channel();
        let sent = self.waiting.send(Invocation { event, limit, done });
        match (sent, outcome.await) {
            (Ok(()), Ok(outcome)) => outcome,
            _ => std::future::pending().await,
        }
    }

    fn end(&self, id: &str, outcome: Outcome) -> Response {
        let Some(Running { since, done }) = self.running.lock().unwrap().remove(id) else {
            let unknown = json!({ "errorType": "InvalidRequestID", "errorMessage": "Invalid request ID" });
            return (StatusCode::BAD_REQUEST, Json(unknown)).into_response();
        };
        // The test has failed already if it no longer waits.
        let _ = done.send((outcome, since.elapsed()));
        accepted()
    }
}

/// Serves the API on a free port of 127.0.0.1, as one of `tasks`.
pub(super) async fn serve(api: Arc<Api>, tasks: &mut JoinSet<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound address");
    let routes = Router::new()
        .route("/invocation/next", get(next))
        .route("/invocation/{id}/response", post(response))
        .route("/invocation/{id}/error", post(error))
        .route("/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(ANSWER_LIMIT))
        .with_state(api);
    let app = Router::new().nest("/2018-06-01/runtime", routes);
    // Without `nodelay` an answer may wait 40 ms for an acknowledgement (Nagle). hyper writes head
    // and body at once.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    tasks.spawn(async move {
        let _ = axum::serve(listener, app).await;
    });
    address
}

async fn next(State(api): State<Arc<Api>>) -> Response {
    api.first_poll.send_if_modified(|polled| match polled {
        Some(_) => false,
        None => {
            *polled = Some(Instant::now());
            true
        }
    });
    let Some(Invocation { event, limit, done }) = api.polls.lock().await.recv().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let id = Uuid::new_v4().to_string();
    let deadline = (SystemTime::now() + limit).duration_since(UNIX_EPOCH).unwrap_or_default();
    let head = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", id.clone()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:test".to_owned(),
        ),
        ("lambda-runtime-trace-id", "Root=1-5e6722a7-cc56b97a0b3fd5c5c6d7b9e4;Sampled=0".to_owned()),
    ];
    api.running.lock().unwrap().insert(id, Running { since: Instant::now(), done });
    (head, event).into_response()
}

async fn response(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> Response {
    api.end(&id, Outcome::Answer(parse(&body)))
}

async fn error(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> Response {
    api.end(&id, Outcome::Error(parse(&body)))
}

async fn init_error(State(api): State<Arc<Api>>, body: Bytes) -> Response {
    *api.init_error.lock().unwrap() = Some(parse(&body));
    accepted()
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response()
}

/// Returns the body, as a JSON string if it is not JSON.
fn parse(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}
