//! `get_balance`: the whole answer.

use suite::world::World;

#[tokio::test]
async fn get_balance() {
    let world = World::start().await;
    let reply = world.shop("get_balance", "").await;
    assert_eq!(
        reply.body,
        r#"{"success":true,"shop_id":"101","balance":0.00,"balance_formatted":"0.00 UZS"}"#
    );
}
