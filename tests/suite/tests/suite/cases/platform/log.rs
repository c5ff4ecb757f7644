//! The log has one line for each request, which names the shop of the request.

use serde_json::{Value, json};
use suite::world::World;

/// Takes the only line since the last call.
fn take_line(world: &World) -> Value {
    let lines = world.log.take_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0].clone()
}

#[tokio::test]
async fn a_request_is_one_line_with_its_shop_and_its_outcome() {
    let world = World::start().await;
    let reply = world.shop("check_shop", "").await;
    let line = take_line(&world);
    assert_eq!(
        (&line["level"], &line["function"], &line["outcome"]),
        (&json!("info"), &json!("check_shop"), &json!("ok"))
    );
    assert_eq!(
        (&line["shop_id"], line["request_id"].as_str()),
        (&json!("101"), reply.headers["x-request-id"].to_str().ok())
    );

    world.get("/api/check_shop?shop_id=101&shop_key=wrong").await;
    let line = take_line(&world);
    assert_eq!((&line["outcome"], line.get("shop_id")), (&json!("invalid_shop_key"), None));
}

#[tokio::test]
async fn a_page_has_a_line_too() {
    let world = World::start().await;
    let reply = world.get("/cabinet").await;
    let mut line = take_line(&world);
    assert_eq!(line["request_id"].as_str(), reply.headers["x-request-id"].to_str().ok());
    let ids = ["timestamp", "request_id", "lambda_request_id", "milliseconds"].map(|name| line[name].take());
    assert!(ids[..3].iter().all(Value::is_string) && ids[3].is_u64(), "{ids:?}");
    assert_eq!(
        line,
        json!({
            "timestamp": null, "level": "info", "function": "cabinet", "request_id": null, "lambda_request_id": null,
            "outcome": "ok", "milliseconds": null, "store_calls": 0, "retries": 0,
        })
    );
}

#[tokio::test]
async fn an_audit_names_a_shop_only_when_it_is_of_one() {
    let world = World::start().await;
    for (command, shop) in [
        (json!({"command": "audit"}), None),
        (json!({"command": "audit", "shop_id": "102"}), Some(&json!("102"))),
        (json!({"command": "audit", "shop_id": "999"}), None),
    ] {
        world.invoke("operator", &command).await;
        let line = take_line(&world);
        assert_eq!((&line["command"], line.get("shop_id")), (&json!("audit"), shop), "{line}");
    }
}
