//! A batch of the stream: what changed in the table `events`, as DynamoDB Streams tells it (AWS Lambda
//! Developer Guide, "Using AWS Lambda with Amazon DynamoDB").

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_dynamo::AttributeValue;
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
    #[serde(rename = "Records")]
    records: Vec<StreamRecord>,
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
    #[serde(default)]
    new_image: HashMap<String, Value>,
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

fn read(record: StreamRecord) -> Record {
    let StreamRecord { change, dynamodb: Change { sequence_number, new_image } } = record;
    if change != "INSERT" {
        return Record::Strange(Strange::Changed(Detail { change, sequence_number, problem: None }));
    }
    let item: HashMap<String, AttributeValue> = new_image.into_iter().map(attribute).collect();
    match serde_dynamo::from_item(item) {
        Ok(event) => Record::Event(Box::new(Arrived { sequence_number, event })),
        Err(problem) => {
            let problem = Some(problem.to_string());
            Record::Strange(Strange::Unreadable(Detail { change, sequence_number, problem }))
        }
    }
}

fn attribute((name, value): (String, Value)) -> (String, AttributeValue) {
    match value {
        Value::S(text) => (name, AttributeValue::S(text)),
        Value::N(number) => (name, AttributeValue::N(number)),
    }
}
