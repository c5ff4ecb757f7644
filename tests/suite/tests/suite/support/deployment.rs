//! What template.yaml gives a deployed function: its policy and its environment.

use std::collections::BTreeSet;

use local::{
    Stack,
    settings::{LIMITS, WEBHOOKS},
    template::Template,
};
use serde_yaml_ng::Value;

/// What the policy of `function` allows: actions and resources, in the form of `Call::permissions`.
pub fn allowed(function: &str) -> BTreeSet<(String, String)> {
    let template = Template::read().unwrap();
    let resources = template.value()["Resources"].as_mapping().unwrap();
    let code = format!("functions/{function}");
    let resource =
        resources.values().find(|resource| resource["Properties"]["CodeUri"] == code.as_str()).unwrap();
    let mut allowed = BTreeSet::new();
    // The documentation page touches no table.
    for policy in resource["Properties"]["Policies"].as_sequence().into_iter().flatten() {
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
                let text = reference(&resource)
                    .replace("${", "")
                    .replace('}', "")
                    .replace("TableArn.Value", "")
                    .replace("Table.Arn", "")
                    .to_lowercase();
                allowed.extend(actions.iter().map(|action| (action.clone(), text.clone())));
            }
        }
    }
    allowed
}

/// The text of a reference. An `!If` asks for a table that a parameter names; its last member is the
/// stack's own.
fn reference(resource: &Value) -> &str {
    let Value::Tagged(tagged) = resource else { panic!("{resource:?} is no reference") };
    match &tagged.value {
        Value::Sequence(choices) => reference(choices.last().unwrap()),
        text => text.as_str().unwrap(),
    }
}

/// The environment of a deployed function, with a local store and the limits of the local stack.
pub fn environment(stack: &Stack) -> Vec<(&'static str, String)> {
    let mut environment = vec![
        ("AWS_ENDPOINT_URL_DYNAMODB", stack.store.endpoint()),
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("SHOPS_TABLE", "shops".to_owned()),
        ("PAYMENTS_TABLE", "payments".to_owned()),
        ("TRANSACTIONS_TABLE", "transactions".to_owned()),
        ("EVENTS_TABLE", "events".to_owned()),
        ("LIMITS_TABLE", "limits".to_owned()),
        ("WEBHOOKS_TABLE", "webhooks".to_owned()),
    ];
    environment.extend(LIMITS.into_iter().chain(WEBHOOKS).map(|(name, value)| (name, value.to_owned())));
    environment
}
