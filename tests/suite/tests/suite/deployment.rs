//! What template.yaml deploys is what runs here: routes, tables, and permissions.

use std::collections::BTreeSet;

use local::template::{Route, Template};
use serde_json::json;
use serde_yaml_ng::Value;
use shared::domain::mode::Mode;
use suite::world::World;

use crate::shops::{HOUR_MS, held_by_payme, payme, result};

/// Of the functions that are in the local stack, the routes of the template.
fn deployed_routes(world: &World) -> BTreeSet<(String, String, String)> {
    let routes = Template::read().unwrap().routes().into_iter();
    routes
        .filter(|route| world.stack.functions.has(&route.function))
        .map(|route| (route.method, route.path, route.function))
        .collect()
}

#[tokio::test]
async fn cargo_lambda_routes_as_the_template_does() {
    let root: toml::Table = include_str!("../../../../Cargo.toml").parse().unwrap();
    let router = root["workspace"]["metadata"]["lambda"]["watch"]["router"].as_table().unwrap();
    let mut routes = BTreeSet::new();
    for (path, target) in router {
        match target {
            toml::Value::String(function) => {
                routes.insert(("ANY".to_owned(), path.clone(), function.clone()));
            }
            target => {
                for entry in target.as_array().unwrap() {
                    let text = |name: &str| entry[name].as_str().unwrap().to_owned();
                    routes.insert((text("method"), path.clone(), text("function")));
                }
            }
        }
    }
    let template = Template::read().unwrap().routes();
    let template: BTreeSet<_> =
        template.into_iter().map(|Route { method, path, function }| (method, path, function)).collect();
    assert_eq!(routes, template);
}

#[tokio::test]
async fn the_local_stack_serves_the_template_s_routes_and_no_others() {
    let world = World::start().await;
    let routes = deployed_routes(&world);
    assert!(routes.len() >= 6);
    let template = Template::read().unwrap();
    for name in world.stack.functions.names() {
        assert!(template.functions().contains(&name.to_owned()), "{name} is not in template.yaml");
    }
    for (method, path, _) in &routes {
        let path = path.replace("{order_id}", "ORD_1701234567_000000000000000000sample1");
        let method = if method == "ANY" { "PUT" } else { method };
        let reply = world.send(method.parse().unwrap(), &path, &[], "").await;
        assert_ne!(reply.body, r#"{"message":"Not Found"}"#, "{method} {path}");
    }
    for (method, path) in [
        ("GET", "/api"),
        ("GET", "/api/"),
        ("GET", "/api/nope"),
        ("GET", "/api/check_shop/"),
        ("GET", "/API/check_shop"),
        ("POST", "/api/check_shop"),
        ("DELETE", "/api/create_payment"),
        ("HEAD", "/api/check_shop"),
        ("GET", "/2015-03-31/functions/check_shop/invocations"),
    ] {
        let reply = world.send(method.parse().unwrap(), path, &[], "").await;
        assert_eq!(reply.status, 404, "{method} {path}");
        if method != "HEAD" {
            assert_eq!(reply.body, r#"{"message":"Not Found"}"#, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_local_tables_are_the_template_s() {
    let world = World::start().await;
    let tables = Template::read().unwrap().tables();
    assert_eq!(
        tables.iter().map(|table| table.name.as_str()).collect::<BTreeSet<_>>(),
        ["payments", "shops", "transactions"].into()
    );
    for table in tables {
        let output = world.tables.describe_table().table_name(&table.name).send().await.unwrap();
        let described = output.table.unwrap();
        let key = |schema: &[aws_sdk_dynamodb::types::KeySchemaElement]| -> Vec<(String, String)> {
            schema.iter().map(|one| (one.attribute_name.clone(), one.key_type.as_str().to_owned())).collect()
        };
        assert_eq!(key(described.key_schema()), table.key);
        let attributes: BTreeSet<_> = described
            .attribute_definitions()
            .iter()
            .map(|one| (one.attribute_name.clone(), one.attribute_type.as_str().to_owned()))
            .collect();
        assert_eq!(attributes, table.attributes.into_iter().collect());
        let mut indexes = described.global_secondary_indexes().to_vec();
        indexes.sort_by(|a, b| a.index_name.cmp(&b.index_name));
        let mut expected = table.indexes;
        expected.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(indexes.len(), expected.len());
        for (index, expected) in indexes.iter().zip(expected) {
            assert_eq!(index.index_name.as_deref(), Some(expected.name.as_str()));
            assert_eq!(key(index.key_schema()), expected.key);
            let projection = index.projection.clone().unwrap();
            assert_eq!(projection.projection_type.unwrap().as_str(), expected.projection);
            assert_eq!(projection.non_key_attributes.unwrap_or_default(), expected.projected);
        }
    }
}

/// What the policy of `function` allows: actions and resources, as the calls name them.
pub fn allowed(function: &str) -> BTreeSet<(String, String)> {
    let template = Template::read().unwrap();
    let resources = template.value()["Resources"].as_mapping().unwrap();
    let code = format!("functions/{function}");
    let resource =
        resources.values().find(|resource| resource["Properties"]["CodeUri"] == code.as_str()).unwrap();
    let mut allowed = BTreeSet::new();
    for policy in resource["Properties"]["Policies"].as_sequence().unwrap() {
        for statement in policy["Statement"].as_sequence().unwrap() {
            let actions = match &statement["Action"] {
                Value::String(action) => vec![action.clone()],
                actions => actions
                    .as_sequence()
                    .unwrap()
                    .iter()
                    .map(|action| action.as_str().unwrap().to_owned())
                    .collect(),
            };
            let named = match &statement["Resource"] {
                Value::Sequence(all) => all.clone(),
                one => vec![one.clone()],
            };
            for resource in named {
                let Value::Tagged(tagged) = resource else { panic!("{resource:?} is no reference") };
                let text = tagged
                    .value
                    .as_str()
                    .unwrap()
                    .replace("${", "")
                    .replace('}', "")
                    .replace("Table.Arn", "")
                    .to_lowercase();
                allowed.extend(actions.iter().map(|action| (action.clone(), text.clone())));
            }
        }
    }
    allowed
}

/// A payment whose provider did not pay in time: its hold is dead. Its order id and Payme's id.
async fn with_dead_hold(world: &World) -> (String, String) {
    let order_id = world.create("amount=1000").await;
    let id = held_by_payme(world, Mode::Test, &order_id).await;
    world.clock.advance_ms(12 * HOUR_MS);
    (order_id, id)
}

#[tokio::test]
async fn a_dead_hold_ends_with_its_payment() {
    let world = World::start().await;
    let (order_id, id) = with_dead_hold(&world).await;
    let reply = world.shop("cancel_payment", &format!("order_id={order_id}")).await;
    assert_eq!(reply.text("status"), "cancelled", "{reply:?}");
    let checked = payme(&world, Mode::Test).check(&id).await.unwrap();
    assert_eq!((result(&checked, "state"), result(&checked, "reason")), (json!(-1), json!(4)));
}

#[tokio::test]
async fn a_function_may_do_what_it_does_and_nothing_else() {
    for function in
        ["check_shop", "get_balance", "create_payment", "check_payment", "get_payments", "cancel_payment"]
    {
        let world = World::start().await;
        let (held, _) = with_dead_hold(&world).await;
        world.proxy.take_calls();
        for order_id in ["ORD_1701234567_000000000000000000sample1", &held] {
            world.shop(function, &format!("amount=1000&offset=1&order_id={order_id}")).await;
        }
        let called: BTreeSet<_> =
            world.proxy.take_calls().iter().flat_map(|call| call.permissions()).collect();
        assert_eq!(called, allowed(function), "{function}");
    }
}
