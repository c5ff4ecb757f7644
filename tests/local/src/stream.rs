//! The stream of the journal on this machine: hands each new event to `webhook_relay`, as Lambda's
//! poller does, and invokes `webhook_retry` as the schedule does.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use dynoxide::{
    Database,
    actions::{
        describe_stream::DescribeStreamRequest, get_records::GetRecordsRequest,
        get_shard_iterator::GetShardIteratorRequest, list_streams::ListStreamsRequest,
    },
};
use serde_json::{Value, json};
use tokio::task::{JoinSet, spawn_blocking};

use crate::{Error, functions::Functions, store::Data};

/// The table with the stream.
const TABLE: &str = "events";
/// The most records of one batch, as in template.yaml.
const BATCH_MAX: usize = 25;
/// The time between two looks for records.
const PAUSE: Duration = Duration::from_millis(100);
/// The time before a batch that failed comes again, and between two ticks. On AWS a tick comes each
/// minute.
const TICK_PAUSE: Duration = Duration::from_secs(1);

/// Whether the journal has its stream, and who hands it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Webhooks {
    /// No stream: what needs no webhooks is faster without.
    Off,
    /// The stream is there, and the caller hands it on.
    ByHand,
    /// The stack hands it on by itself.
    Running,
}

/// Hands the records of the stream on, once each in its order, and again if that failed.
pub struct Pump {
    database: Database,
    functions: Functions,
    checkpoint: Checkpoint,
}

impl Pump {
    /// Goes on behind the last record that was handed on.
    ///
    /// # Errors
    /// The file that names it cannot be read.
    pub fn new(database: Database, functions: Functions, data: &Data) -> Result<Self, Error> {
        Ok(Self { database, functions, checkpoint: Checkpoint::read(data)? })
    }

    /// Hands one batch on. Returns the number of records that are done with. 0 if there are none, or
    /// if the first of them must come again.
    ///
    /// # Errors
    /// The stream cannot be read, or the checkpoint cannot be written.
    pub async fn hand_on(&mut self) -> Result<usize, Error> {
        let records = self.next_batch().await?;
        if records.is_empty() {
            return Ok(0);
        }
        let numbers: Vec<String> = records.iter().map(sequence_number).collect();
        let answer = self.functions.invoke("webhook_relay", json!({"Records": records}).to_string()).await;
        let done = match answer {
            Some(Ok(answer)) => done(&answer, &numbers),
            Some(Err(_)) | None => 0,
        };
        // Written after the relay answered: a crash before it repeats the batch.
        if let Some(last) = done.checked_sub(1).and_then(|last| numbers.get(last)) {
            self.checkpoint.write(last)?;
        }
        Ok(done)
    }

    /// Reads the records that are handed on next, in the form of Lambda's event. Empty if there are
    /// none.
    ///
    /// # Errors
    /// The stream cannot be read.
    pub async fn next_batch(&self) -> Result<Vec<Value>, Error> {
        let (database, after) = (self.database.clone(), self.checkpoint.last.clone());
        let records = spawn_blocking(move || read(&database, after)).await;
        records.map_err(|error| Error::Store(error.to_string()))?
    }
}

/// Runs the pump and the ticks until the set is dropped.
pub fn run(mut pump: Pump, functions: Functions) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let pause = match pump.hand_on().await {
                Ok(0) => PAUSE,
                Ok(_) => Duration::ZERO,
                Err(_) => TICK_PAUSE,
            };
            tokio::time::sleep(pause).await;
        }
    });
    tasks.spawn(async move {
        loop {
            tokio::time::sleep(TICK_PAUSE).await;
            let _ = functions.invoke("webhook_retry", "{}".to_owned()).await;
        }
    });
    tasks
}

/// How many of the records are done with: those before the first that must come again.
fn done(answer: &Value, numbers: &[String]) -> usize {
    let failures = answer["batchItemFailures"].as_array();
    let failed = |number: &String| {
        failures.is_some_and(|all| all.iter().any(|one| one["itemIdentifier"] == number.as_str()))
    };
    numbers.iter().position(failed).unwrap_or(numbers.len())
}

fn sequence_number(record: &Value) -> String {
    record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Reads the records behind the number `after`, in the form of Lambda's event.
fn read(database: &Database, after: Option<String>) -> Result<Vec<Value>, Error> {
    let store = |error: dynoxide::DynoxideError| Error::Store(error.to_string());
    let streams = database
        .list_streams(ListStreamsRequest { table_name: Some(TABLE.to_owned()), ..Default::default() })
        .map_err(store)?;
    let Some(stream_arn) = streams.streams.into_iter().next().map(|stream| stream.stream_arn) else {
        return Ok(Vec::new());
    };
    let described = database
        .describe_stream(DescribeStreamRequest { stream_arn: stream_arn.clone(), ..Default::default() })
        .map_err(store)?;
    let Some(shard) = described.stream_description.shards.into_iter().next() else { return Ok(Vec::new()) };
    let shard_iterator_type = if after.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" };
    let iterator = database
        .get_shard_iterator(GetShardIteratorRequest {
            stream_arn: stream_arn.clone(),
            shard_id: shard.shard_id,
            shard_iterator_type: shard_iterator_type.to_owned(),
            sequence_number: after,
        })
        .map_err(store)?;
    let Some(shard_iterator) = iterator.shard_iterator else { return Ok(Vec::new()) };
    let records = database
        .get_records(GetRecordsRequest { shard_iterator, limit: Some(BATCH_MAX) })
        .map_err(store)?
        .records;
    let named = records.into_iter().map(|record| {
        let mut record = serde_json::to_value(record).map_err(|error| Error::Store(error.to_string()))?;
        if let Some(record) = record.as_object_mut() {
            record.insert("eventSourceARN".to_owned(), json!(stream_arn));
        }
        Ok(record)
    });
    named.collect()
}

/// The last record that was handed on.
struct Checkpoint {
    last: Option<String>,
    /// `None` if nothing is kept.
    file: Option<PathBuf>,
}

impl Checkpoint {
    fn read(data: &Data) -> Result<Self, Error> {
        let Data::Folder(folder) = data else { return Ok(Self { last: None, file: None }) };
        let file = folder.join("webhook_relay.checkpoint");
        let last = match std::fs::read_to_string(&file) {
            Ok(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(_) => return Err(Error::DataFile { file: file.display().to_string() }),
        };
        Ok(Self { last, file: Some(file) })
    }

    fn write(&mut self, last: &str) -> Result<(), Error> {
        self.last = Some(last.to_owned());
        let Some(file) = &self.file else { return Ok(()) };
        replace(file, last).map_err(|_| Error::DataFile { file: file.display().to_string() })
    }
}

/// A crash leaves the old text or the new one, and never a part.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, text)?;
    std::fs::rename(new, file)
}
