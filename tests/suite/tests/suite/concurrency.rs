//! Many at once.

use std::collections::HashSet;

use local::functions::AT_ONCE_MAX;
use serde_json::json;
use suite::{
    http,
    store_proxy::on,
    world::{SHOP_101, SHOP_102, World},
};
use tokio::task::JoinSet;

/// `count` requests at once; their bodies.
async fn at_once(world: &World, count: usize, path: impl Fn(usize) -> String) -> Vec<String> {
    let url = world.stack.url();
    let mut requests = JoinSet::new();
    for number in 0..count {
        let url = format!("{url}{}", path(number));
        requests.spawn(async move { http::get(&url, &[]).await.body });
    }
    requests.join_all().await
}

fn field(body: &str, name: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_creates_make_two_hundred_payments() {
    let world = World::start().await;
    let before = world.count_payments().await;
    let bodies = at_once(&world, 200, |_| format!("/api/create_payment?{SHOP_102}&amount=1000")).await;
    let orders: HashSet<String> = bodies.iter().map(|body| field(body, "order_id")).collect();
    let payments: HashSet<String> = bodies.iter().map(|body| field(body, "payment_id")).collect();
    assert_eq!((orders.len(), payments.len()), (200, 200));
    assert_eq!(world.count_payments().await - before, 200);

    let mut listed = Vec::new();
    for offset in [0, 100] {
        let page = world.get(&format!("/api/get_payments?{SHOP_102}&limit=100&offset={offset}")).await.json();
        listed.extend(
            page["payments"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["order_id"].as_str().unwrap().to_owned()),
        );
    }
    assert_eq!(listed.len(), 200);
    assert_eq!(listed.into_iter().collect::<HashSet<_>>(), orders);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_creates_with_one_key_make_one_payment() {
    let world = World::start().await;
    let before = world.count_payments().await;
    let bodies = at_once(&world, 100, |_| {
        format!("/api/create_payment?{SHOP_101}&amount=5000&idempotency_key=click-click")
    })
    .await;
    assert_eq!(bodies.iter().collect::<HashSet<_>>().len(), 1, "{bodies:?}");
    assert_eq!(world.count_payments().await - before, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_in_two_shops_makes_two_payments() {
    let world = World::start().await;
    let bodies = at_once(&world, 40, |number| {
        let shop = if number % 2 == 0 { SHOP_101 } else { SHOP_102 };
        format!("/api/create_payment?{shop}&amount=5000&idempotency_key=same")
    });
    let orders: HashSet<String> = bodies.await.iter().map(|body| field(body, "order_id")).collect();
    assert_eq!(orders.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_cancelled_once_however_many_ask() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    let bodies = at_once(&world, 30, |_| format!("/api/cancel_payment?{SHOP_101}&order_id={order_id}")).await;
    assert_eq!(bodies.iter().collect::<HashSet<_>>().len(), 1, "{bodies:?}");
    assert_eq!(field(&bodies[0], "status"), "cancelled");
}

/// More requests at once than the local stack works on: the others wait in line, and each is
/// answered.
#[tokio::test]
async fn requests_beyond_the_bound_wait_in_line() {
    let world = World::start().await;
    let gate = world.proxy.gate(on("GetItem"));
    let url = world.stack.url();
    let mut asking = JoinSet::new();
    for _ in 0..AT_ONCE_MAX + 20 {
        let url = format!("{url}/api/check_shop?{SHOP_101}");
        asking.spawn(async move { http::get(&url, &[]).await });
    }
    gate.reached_by(AT_ONCE_MAX).await;
    // While the store answers these, every request arrives.
    for _ in 0..5 {
        world.tables.list_tables().send().await.unwrap();
    }
    assert_eq!(world.proxy.take_calls().len(), AT_ONCE_MAX);
    gate.open();
    while let Some(reply) = asking.join_next().await {
        let reply = reply.unwrap();
        assert_eq!((reply.status.as_u16(), reply.json()["valid"].clone()), (200, json!(true)), "{reply:?}");
    }
}
