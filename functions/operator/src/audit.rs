//! The command `audit`: checks every balance, event and change now, and returns what differs. The
//! function `audit` does the same daily by itself.

use audit::{AuditError, Auditor, Position, Report};
use serde::Serialize;
use shared::{domain::id::ShopId, edge::invoked::InvokedAnswer};

use crate::{CommandContext, answer, cursor, error::CommandError};

#[derive(Serialize)]
struct Body {
    #[serde(flatten)]
    report: Report,
    next_cursor: Option<String>,
}

pub async fn run(
    context: &CommandContext<'_>,
    shop_id: Option<ShopId>,
    cursor: Option<String>,
) -> Result<InvokedAnswer, CommandError> {
    let position = match cursor.as_deref().map(cursor::read::<Position>).transpose()? {
        Some(position) if position.only() != shop_id.as_ref() => return Err(CommandError::InvalidCursor),
        Some(position) => position,
        None => Position::start(shop_id),
    };
    let auditor = Auditor {
        store: &context.service.store,
        clock: &*context.service.clock,
        deadline: context.invocation.deadline,
        progress: &|shop_id, payments| {
            context.invocation.log_progress(shop_id, format!("audit: {payments} payments checked"));
        },
    };
    let mut report = Report::default();
    let only = position.only().cloned();
    let next = position.advance(&auditor, &mut report).await?;
    // A log line names one shop, so only an audit of one shop sets it.
    if let Some(only) = only {
        context.invocation.log_shop(&only);
    }
    answer::success(&Body { report, next_cursor: next.as_ref().map(cursor::write).transpose()? })
}

impl From<AuditError> for CommandError {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::ShopNotFound => Self::ShopNotFound,
            AuditError::Store(error) => error.into(),
        }
    }
}
