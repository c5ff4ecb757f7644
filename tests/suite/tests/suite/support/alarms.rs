//! The alarms of template.yaml, and what CloudWatch would make of a line of the log.

use std::collections::BTreeMap;

use local::template::Template;
use serde_json::Value as Json;
use serde_yaml_ng::Value;

use super::filter_pattern::FilterPattern;

/// The namespace of our own metrics, with the name of the stack in it.
const OWN_NAMESPACE: &str = "TopHamyon/${AWS::StackName}";

/// The resources of one type, by their logical ids.
pub fn resources(kind: &str) -> BTreeMap<String, Value> {
    let template = Template::read().unwrap();
    let all = template.value()["Resources"].as_mapping().unwrap().iter();
    all.filter(|(_, resource)| resource["Type"] == kind)
        .map(|(id, resource)| (id.as_str().unwrap().to_owned(), resource["Properties"].clone()))
        .collect()
}

/// The text of a value, or of the function (`!Ref`, `!Sub`) that makes it. Of a choice, the last one.
pub fn text(value: &Value) -> &str {
    match value {
        Value::Tagged(tagged) => match &tagged.value {
            Value::Sequence(choices) if tagged.tag == "If" => text(choices.last().unwrap()),
            // A text with values of its own.
            Value::Sequence(parts) => text(&parts[0]),
            value => text(value),
        },
        value => value.as_str().unwrap(),
    }
}

/// A metric that an alarm looks at.
#[derive(Clone, Debug)]
pub struct Metric {
    pub namespace: String,
    pub name: String,
    /// Names and values.
    pub dimensions: Vec<(String, String)>,
}

impl Metric {
    fn read(holder: &Value) -> Self {
        let dimensions = holder.get("Dimensions").and_then(Value::as_sequence).into_iter().flatten();
        Self {
            namespace: text(&holder["Namespace"]).to_owned(),
            name: text(&holder["MetricName"]).to_owned(),
            dimensions: dimensions
                .map(|one| (text(&one["Name"]).to_owned(), text(&one["Value"]).to_owned()))
                .collect(),
        }
    }

    pub fn is_own(&self) -> bool {
        self.namespace == OWN_NAMESPACE
    }
}

/// One alarm of the template.
#[derive(Clone, Debug)]
pub struct Alarm {
    pub id: String,
    pub properties: Value,
}

impl Alarm {
    pub fn all() -> Vec<Self> {
        let alarms = resources("AWS::CloudWatch::Alarm").into_iter();
        alarms.map(|(id, properties)| Self { id, properties }).collect()
    }

    pub fn find(id: &str) -> Self {
        Self::all().into_iter().find(|alarm| alarm.id == id).unwrap_or_else(|| panic!("no alarm {id}"))
    }

    /// Its metrics: one, or those of its expression.
    pub fn metrics(&self) -> Vec<Metric> {
        match self.properties.get("Metrics").and_then(Value::as_sequence) {
            None => vec![Metric::read(&self.properties)],
            Some(all) => {
                let measured = all.iter().filter_map(|one| one.get("MetricStat"));
                measured.map(|one| Metric::read(&one["Metric"])).collect()
            }
        }
    }

    /// Whether it rings after `lines` in one period, on a metric of ours. `parameters` replace
    /// defaults of the template.
    pub fn rings(&self, lines: &[Json], parameters: &[(&str, f64)]) -> bool {
        let [metric] = self.metrics().try_into().unwrap_or_else(|_| panic!("{} has an expression", self.id));
        assert!(metric.is_own() && metric.dimensions.is_empty(), "{metric:?}");
        let values = values(&metric, lines);
        if values.is_empty() {
            return self.properties["TreatMissingData"] == "breaching";
        }
        let value = match text(&self.properties["Statistic"]) {
            "Sum" => values.iter().sum::<f64>(),
            "Maximum" => values.into_iter().fold(f64::MIN, f64::max),
            other => panic!("{}: {other}", self.id),
        };
        let threshold = number(&self.properties["Threshold"], parameters);
        match text(&self.properties["ComparisonOperator"]) {
            "GreaterThanThreshold" => value > threshold,
            "GreaterThanOrEqualToThreshold" => value >= threshold,
            "LessThanThreshold" => value < threshold,
            other => panic!("{}: {other}", self.id),
        }
    }
}

/// What the metric filters publish under `metric` for `lines`.
pub fn values(metric: &Metric, lines: &[Json]) -> Vec<f64> {
    let mut values = Vec::new();
    for (id, filter) in resources("AWS::Logs::MetricFilter") {
        assert_eq!(text(&filter["LogGroupName"]), "FunctionLogs", "{id}");
        let pattern = FilterPattern::parse(text(&filter["FilterPattern"]));
        for transformation in filter["MetricTransformations"].as_sequence().unwrap() {
            assert!(transformation.get("Dimensions").is_none(), "{id}: each value of a dimension costs");
            let named = (text(&transformation["MetricNamespace"]), text(&transformation["MetricName"]));
            if named == (metric.namespace.as_str(), metric.name.as_str()) {
                let matching = lines.iter().filter(|line| pattern.matches(line));
                values.extend(matching.filter_map(|line| published(&transformation["MetricValue"], line)));
            }
        }
    }
    values
}

/// The number that a matching line publishes: a constant, or a member of the line.
fn published(value: &Value, line: &Json) -> Option<f64> {
    match text(value).strip_prefix("$.") {
        Some(name) => line[name].as_f64(),
        None => Some(text(value).parse().unwrap()),
    }
}

/// A number of the template, or the default of the parameter that it refers to.
fn number(value: &Value, parameters: &[(&str, f64)]) -> f64 {
    let Value::Tagged(tagged) = value else { return value.as_f64().unwrap() };
    assert_eq!(tagged.tag, "Ref");
    let name = tagged.value.as_str().unwrap();
    let given = parameters.iter().find(|(given, _)| *given == name).map(|(_, value)| *value);
    let template = Template::read().unwrap();
    given.unwrap_or_else(|| template.value()["Parameters"][name]["Default"].as_f64().unwrap())
}
