//! The log: one JSON line per request. It never holds a query string, a header, a body or an event,
//! because keys travel in them.

use std::{fmt::Debug, io::Write, time::Duration};

use chrono::{SecondsFormat, Utc};
use serde::Serialize;

/// Where the lines of the log go.
pub trait LogSink: Debug + Send + Sync {
    /// Writes one line, given without its line end. A line that cannot be written is lost, because
    /// it must not fail the request.
    fn write(&self, line: &str);
}

/// Standard error, which Lambda collects as well as standard output.
#[derive(Clone, Copy, Debug)]
pub struct StandardError;

impl LogSink for StandardError {
    fn write(&self, line: &str) {
        // One write for the whole line, so that the lines of several requests do not mix.
        let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
    }
}

/// What happened to one request.
#[derive(Serialize)]
pub struct RequestLine<'a> {
    pub level: &'static str,
    pub function: &'a str,
    pub request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda_request_id: Option<&'a str>,
    /// The operator's command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shop_id: Option<&'a str>,
    pub outcome: &'a str,
    pub milliseconds: u64,
    pub store_calls: u32,
    pub retries: u32,
    /// The item or call that failed, if the failure is ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'a str>,
}

/// A problem with the settings of a function.
#[derive(Serialize)]
pub struct StartLine<'a> {
    pub level: &'static str,
    pub function: &'static str,
    pub outcome: &'static str,
    pub detail: &'a str,
}

/// A line with its time. Lambda keeps the `level` of a JSON line only if it has a `timestamp` in the
/// form of RFC 3339 (AWS Lambda Developer Guide, "Log-level filtering").
#[derive(Serialize)]
struct Timed<'a, T: Serialize> {
    timestamp: String,
    #[serde(flatten)]
    line: &'a T,
}

/// Writes `line` to `sink` as JSON, with the time before it.
pub fn write(sink: &dyn LogSink, line: &impl Serialize) {
    let timestamp = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    if let Ok(text) = serde_json::to_string(&Timed { timestamp, line }) {
        sink.write(&text);
    }
}

/// A time as the lines have it.
pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
