//! Shop id and key: where they may stand, and the errors for wrong ones.

use suite::world::{SHOP_101, World};

use crate::support::merchant::{ORDER, PARAMETERS, assert_refused, endpoints_with_key};

#[tokio::test]
async fn an_unknown_shop_and_a_wrong_key_get_the_same_error() {
    let world = World::start().await;
    let without_id = |mut json: serde_json::Value| {
        json.as_object_mut().unwrap().remove("request_id");
        json
    };
    for endpoint in endpoints_with_key() {
        let parameters = format!("{PARAMETERS}&order_id={ORDER}");
        // Each minute has its own wrong keys.
        world.clock.advance_ms(60_000);
        let wrong = world.get(&format!("/api/{endpoint}?shop_id=101&shop_key=nope&{parameters}")).await;
        let unknown = world.get(&format!("/api/{endpoint}?shop_id=999&shop_key=nope&{parameters}")).await;
        let malformed =
            world.get(&format!("/api/{endpoint}?shop_id=%2B101&shop_key=nope&{parameters}")).await;
        assert_eq!(without_id(wrong.json()), without_id(unknown.json()));
        assert_eq!(without_id(wrong.json()), without_id(malformed.json()));
        assert_eq!(wrong.error_code(), "invalid_shop_key");
    }
}

#[tokio::test]
async fn credentials_may_stand_in_headers() {
    let world = World::start().await;
    let headers = [("X-Shop-Id", "101"), ("X-Shop-Key", "test_key_123")];
    assert_eq!(world.get_with("/api/check_shop", &headers).await.json()["valid"], true);
    // Equal values in both places count once. Different values are ambiguous.
    assert_eq!(world.get_with(&format!("/api/check_shop?{SHOP_101}"), &headers).await.json()["valid"], true);
    let reply = world.get_with("/api/check_shop?shop_id=102", &headers).await;
    assert_eq!(reply.error_code(), "ambiguous_parameter");
}

#[tokio::test]
async fn empty_credentials_beside_full_ones_count_as_absent() {
    let world = World::start().await;
    let headers = [("X-Shop-Id", "101"), ("X-Shop-Key", "test_key_123")];
    let reply = world.get_with("/api/check_shop?shop_id=&shop_key=", &headers).await;
    assert_eq!(reply.json()["valid"], true, "{}", reply.body);
    let reply = world
        .get_with(&format!("/api/check_shop?{SHOP_101}"), &[("X-Shop-Id", ""), ("X-Shop-Key", "")])
        .await;
    assert_eq!(reply.json()["valid"], true, "{}", reply.body);
    let reply =
        world.get_with("/api/check_shop?shop_id=&shop_key=", &[("X-Shop-Id", ""), ("X-Shop-Key", "")]).await;
    assert_refused(&reply, "missing_parameter", "empty everywhere");
}
