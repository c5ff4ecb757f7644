//! A function's version has its parameters in its description, so that a changed one publishes another
//! version. `.ci/translated.py` shows that it does.

use std::collections::BTreeSet;

use local::template::Template;
use serde_yaml_ng::Value;

use crate::support::alarms::resources;

/// The pages whose texts do not fit into a description. Their routes call the newest code.
const WITHOUT_ALIAS: [&str; 2] = ["DocsFunction", "PayPageFunction"];

/// What belongs to the function and not to a version of it.
const NOT_OF_A_VERSION: [&str; 7] = [
    "AutoPublishAlias",
    "DeploymentPreference",
    "Events",
    "FunctionName",
    "Policies",
    "ReservedConcurrentExecutions",
    "VersionDescription",
];

/// Too long for a description, and what changes with each: a parameter that publishes a version.
const TOO_LONG: [(&str, &str); 6] = [
    ("SecretsKeyArn", "SecretsRevision"),
    ("ExistingShopsTable", "TablesRevision"),
    ("ExistingPaymentsTable", "TablesRevision"),
    ("ExistingTransactionsTable", "TablesRevision"),
    ("ExistingEventsTable", "TablesRevision"),
    ("ExistingWebhooksTable", "TablesRevision"),
];

/// Adds the names of the parameters that `value` refers to.
fn add_parameters(value: &Value, all: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    match value {
        Value::Tagged(tagged) => add_parameters(&tagged.value, all, found),
        Value::Mapping(members) => members.values().for_each(|one| add_parameters(one, all, found)),
        Value::Sequence(items) => items.iter().for_each(|one| add_parameters(one, all, found)),
        Value::String(text) => {
            let referred =
                text.split("${").skip(1).filter_map(|rest| rest.split('}').next()).chain([&**text]);
            found.extend(referred.filter(|name| all.contains(*name)).map(str::to_owned));
        }
        _ => {}
    }
}

#[test]
fn a_version_s_description_has_every_parameter_of_its_function() {
    let template = Template::read().unwrap();
    let all = template.value()["Parameters"].as_mapping().unwrap().keys();
    let all: BTreeSet<String> = all.map(|name| name.as_str().unwrap().to_owned()).collect();
    let globals = &template.value()["Globals"]["Function"];
    for (id, function) in resources("AWS::Serverless::Function") {
        let mut named = BTreeSet::new();
        for properties in [globals, &function] {
            for (name, value) in properties.as_mapping().unwrap() {
                if !NOT_OF_A_VERSION.contains(&name.as_str().unwrap()) {
                    add_parameters(value, &all, &mut named);
                }
            }
        }
        for (long, revision) in TOO_LONG {
            let description = &template.value()["Parameters"][long]["Description"];
            assert!(description.as_str().unwrap().contains(revision), "{long}");
            if named.remove(long) {
                named.insert(revision.to_owned());
            }
        }
        if WITHOUT_ALIAS.contains(&id.as_str()) {
            assert!(function.get("AutoPublishAlias").is_none() && named.len() > 6, "{id}: {named:?}");
            continue;
        }
        assert_eq!(function["AutoPublishAlias"], "live", "{id}");
        let mut described = BTreeSet::new();
        add_parameters(&function["VersionDescription"], &all, &mut described);
        assert_eq!(described, named, "{id}");
    }
}

#[test]
fn the_stream_and_the_operators_call_aliases() {
    let mapping = resources("AWS::Lambda::EventSourceMapping").remove("WebhookRelayMapping").unwrap();
    assert_eq!(crate::support::alarms::text(&mapping["FunctionName"]), "WebhookRelayFunction.Alias");
    let aliases = resources("AWS::Lambda::Alias").into_values();
    let names: BTreeSet<String> = aliases
        .map(|alias| {
            assert_eq!(crate::support::alarms::text(&alias["FunctionName"]), "OperatorFunction");
            alias["Name"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), ["money", "read", "shops"]);
}
