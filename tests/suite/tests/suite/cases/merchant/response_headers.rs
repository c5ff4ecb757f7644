//! The headers of every answer.

use suite::world::{SHOP_101, World};

#[tokio::test]
async fn every_answer_has_its_headers() {
    let world = World::start().await;
    for path in [
        format!("/api/check_shop?{SHOP_101}"),
        "/api/check_shop?shop_id=1".to_owned(),
        "/api/check_payment".to_owned(),
    ] {
        let reply = world.get(&path).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.headers["content-type"], "application/json; charset=utf-8");
        assert_eq!(reply.headers["cache-control"], "no-store");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        assert!(!reply.headers["x-request-id"].is_empty());
        let id = reply.text("request_id");
        assert!(id.is_empty() || reply.headers["x-request-id"] == id.as_str(), "{reply:?}");
    }
}
