//! What each alias of the operator's function may do.

use http::Method;
use local::template::Template;
use serde_json::{Value, json};
use suite::world::World;

use crate::support::operator::done;

/// The commands that each role has beside those of `read`. `repair` has no role but the owner's.
const READ: &str = "list_shops show_shop show_payment list_payments list_payouts list_events report \
                    compare_statement audit help";
const SHOPS: &str = "create_shop seed_test_shops rename_shop rotate_key disable_shop enable_shop set_fee \
                     set_contact set_rate_limit";
const MONEY: &str =
    "settle_payment refund_payment cancel_payment record_payout reverse_payout adjust_balance";
const OWNER: &str = "repair";

fn path(name: &str) -> String {
    format!("/2015-03-31/functions/{name}/invocations")
}

async fn invoke(world: &World, path: &str, event: &Value) -> Value {
    let reply = world.send(Method::POST, path, &[], &event.to_string()).await;
    assert_eq!(reply.status, 200, "{path}: {reply:?}");
    reply.json()
}

/// The event of `events/operator` for a command.
fn event(command: &str) -> Value {
    let path: std::path::PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "../../events/operator", &format!("{command}.json")].iter().collect();
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_use_its_commands_and_no_other() {
    let world = World::start().await;
    let help = done(&world, json!({"command": "help"})).await;
    let commands = help["commands"].as_array().unwrap().iter();
    let commands: Vec<&str> = commands.map(|entry| entry["command"].as_str().unwrap()).collect();
    let has = |list: &str, command: &str| list.split_whitespace().any(|one| one == command);
    for command in &commands {
        let roles = [READ, SHOPS, MONEY, OWNER].iter().filter(|list| has(list, command)).count();
        assert_eq!(roles, 1, "{command} has one role");
    }
    for (qualifier, own, everything) in [
        ("read", READ, false),
        ("shops", SHOPS, false),
        ("money", MONEY, false),
        ("live", READ, true),
        ("$LATEST", READ, true),
        ("7", "", false),
        ("owner", "", false),
        ("READ", "", false),
    ] {
        for command in &commands {
            world.proxy.take_calls();
            let answer = invoke(&world, &path(&format!("operator:{qualifier}")), &event(command)).await;
            let permitted = everything || has(own, command) || (!own.is_empty() && has(READ, command));
            assert_eq!(answer["error_code"] != "not_permitted", permitted, "{qualifier} {command}: {answer}");
            if !permitted {
                assert_eq!(answer["success"], false, "{answer}");
                assert_eq!(world.proxy.take_calls().len(), 0, "{qualifier} {command} reads nothing");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_names_the_alias_that_is_needed() {
    let world = World::start().await;
    for (command, hint) in
        [("help", "read"), ("create_shop", "shops"), ("record_payout", "money"), ("repair", "live")]
    {
        let answer = invoke(&world, &path("operator:other"), &event(command)).await;
        assert!(answer["error"].as_str().unwrap().contains(&format!("alias {hint}")), "{answer}");
    }
}

#[tokio::test]
async fn a_qualifier_is_read_in_each_form() {
    let world = World::start().await;
    let arn = "arn:aws:lambda:eu-central-1:000000000000:function:operator";
    for (path, owner) in [
        (path("operator"), true),
        (path("operator:live"), true),
        (path(arn), true),
        (path("operator:read"), false),
        (path("operator%3Aread"), false),
        (format!("{}?Qualifier=read", path("operator")), false),
        (format!("{}?Qualifier=read", path("operator:read")), false),
        (path(&format!("{arn}:read")), false),
        (path(&format!("{arn}:read").replace(':', "%3A")), false),
        (path("000000000000:function:operator:read"), false),
    ] {
        let answer = invoke(&world, &path, &json!({"command": "seed_test_shops"})).await;
        let code = answer["error_code"].as_str().unwrap_or("none");
        assert_eq!(code, if owner { "none" } else { "not_permitted" }, "{path}: {answer}");
    }
    for (name, status, kind) in [
        ("operator:read/invocations?Qualifier=money", 400, "InvalidParameterValueException"),
        ("operator:re%20ad/invocations", 400, "InvalidParameterValueException"),
        ("operator:/invocations", 400, "InvalidParameterValueException"),
        ("nobody:read/invocations", 404, "ResourceNotFoundException"),
    ] {
        let path = format!("/2015-03-31/functions/{name}");
        let reply = world.send(Method::POST, &path, &[], r#"{"command":"help"}"#).await;
        let answered = (reply.status.as_u16(), reply.headers["x-amzn-errortype"].to_str().unwrap());
        assert_eq!(answered, (status, kind), "{name}");
    }
}

#[tokio::test]
async fn the_invocation_type_is_honoured() {
    let world = World::start().await;
    let create = json!({"command": "create_shop", "name": "My Shop", "mode": "live"}).to_string();
    let send = async |kind: &str, path: String| {
        world.send(Method::POST, &path, &[("x-amz-invocation-type", kind)], &create).await
    };
    let shops = async || {
        let listed = done(&world, json!({"command": "list_shops"})).await;
        listed["shops"].as_array().unwrap().len()
    };
    let before = shops().await;
    let dry = send("DryRun", path("operator")).await;
    assert_eq!((dry.status.as_u16(), dry.body.as_str()), (204, ""));
    assert_eq!(send("DryRun", path("nobody")).await.status, 404);
    assert_eq!(send("Later", path("operator")).await.status, 400);
    assert_eq!(shops().await, before);
    let waited = send("RequestResponse", path("operator")).await;
    assert_eq!(waited.json()["success"], true, "{waited:?}");
    assert_eq!(shops().await, before + 1);
    let accepted = send("Event", path("operator")).await;
    assert_eq!((accepted.status.as_u16(), accepted.body.as_str()), (202, ""));
    while shops().await < before + 2 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn the_template_grants_one_alias_to_each_role() {
    let template = Template::read().unwrap();
    for (policy, alias) in
        [("OperatorReadPolicy", "read"), ("OperatorShopsPolicy", "shops"), ("OperatorMoneyPolicy", "money")]
    {
        let statements = &template.value()["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"];
        let statements = statements.as_sequence().unwrap();
        assert_eq!(statements.len(), 1, "{policy}");
        assert_eq!(statements[0]["Action"], "lambda:InvokeFunction", "{policy}");
        let resource = serde_yaml_ng::to_string(&statements[0]["Resource"]).unwrap();
        assert!(resource.trim().ends_with(&format!("${{OperatorFunction.Arn}}:{alias}")), "{resource}");
    }
}
