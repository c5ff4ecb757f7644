//! What settling costs: round trips, and read and write units.

use shared::domain::mode::Mode;
use suite::{
    store_proxy::{Call, units},
    world::World,
};

use crate::support::providers::{
    MINUTE_MS, TIYIN, click, error, held_by_click, held_by_payme, live_order, payme, test_order,
};

/// The calls of one request, with their units.
fn cost(world: &World) -> (Vec<Call>, f64, f64) {
    let calls = world.proxy.take_calls();
    let units = units(&calls);
    (calls, units.read, units.write)
}

#[tokio::test]
async fn settling_costs_what_the_readme_promises() {
    let world = World::with_live_shop().await;
    let (payme, click) = (payme(&world, Mode::Live), click(&world));
    let (first, second, third) =
        (live_order(&world).await, live_order(&world).await, live_order(&world).await);

    cost(&world);
    let id = held_by_payme(&world, Mode::Live, &first).await;
    let (calls, read, write) = cost(&world);
    // The transaction and the payment are read at the same time, then the profile.
    assert_eq!(calls.len(), 4, "{calls:?}");
    assert_eq!((read, write), (3.0, 7.0));
    payme.perform(&id).await.unwrap();
    let (calls, read, write) = cost(&world);
    assert_eq!((calls.len(), read, write), (2, 1.0, 9.0), "{calls:?}");
    payme.perform(&id).await.unwrap();
    let (calls, read, write) = cost(&world);
    assert_eq!((calls.len(), read, write), (1, 1.0, 0.0));
    payme.cancel(&id, 5).await.unwrap();
    let (calls, read, write) = cost(&world);
    assert_eq!((calls.len(), read, write), (2, 1.0, 9.0));

    let complete = held_by_click(&world, &second).await;
    let (calls, _, write) = cost(&world);
    assert_eq!((calls.len(), write), (4, 7.0), "{calls:?}");
    assert_eq!(error(&click.post(&complete).await.unwrap()), 0);
    let (calls, read, write) = cost(&world);
    assert_eq!((calls.len(), read, write), (2, 1.0, 9.0), "{calls:?}");

    held_by_click(&world, &third).await;
    world.clock.advance_ms(30 * MINUTE_MS);
    cost(&world);
    held_by_payme(&world, Mode::Live, &third).await;
    let (calls, _, write) = cost(&world);
    assert_eq!((calls.len(), write), (4, 9.0), "{calls:?}");

    let test = test_order(&world).await;
    cost(&world);
    world.send(http::Method::POST, &format!("/pay/{test}/test"), &[], "").await;
    let (calls, read, write) = cost(&world);
    assert_eq!((calls.len(), read), (3, 2.0), "{calls:?}");
    assert!(write <= 10.0, "{write}");
}

#[tokio::test]
async fn a_request_refused_before_the_store_costs_nothing() {
    let world = World::with_live_shop().await;
    let (payme, click) = (payme(&world, Mode::Test), click(&world));
    cost(&world);
    payme.check_perform("ORD_1", TIYIN).await.unwrap();
    payme.call("PerformTransaction", serde_json::json!({"id": ""})).await.unwrap();
    click.post_form(false, "").await.unwrap();
    world.send(http::Method::POST, "/payme", &[], "{}").await;
    world.send(http::Method::POST, "/pay/ORD_1/test", &[], "").await;
    assert!(cost(&world).0.is_empty());
}
