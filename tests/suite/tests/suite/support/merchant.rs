//! The merchant API: its endpoints, and what several tests of it need.

use local::template::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runners::client::{self, Reply};
use suite::world::World;
use tokio::task::JoinSet;

/// A payment of shop 101 that every store has from the start.
pub const ORDER: &str = "ORD_1701234567_000000000000000000sample1";

/// What endpoints need beside credentials and an order: each takes what it knows. Nobody listens at
/// the address.
pub const PARAMETERS: &str = "amount=1000&url=http%3A%2F%2F127.0.0.1%3A1%2F&from=2023-11-01&to=2023-11-30";

/// Returns the endpoints of the merchant API in an order in which each can succeed, which template.yaml lists.
pub fn endpoints() -> Vec<String> {
    let routes = Template::read().unwrap().routes().into_iter();
    let endpoints: Vec<_> =
        routes.filter_map(|route| Some(route.path.strip_prefix("/api/")?.to_owned())).collect();
    assert!(endpoints.len() >= 6, "{endpoints:?}");
    endpoints
}

/// Returns those that take a shop key. `check_payment` takes none.
pub fn endpoints_with_key() -> Vec<String> {
    endpoints().into_iter().filter(|endpoint| endpoint != "check_payment").collect()
}

/// `text` as the value of a query parameter.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Whether an endpoint did what it was asked for. A file is no JSON.
pub fn is_success(reply: &Reply) -> bool {
    let is_file = reply.headers["content-type"] == "text/csv; charset=utf-8";
    reply.status == 200 && (is_file || reply.json()["success"] == true)
}

/// Checks that a request was refused with `code`; `what` names the request.
pub fn assert_refused(reply: &Reply, code: &str, what: &str) {
    assert_eq!(reply.status, 200, "{what}: {reply:?}");
    let json = reply.json();
    assert_eq!(json["success"], false, "{what}");
    assert_eq!(json["error_code"], code, "{what}: {}", reply.body);
    assert!(json["error"].as_str().is_some_and(|error| error.len() > 8), "{what}");
    assert_eq!(json["request_id"], reply.headers["x-request-id"].to_str().unwrap(), "{what}");
}

/// Sends `count` requests at once. Returns the bodies of the answers.
pub async fn at_once(world: &World, count: usize, path: impl Fn(usize) -> String) -> Vec<String> {
    let url = world.stack.url();
    let mut requests = JoinSet::new();
    for number in 0..count {
        let url = format!("{url}{}", path(number));
        requests.spawn(async move { client::get(&url, &[]).await.unwrap().body });
    }
    requests.join_all().await
}

/// A text field of an answer.
pub fn field(body: &str, name: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}
