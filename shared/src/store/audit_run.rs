//! Where the daily audit stands: one item of the table `limits`. It holds no money, and may be
//! deleted: the audit then begins again.

use aws_sdk_dynamodb::{operation::put_item::PutItemError, types::AttributeValue};

use super::{
    Store, StoreError,
    item::{Item, number, text},
    limits::TABLE,
};
use crate::domain::time::UnixMillis;

const KEY: &str = "audit";

/// The stored state of the audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredRun {
    /// JSON text. Empty before the first run.
    pub state: String,
    /// Another invocation works on it until then.
    pub locked_until: Option<UnixMillis>,
    /// Grows with each write. A write requires the number that was read.
    version: i64,
}

impl Store {
    /// Reads the state of the audit, strongly consistent.
    pub async fn audit_run(&self) -> Result<StoredRun, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.tables.limits)
            .key("limit_key", text(KEY))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("GetItem limits", error))?;
        let Some(item) = output.item else { return Ok(StoredRun::default()) };
        let read = || {
            let number = |name: &str| item.get(name)?.as_n().ok()?.parse::<i64>().ok();
            Some(StoredRun {
                state: item.get("state")?.as_s().ok()?.clone(),
                locked_until: UnixMillis::new(number("locked_until")?).ok(),
                version: number("version")?,
            })
        };
        read().ok_or_else(|| StoreError::corrupt(TABLE, KEY, "no state of the audit"))
    }

    /// Writes the state if nobody wrote it since `before`. Returns what is stored then, or `None` if
    /// somebody did.
    pub async fn save_audit_run(
        &self,
        before: &StoredRun,
        state: String,
        locked_until: UnixMillis,
    ) -> Result<Option<StoredRun>, StoreError> {
        let version = before.version.saturating_add(1);
        let item = Item::from([
            ("limit_key".to_owned(), text(KEY)),
            ("state".to_owned(), text(&state)),
            ("locked_until".to_owned(), number(locked_until)),
            ("version".to_owned(), AttributeValue::N(version.to_string())),
        ]);
        let output = self
            .client
            .put_item()
            .table_name(&self.tables.limits)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(limit_key) OR version = :read")
            .expression_attribute_values(":read", AttributeValue::N(before.version.to_string()))
            .send()
            .await;
        match output {
            Ok(_) => Ok(Some(StoredRun { state, locked_until: Some(locked_until), version })),
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(PutItemError::ConditionalCheckFailedException(_))
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(StoreError::from_sdk("PutItem limits", error)),
        }
    }
}
