//! What template.yaml deploys is what runs here: routes and tables.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{DeleteGlobalSecondaryIndexAction, GlobalSecondaryIndexUpdate};
use local::template::{Route, TEMPLATE, Template};
use suite::world::World;

/// The template's routes to the functions that the local stack has.
fn deployed_routes(world: &World) -> BTreeSet<(String, String, String)> {
    let routes = Template::read().unwrap().routes().into_iter();
    routes
        .filter(|route| world.stack.functions.has(&route.function))
        .map(|route| (route.method, route.path, route.function))
        .collect()
}

#[tokio::test]
async fn cargo_lambda_has_the_routes_of_the_template() {
    let root: toml::Table = include_str!("../../../../../../Cargo.toml").parse().unwrap();
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
    // Its router knows no greedy variable, and no route for what no other one matches.
    let template =
        template.into_iter().filter(|route| route.path != "$default" && !route.path.ends_with("+}"));
    let template: BTreeSet<_> =
        template.map(|Route { method, path, function }| (method, path, function)).collect();
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
    for (method, path, _) in routes.iter().filter(|(_, path, _)| path != "$default") {
        let path = path.replace("{order_id}", "ORD_1701234567_000000000000000000sample1");
        let path = path.replace("{proxy+}", "some/where");
        let method = if method == "ANY" { "PUT" } else { method };
        let reply = world.send(method.parse().unwrap(), &path, &[], "").await;
        assert!(!reply.body.contains(r#""error_code":"not_found""#), "{method} {path}");
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
            assert_eq!(reply.error_code(), "not_found", "{method} {path}");
            assert_eq!(reply.text("request_id"), reply.headers["x-request-id"].to_str().unwrap());
        }
    }
}

/// An older data folder has the tables without their newer indexes.
#[tokio::test]
async fn a_missing_index_is_made_and_filled() {
    let world = World::start().await;
    let order_id = world.create("amount=1000&merchant_order_id=7").await;
    let drop_it = DeleteGlobalSecondaryIndexAction::builder().index_name("shop_orders").build().unwrap();
    let update = GlobalSecondaryIndexUpdate::builder().delete(drop_it).build();
    let table = world.tables.update_table().table_name("payments");
    table.global_secondary_index_updates(update).send().await.unwrap();
    let found = async || world.shop("get_payment", "merchant_order_id=7").await;
    assert_eq!(found().await.error_code(), "internal_error");

    let template = Template::read().unwrap();
    local::store::create_tables(&world.tables, &template, false).await.unwrap();
    assert_eq!(found().await.text("order_id"), order_id);
}

#[tokio::test]
async fn the_local_tables_are_the_template_s() {
    let world = World::start().await;
    let tables = Template::read().unwrap().tables();
    assert_eq!(
        tables.iter().map(|table| table.name.as_str()).collect::<BTreeSet<_>>(),
        ["events", "limits", "payments", "shops", "transactions", "webhooks"].into()
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

/// Counters may be lost; everything else can be brought back to any second.
#[test]
fn every_table_but_the_counters_can_be_restored() {
    for (id, table) in crate::support::alarms::resources("AWS::DynamoDB::Table") {
        let is_kept = id != "LimitsTable";
        let recovery = table.get("PointInTimeRecoverySpecification");
        let recovery = recovery.and_then(|one| one["PointInTimeRecoveryEnabled"].as_bool());
        assert_eq!(recovery.unwrap_or_default(), is_kept, "{id}");
        let protection = table.get("DeletionProtectionEnabled").and_then(serde_yaml_ng::Value::as_bool);
        assert_eq!(protection.unwrap_or_default(), is_kept, "{id}");
    }
}

/// A stack may use a restored table. Then no function still uses the stack's own.
#[test]
fn a_table_of_a_parameter_is_used_by_all_functions() {
    for table in ["Shops", "Payments", "Transactions", "Events", "Webhooks"] {
        let own_arn = format!("{table}Table.Arn");
        assert_eq!(TEMPLATE.matches(&own_arn).count(), 1, "{own_arn} is asked for in {table}TableArn alone");
        let choice = format!("!If [Has{table}Table, !Ref Existing{table}Table, !Ref {table}Table]");
        let variable = format!("{}_TABLE: {choice}", table.to_uppercase());
        assert!(TEMPLATE.contains(&variable), "{variable}");
        assert!(TEMPLATE.contains(&format!("{table}TableName:\n    Value: {choice}")), "{table}");
    }
    let own_stream = TEMPLATE.matches("!GetAtt EventsTable.StreamArn").count();
    let choice = "!If [HasEventsStream, !Ref ExistingEventsStreamArn, !GetAtt EventsTable.StreamArn]";
    assert_eq!(TEMPLATE.matches(choice).count(), own_stream);
}
