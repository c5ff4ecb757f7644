//! The log line of what could not be sent.

use serde::Serialize;
use shared::{
    domain::{event::EventKey, id::ShopId},
    edge::Invocation,
};

/// Tells why something of a shop was not sent. It stays in the queue.
pub fn report(
    invocation: &Invocation,
    shop_id: &ShopId,
    event_key: Option<&EventKey>,
    problem: impl ToString,
) {
    #[derive(Serialize)]
    struct Fields<'a> {
        shop_id: &'a ShopId,
        #[serde(skip_serializing_if = "Option::is_none")]
        event_id: Option<String>,
        detail: String,
    }
    let event_id = event_key.map(EventKey::event_id);
    invocation.log_finding("error", "not_sent", &Fields { shop_id, event_id, detail: problem.to_string() });
}
