//! Reads the routes and tables from `template.yaml`.

use serde_yaml_ng::Value;

use crate::Error;

/// The template at the time of the build.
pub const TEMPLATE: &str = include_str!("../../../template.yaml");

/// One route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// `ANY` matches every method.
    pub method: String,
    pub path: String,
    pub function: String,
}

/// One table, in the form that `CreateTable` needs.
#[derive(Clone, Debug)]
pub struct Table {
    /// The local name: the logical id in lower case and without `Table`.
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub key: Vec<(String, String)>,
    pub indexes: Vec<Index>,
    /// What its stream shows, if it has one.
    pub stream: Option<String>,
}

/// One global secondary index.
#[derive(Clone, Debug)]
pub struct Index {
    pub name: String,
    pub key: Vec<(String, String)>,
    pub projection: String,
    pub projected: Vec<String>,
}

/// The parsed template.
pub struct Template(Value);

impl Template {
    /// Parses the template of this build.
    pub fn read() -> Result<Self, Error> {
        serde_yaml_ng::from_str(TEMPLATE).map(Self).map_err(|error| Error::Template(error.to_string()))
    }

    /// Returns every route with its function.
    pub fn routes(&self) -> Vec<Route> {
        let functions = self.resources("AWS::Serverless::Function");
        let routes = functions.flat_map(|(_, function)| {
            let name = text(function, "CodeUri").trim_start_matches("functions/").to_owned();
            let events =
                entries(at(function, "Events")).filter(|(_, event)| text(event, "Type") == "HttpApi");
            events.map(move |(_, event)| Route {
                method: text(at(event, "Properties"), "Method"),
                path: text(at(event, "Properties"), "Path"),
                function: name.clone(),
            })
        });
        routes.collect()
    }

    /// Returns the names of all functions, with or without a route.
    pub fn functions(&self) -> Vec<String> {
        let functions = self.resources("AWS::Serverless::Function");
        functions
            .map(|(_, function)| text(function, "CodeUri").trim_start_matches("functions/").to_owned())
            .collect()
    }

    /// Returns every table.
    pub fn tables(&self) -> Vec<Table> {
        self.resources("AWS::DynamoDB::Table").map(|(id, properties)| table(&id, properties)).collect()
    }

    fn resources<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (String, &'a Value)> {
        entries(at(&self.0, "Resources"))
            .filter(move |(_, resource)| text(resource, "Type") == kind)
            .map(|(id, resource)| (id, at(resource, "Properties")))
    }

    /// Returns the whole template.
    pub fn value(&self) -> &Value {
        &self.0
    }
}

fn table(id: &str, properties: &Value) -> Table {
    let attributes = items(at(properties, "AttributeDefinitions"));
    Table {
        name: id.trim_end_matches("Table").to_lowercase(),
        attributes: attributes.map(|one| (text(one, "AttributeName"), text(one, "AttributeType"))).collect(),
        key: key(properties),
        indexes: items(at(properties, "GlobalSecondaryIndexes"))
            .map(|index| Index {
                name: text(index, "IndexName"),
                key: key(index),
                projection: text(at(index, "Projection"), "ProjectionType"),
                projected: items(at(at(index, "Projection"), "NonKeyAttributes"))
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
            })
            .collect(),
        stream: Some(text(at(properties, "StreamSpecification"), "StreamViewType"))
            .filter(|view| !view.is_empty()),
    }
}

fn key(holder: &Value) -> Vec<(String, String)> {
    items(at(holder, "KeySchema")).map(|one| (text(one, "AttributeName"), text(one, "KeyType"))).collect()
}

fn entries(value: &Value) -> impl Iterator<Item = (String, &Value)> {
    let entries = value.as_mapping().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value)))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_sequence().into_iter().flatten()
}

/// Returns the value of `name`, or null if there is none.
fn at<'a>(holder: &'a Value, name: &str) -> &'a Value {
    holder.get(name).unwrap_or(&Value::Null)
}

fn text(holder: &Value, name: &str) -> String {
    at(holder, name).as_str().unwrap_or_default().to_owned()
}
