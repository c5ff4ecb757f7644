//! What a call to DynamoDB asks for and what it consumed.

use std::iter::Sum;
use std::ops::Add;

use http::HeaderMap;
use serde_json::Value;

/// Read and write units. Quarters of a unit are exact in an `f64`, and these never become money.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    pub read: f64,
    pub write: f64,
}

impl Add for Units {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { read: self.read + other.read, write: self.write + other.write }
    }
}

impl Sum for Units {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Self::add)
    }
}

/// What `calls` consumed together.
pub fn units(calls: &[Call]) -> Units {
    calls.iter().map(|call| Units { read: call.read_units, write: call.write_units }).sum()
}

/// One call, as the proxy saw it.
#[derive(Debug, Clone)]
pub struct Call {
    /// The action, such as `GetItem`, from the header `X-Amz-Target`.
    pub action: String,
    /// The tables that it names, each once, in their order.
    pub tables: Vec<String>,
    /// The indexes that it names.
    pub indexes: Vec<String>,
    /// Of a transaction or a batch: what it does to each item (`ConditionCheck`, `Put`, `Update`,
    /// `Delete`, `Get`), and in which table. Empty for other calls.
    pub parts: Vec<(String, String)>,
    /// From `ConsumedCapacity`, as `write_units`. 0 for a call that failed: DynamoDB bills a failed
    /// condition, but does not report it.
    pub read_units: f64,
    pub write_units: f64,
    /// The HTTP status that the caller got. `None` without an answer, or before it.
    pub status: Option<u16>,
    /// The request as the caller sent it.
    pub request: Value,
}

impl Call {
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let parts = parts(&request);
        let named = request["TableName"].as_str().map(str::to_owned);
        let mut tables = Vec::new();
        for table in named.into_iter().chain(parts.iter().map(|(_, table)| table.clone())) {
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
        Self {
            action: target.rsplit('.').next().unwrap_or_default().to_owned(),
            tables,
            indexes: request["IndexName"].as_str().map(str::to_owned).into_iter().collect(),
            parts,
            read_units: 0.0,
            write_units: 0.0,
            status: None,
            request,
        }
    }

    /// Whether it is one of the two transactions.
    pub fn is_transaction(&self) -> bool {
        self.action.starts_with("Transact")
    }

    /// Returns what IAM must allow for it: the action and the resource, `payments` or
    /// `payments/index/shop_payments`. A transaction needs the actions of its parts and none of its
    /// own; a batch needs its own. Source:
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>.
    pub fn permissions(&self) -> Vec<(String, String)> {
        if self.is_transaction() {
            return self
                .parts
                .iter()
                .map(|(kind, table)| (format!("dynamodb:{kind}Item"), table.clone()))
                .collect();
        }
        let resource = |table: &String| match self.indexes.first() {
            Some(index) => format!("{table}/index/{index}"),
            None => table.clone(),
        };
        self.tables.iter().map(|table| (format!("dynamodb:{}", self.action), resource(table))).collect()
    }

    /// Whether a request of this action may carry `ReturnConsumedCapacity`.
    pub(super) fn is_metered(&self) -> bool {
        const METERED: [&str; 13] = [
            "GetItem",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "Query",
            "Scan",
            "BatchGetItem",
            "BatchWriteItem",
            "TransactGetItems",
            "TransactWriteItems",
            "ExecuteStatement",
            "ExecuteTransaction",
            "BatchExecuteStatement",
        ];
        METERED.contains(&self.action.as_str())
    }

    /// Reads `ConsumedCapacity`: one object, or a list with one for each table.
    pub(super) fn consumed(&self, answer: &Value) -> Units {
        match &answer["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().map(|table| self.consumed_in(table)).sum(),
            table => self.consumed_in(table),
        }
    }

    /// Transactions report reads and writes apart, also when a repeated token makes a write a read.
    /// For other calls the action decides.
    fn consumed_in(&self, table: &Value) -> Units {
        let read = table["ReadCapacityUnits"].as_f64();
        let write = table["WriteCapacityUnits"].as_f64();
        if read.is_some() || write.is_some() {
            return Units { read: read.unwrap_or(0.0), write: write.unwrap_or(0.0) };
        }
        let all = table["CapacityUnits"].as_f64().unwrap_or(0.0);
        let reads =
            ["GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"].contains(&self.action.as_str());
        if reads { Units { read: all, write: 0.0 } } else { Units { read: 0.0, write: all } }
    }
}

/// The parts of a transaction (`TransactItems`: a list of `{kind: {TableName, ..}}`) or of a batch
/// (`RequestItems`: by table, `{Keys: [..]}` to get, or `[{PutRequest | DeleteRequest: ..}]`).
fn parts(request: &Value) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    for item in request["TransactItems"].as_array().into_iter().flatten() {
        for (kind, part) in item.as_object().into_iter().flatten() {
            parts.push((kind.clone(), part["TableName"].as_str().unwrap_or_default().to_owned()));
        }
    }
    for (table, items) in request["RequestItems"].as_object().into_iter().flatten() {
        for _ in items["Keys"].as_array().into_iter().flatten() {
            parts.push(("Get".to_owned(), table.clone()));
        }
        for item in items.as_array().into_iter().flatten() {
            for kind in item.as_object().into_iter().flat_map(|item| item.keys()) {
                parts.push((kind.trim_end_matches("Request").to_owned(), table.clone()));
            }
        }
    }
    parts
}
