//! A batch of the stream: what changed in the table `events`, as DynamoDB Streams tells it (AWS Lambda
//! Developer Guide, "Using AWS Lambda with Amazon DynamoDB").

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_dynamo::AttributeValue;
use serde_json::Value as Json;
use shared::{domain::event::Event, edge::invoked::InvokeError};

/// One record of the batch.
pub enum Record {
    Event(Box<Arrived>),
    Strange(Strange),
}

/// An event that is new in the journal.
#[derive(Debug)]
pub struct Arrived {
    /// Names the record, if it must come again.
    pub sequence_number: String,
    pub event: Event,
}

/// A record that tells of no new event.
#[derive(Debug)]
pub enum Strange {
    /// An event was changed or removed. No function may do so.
    Changed(Detail),
    Unreadable(Detail),
}

/// What the log tells of a strange record: nothing of its content.
#[derive(Debug, Serialize)]
pub struct Detail {
    change: String,
    sequence_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Strange {
    pub const fn detail(&self) -> &Detail {
        match self {
            Self::Changed(detail) | Self::Unreadable(detail) => detail,
        }
    }
}

#[derive(Deserialize)]
struct Batch {
    /// Each is parsed on its own: one that is strange must not take the others with it.
    #[serde(rename = "Records")]
    records: Vec<Json>,
}

#[derive(Deserialize)]
struct StreamRecord {
    /// `INSERT`, `MODIFY` or `REMOVE`.
    #[serde(rename = "eventName")]
    change: String,
    dynamodb: Change,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    sequence_number: String,
    /// Parsed only for a new event.
    #[serde(default)]
    new_image: Json,
}

/// A value as streams write it. Events hold texts and numbers alone.
#[derive(Deserialize)]
enum Value {
    S(String),
    N(String),
}

/// Reads the records of a batch, in their order.
///
/// # Errors
/// It is no batch of a stream.
pub fn parse(event: &str) -> Result<Vec<Record>, InvokeError> {
    let batch: Batch = serde_json::from_str(event)
        .map_err(|error| InvokeError::internal(format!("no batch of a stream: {error}")))?;
    Ok(batch.records.into_iter().map(read).collect())
}

fn read(record: Json) -> Record {
    let (change, sequence_number, new_image) = match StreamRecord::deserialize(&record) {
        Ok(StreamRecord { change, dynamodb: Change { sequence_number, new_image } }) => {
            (change, sequence_number, new_image)
        }
        Err(problem) => return unreadable(&record, problem.to_string()),
    };
    if change != "INSERT" {
        return Record::Strange(Strange::Changed(Detail { change, sequence_number, problem: None }));
    }
    match event(new_image) {
        Ok(event) => Record::Event(Box::new(Arrived { sequence_number, event })),
        Err(problem) => unreadable(&record, problem),
    }
}

fn event(new_image: Json) -> Result<Event, String> {
    let image = HashMap::<String, Value>::deserialize(new_image).map_err(|problem| problem.to_string())?;
    let item: HashMap<String, AttributeValue> = image.into_iter().map(attribute).collect();
    serde_dynamo::from_item(item).map_err(|problem| problem.to_string())
}

fn unreadable(record: &Json, problem: String) -> Record {
    let text = |path| record.pointer(path).and_then(Json::as_str).unwrap_or_default().to_owned();
    let (change, sequence_number) = (text("/eventName"), text("/dynamodb/SequenceNumber"));
    Record::Strange(Strange::Unreadable(Detail { change, sequence_number, problem: Some(problem) }))
}

fn attribute((name, value): (String, Value)) -> (String, AttributeValue) {
    match value {
        Value::S(text) => (name, AttributeValue::S(text)),
        Value::N(number) => (name, AttributeValue::N(number)),
    }
}
