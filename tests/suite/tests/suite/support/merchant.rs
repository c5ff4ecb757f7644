//! The merchant API: its endpoints, and what several tests of it need.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runners::client::{self, Reply};
use suite::world::World;
use tokio::task::JoinSet;

pub const ORDER: &str = "ORD_1701234567_000000000000000000sample1";

pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

pub fn assert_refused(reply: &Reply, code: &str, what: &str) {
    assert_eq!(reply.status, 200, "{what}: {reply:?}");
    let json = reply.json();
    assert_eq!(json["success"], false, "{what}");
    assert_eq!(json["error_code"], code, "{what}: {}", reply.body);
    assert!(json["error"].as_str().is_some_and(|error| error.len() > 8), "{what}");
    assert_eq!(json["request_id"], reply.headers["x-request-id"].to_str().unwrap(), "{what}");
}

/// `count` requests at once; their bodies.
pub async fn at_once(world: &World, count: usize, path: impl Fn(usize) -> String) -> Vec<String> {
    let url = world.stack.url();
    let mut requests = JoinSet::new();
    for number in 0..count {
        let url = format!("{url}{}", path(number));
        requests.spawn(async move { client::get(&url, &[]).await.unwrap().body });
    }
    requests.join_all().await
}

pub fn field(body: &str, name: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}
