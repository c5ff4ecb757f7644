//! set_rate_limit: a shop's own limit.

use serde_json::{Value, json};
use suite::world::{SHOP_101, World};

use crate::support::operator::{done, refused};

fn set(shop_id: &str, per_second: Value, per_minute: Value) -> Value {
    json!({"command": "set_rate_limit", "shop_id": shop_id, "per_second": per_second, "per_minute": per_minute})
}

/// What show_shop says of the limit.
async fn shown(world: &World) -> (Value, Value) {
    let shop = done(world, json!({"command": "show_shop", "shop_id": "101"})).await;
    (shop["per_second"].clone(), shop["per_minute"].clone())
}

#[tokio::test]
async fn a_limit_of_its_own_is_shown_recorded_and_kept_by_other_changes() {
    let world = World::start().await;
    assert_eq!(shown(&world).await, (Value::Null, Value::Null));
    for (per_second, per_minute) in [(3, 4), (10_000, 600_000), (1, 2)] {
        done(&world, set("101", json!(per_second), json!(per_minute))).await;
        done(&world, json!({"command": "rename_shop", "shop_id": "101", "name": format!("A{per_second}")}))
            .await;
        assert_eq!(shown(&world).await, (json!(per_second), json!(per_minute)));
    }
    // The same limit again changes and records nothing.
    let records = async || {
        let items = world.tables.scan().table_name("transactions").send().await.unwrap().items.unwrap();
        items.iter().filter(|item| format!("{item:?}").contains("set_rate_limit")).count()
    };
    assert_eq!(records().await, 3);
    done(&world, set("101", json!(1), json!(2))).await;
    assert_eq!(records().await, 3);

    // The limit works at once: one a second, and then two a minute.
    let create = format!("/api/create_payment?{SHOP_101}&amount=1000");
    world.clock.set(shared::domain::time::UnixMillis::new(1_795_503_600_000).unwrap());
    assert_eq!(world.get(&create).await.error_code(), "");
    assert_eq!(world.get(&create).await.headers["retry-after"], "1");
    world.clock.advance_ms(1_000);
    assert_eq!(world.get(&create).await.error_code(), "");
    world.clock.advance_ms(1_000);
    assert_eq!(world.get(&create).await.headers["retry-after"], "58");
}

#[tokio::test]
async fn numbers_outside_their_bounds_are_refused() {
    let world = World::start().await;
    for (per_second, per_minute) in [
        (json!(0), json!(1)),
        (json!(10_001), json!(1)),
        (json!(1), json!(0)),
        (json!(1), json!(600_001)),
        (json!(-1), json!(1)),
        (json!(1.5), json!(1)),
        (json!("1"), json!(1)),
        (json!(1), Value::Null),
    ] {
        assert_eq!(refused(&world, set("101", per_second, per_minute)).await, "invalid_field");
    }
    let missing = json!({"command": "set_rate_limit", "shop_id": "101", "per_second": 1});
    assert_eq!(refused(&world, missing).await, "missing_field");
    assert_eq!(refused(&world, set("999", json!(1), json!(1))).await, "shop_not_found");
    assert_eq!(shown(&world).await, (Value::Null, Value::Null));
}
