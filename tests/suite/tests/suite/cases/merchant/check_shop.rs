//! `check_shop`: the whole answer.

use suite::world::World;

#[tokio::test]
async fn check_shop() {
    let world = World::start().await;
    let reply = world.shop("check_shop", "").await;
    assert_eq!(reply.body, r#"{"success":true,"valid":true,"shop_id":"101"}"#);

    let reply = world.get("/api/check_shop?shop_id=101&shop_key=wrong").await;
    assert_eq!(reply.status, 200);
    let body = r#"{"success":false,"valid":false,"error":"Invalid shop key","error_code":"invalid_shop_key","request_id":""#;
    assert!(reply.body.starts_with(body), "{}", reply.body);
}
