//! The calls that a function makes to DynamoDB, made again by the same SDK and nothing else.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use bytes::Bytes;
use suite::store::client;
use suite::store_proxy::Call;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// A request by its action and its body.
type Request = (String, Bytes);

/// The calls of one invocation, to be made again and again.
pub struct Replay {
    calls: Vec<(String, String)>,
    /// Text of the recorded calls that must be another each time, or DynamoDB would refuse or skip
    /// the write.
    once: Vec<String>,
    /// The key of the order that the recorded calls are about.
    order_key: String,
}

impl Replay {
    pub fn new(calls: Vec<Call>, order: &str) -> Self {
        let text = |call: &Call, pointer: &str| {
            call.request.pointer(pointer).and_then(|text| text.as_str()).map(str::to_owned)
        };
        let once = calls
            .iter()
            .flat_map(|call| [text(call, "/Item/order_key/S"), text(call, "/ClientRequestToken")]);
        Self {
            once: once.flatten().collect(),
            calls: calls.iter().map(|call| (call.action.clone(), call.request.to_string())).collect(),
            order_key: key(order).to_owned(),
        }
    }

    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// The calls, made about `order`.
    pub fn calls(&self, order: &str) -> Vec<Request> {
        // 25 characters of 0-9 and a-z, as an order key has.
        let new = || Uuid::new_v4().simple().to_string().split_off(7);
        let once: Vec<_> = self.once.iter().map(|text| (text, new())).collect();
        let make = |body: &String| {
            let mut body = body.clone();
            if !self.order_key.is_empty() {
                body = body.replace(&self.order_key, key(order));
            }
            for (text, new) in &once {
                body = body.replace(*text, new);
            }
            Bytes::from(body)
        };
        self.calls.iter().map(|(action, body)| (action.clone(), make(body))).collect()
    }
}

/// The random tail of an order id.
fn key(order: &str) -> &str {
    order.rsplit('_').next().unwrap_or_default()
}

/// A client on a thread of its own, which it has for itself as a function has its process.
pub struct Bare {
    jobs: mpsc::UnboundedSender<Job>,
}

struct Job {
    invocations: Vec<Vec<Request>>,
    times: oneshot::Sender<Vec<Duration>>,
}

impl Bare {
    pub fn start(url: String) -> Self {
        let (jobs, mut queue) = mpsc::unbounded_channel::<Job>();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let client = client(&url, 1);
                while let Some(Job { invocations, times }) = queue.recv().await {
                    let mut taken = Vec::new();
                    for calls in invocations {
                        let start = Instant::now();
                        for call in calls {
                            send(&client, call).await;
                        }
                        taken.push(start.elapsed());
                    }
                    let _ = times.send(taken);
                }
            });
        });
        Self { jobs }
    }

    /// How long each of these took, one after the other.
    pub async fn run(&self, invocations: Vec<Vec<Request>>) -> Vec<Duration> {
        let (times, taken) = oneshot::channel();
        let sent = self.jobs.send(Job { invocations, times });
        assert!(sent.is_ok(), "the client's thread has ended");
        taken.await.expect("every call succeeds")
    }
}

/// Sends the body with the SDK's operation of that name, which signs it and reads the answer as
/// always.
async fn send(client: &Client, (action, body): Request) {
    // Asked for by the SDK before it looks at the body.
    const TABLE: &str = "payments";
    macro_rules! send {
        ($operation:expr) => {{
            let operation = $operation.customize().mutate_request(move |request| {
                request.headers_mut().insert("content-length", body.len().to_string());
                *request.body_mut() = body.clone().into();
            });
            operation.send().await.map(drop).map_err(|error| format!("{:?}", error.into_service_error()))
        }};
    }
    let sent = match action.as_str() {
        "GetItem" => send!(client.get_item().table_name(TABLE)),
        "PutItem" => send!(client.put_item().table_name(TABLE)),
        "UpdateItem" => send!(client.update_item().table_name(TABLE)),
        "Query" => send!(client.query().table_name(TABLE)),
        "BatchGetItem" => send!(client.batch_get_item()),
        "TransactGetItems" => send!(client.transact_get_items()),
        "TransactWriteItems" => send!(client.transact_write_items()),
        other => panic!("{other} is not among the calls that this benchmark can make"),
    };
    if let Err(error) = sent {
        panic!("{action}: {error}");
    }
}
