//! The operator's lists of payouts and payments.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use suite::world::World;

use crate::support::{
    operator::{cancel, done, order, paid, payout, refused},
    providers::DAY_MS,
};

#[tokio::test]
async fn payouts_are_listed_newest_first_without_other_actions() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    for number in 0..7 {
        done(&world, payout(&format!("{}.0{number}", 10 + number), &format!("payout {number}"))).await;
        done(&world, json!({"command": "rename_shop", "shop_id": "201", "name": format!("Name {number}")}))
            .await;
        // The first three have the same time.
        world.clock.advance_ms(if number < 2 { 0 } else { 1000 });
    }
    let (mut references, mut cursor, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let page =
            done(&world, json!({"command": "list_payouts", "shop_id": "201", "limit": 2, "cursor": cursor}))
                .await;
        references.extend(
            page["payouts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|payout| payout["reference"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!((pages, references.len()), (4, 7));
    assert_eq!(references[..4], ["payout 6", "payout 5", "payout 4", "payout 3"]);
    assert_eq!(references.iter().collect::<BTreeSet<_>>().len(), 7);
    assert_eq!(refused(&world, json!({"command": "list_payouts", "shop_id": "999"})).await, "shop_not_found");
}

#[tokio::test]
async fn payments_are_found_by_day_and_status() {
    let world = World::with_live_shop().await;
    let mut days = Vec::new();
    for _ in 0..3 {
        world.clock.advance_ms(DAY_MS);
        days.push(world.stack.service.clock.now().tashkent()[..10].to_owned());
        paid(&world, "1000").await;
        order(&world, "2000").await;
        let cancelled = order(&world, "3000").await;
        done(&world, cancel(&cancelled, &cancelled[..30])).await;
    }
    let count = async |filter: Value| {
        let mut command = json!({"command": "list_payments", "shop_id": "201", "limit": 2});
        command.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
        let mut count = 0;
        loop {
            let page = done(&world, command.clone()).await;
            count += page["payments"].as_array().unwrap().len();
            if page["next_cursor"].is_null() {
                return count;
            }
            command["cursor"] = page["next_cursor"].clone();
        }
    };
    assert_eq!(count(json!({})).await, 9);
    assert_eq!(count(json!({"status": "paid"})).await, 3);
    assert_eq!(count(json!({"status": "cancelled", "from": days[1]})).await, 2);
    // The payments of the first two days have expired; the last day's are still pending.
    assert_eq!(count(json!({"status": "expired"})).await, 2);
    assert_eq!(count(json!({"status": "pending"})).await, 1);
    assert_eq!(count(json!({"from": days[0], "to": days[0]})).await, 3);
    assert_eq!(count(json!({"from": days[0], "to": days[1]})).await, 6);
    assert_eq!(count(json!({"to": days[1]})).await, 6);
    assert_eq!(count(json!({"from": "2000-01-01", "to": "2000-01-02"})).await, 0);
    assert_eq!(
        refused(&world, json!({"command": "list_payments", "shop_id": "999"})).await,
        "shop_not_found"
    );
}
