//! Creating a shop with a reference: one shop, whatever fails and whoever else creates it.

use serde_json::{Value, json};
use suite::{
    store_proxy::{Cause, Fault, on},
    world::World,
};

use crate::support::operator::{ask, done, refused, reply, with};

async fn works(world: &World, shop_id: &str, key: &str) -> bool {
    world.get(&format!("/api/check_shop?shop_id={shop_id}&shop_key={key}")).await.json()["valid"] == true
}

fn create_as(reference: &str, name: &str) -> Value {
    json!({"command": "create_shop", "name": name, "mode": "live", "reference": reference})
}

async fn shops(world: &World) -> Vec<Value> {
    done(world, json!({"command": "list_shops", "limit": 100})).await["shops"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_shop_with_a_reference_is_made_once() {
    let world = World::start().await;
    let first = done(&world, create_as("contract 7", "A")).await;
    let key = first["shop_key"].as_str().unwrap();
    assert!(works(&world, "1001", key).await);
    let repeat = done(&world, create_as("contract 7", "A")).await;
    let mut without_key = first.clone();
    without_key.as_object_mut().unwrap().remove("shop_key");
    assert_eq!(repeat, without_key);
    let body = reply(&world, &create_as("contract 7", "A")).await.body;
    done(&world, json!({"command": "rename_shop", "shop_id": "1001", "name": "B"})).await;
    assert_eq!(reply(&world, &create_as("contract 7", "A")).await.body, body);
    let other = ask(&world, create_as("contract 7", "B")).await;
    assert_eq!(
        (&other["error_code"], &other["error"]),
        (
            &json!("reference_conflict"),
            &json!("reference was already used on this platform to create a shop with other fields")
        )
    );
    let as_test = with(create_as("contract 7", "A"), &[("mode", json!("test"))]);
    assert_eq!(refused(&world, as_test).await, "reference_conflict");
    // The references of creations are no shop's.
    done(&world, with(create_as("contract 8", "A"), &[])).await;
    assert_eq!(shops(&world).await.len(), 4);
    assert_eq!(refused(&world, create_as("", "A")).await, "invalid_field");
}

/// Both calls decide before either is written.
#[tokio::test(flavor = "multi_thread")]
async fn two_equal_creations_at_once_make_one_shop() {
    let world = World::start().await;
    let gate = world.proxy.gate(on("TransactWriteItems").times(2));
    let opened = async {
        gate.reached_by(2).await;
        gate.open();
    };
    let create = || done(&world, create_as("contract 7", "A"));
    let (one, other, ()) = tokio::join!(create(), create(), opened);
    assert_eq!((&one["shop_id"], &other["shop_id"]), (&json!("1001"), &json!("1001")));
    let keys: Vec<_> = [&one, &other].into_iter().filter_map(|answer| answer["shop_key"].as_str()).collect();
    assert_eq!(keys.len(), 1, "{one} {other}");
    assert!(works(&world, "1001", keys[0]).await);
    assert_eq!(shops(&world).await.len(), 3);
}

/// The creation meets another one, and its first write may be lost or its answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_creation_with_a_reference_makes_one_shop_whatever_fails() {
    for fault in [
        Fault::LoseAnswer,
        Fault::LoseRequest,
        Fault::InternalError,
        Fault::Throttle,
        Fault::TransactionConflict,
        Fault::TransactionInProgress,
        Fault::CancelAt(0, Cause::TransactionConflict),
        Fault::CancelAt(3, Cause::ThrottlingError),
    ] {
        let world = World::start().await;
        for (number, times) in [1, 3].into_iter().enumerate() {
            let reference = format!("contract {number}");
            world.proxy.inject(fault, on("TransactWriteItems").times(times));
            let first = done(&world, create_as(&reference, "A")).await;
            world.proxy.heal();
            let (shop_id, key) = (first["shop_id"].as_str().unwrap(), first["shop_key"].as_str());
            // The caller gets the key, because the shop is its own, however often its write was sent.
            assert!(works(&world, shop_id, key.unwrap()).await, "{fault:?} {times}");
            assert_eq!(done(&world, create_as(&reference, "A")).await["shop_id"], shop_id);
            assert_eq!(shops(&world).await.len(), 3 + number, "{fault:?} {times}");
        }
    }
}

/// The key is part of the request, but no record holds it: only its hash.
#[tokio::test]
async fn a_repeat_with_another_key_is_another_request() {
    let world = World::start().await;
    let create = |key: Option<&str>| {
        let mut command =
            json!({"command": "create_shop", "name": "My Shop", "mode": "test", "reference": "r"});
        if let Some(key) = key {
            command["shop_key"] = key.into();
        }
        command
    };
    done(&world, create(Some("key_a"))).await;
    assert_eq!(done(&world, create(Some("key_a"))).await["success"], true);
    for key in [Some("key_b"), None] {
        assert_eq!(refused(&world, create(key)).await, "reference_conflict", "{key:?}");
    }
}
