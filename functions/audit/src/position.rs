//! The walk of the audit over all shops, or one.

use serde::{Deserialize, Serialize};
use shared::domain::id::ShopId;

use crate::{
    auditor::{AuditError, Auditor, Report},
    pass::{End, Pass},
};

/// The position of the audit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The requested shop, or `None` for all shops.
    only: Option<ShopId>,
    /// The last finished shop.
    done: Option<ShopId>,
    /// The shop that is being checked.
    pass: Option<Box<Pass>>,
}

impl Position {
    /// Begins with the first shop, or with the only one.
    pub fn start(only: Option<ShopId>) -> Self {
        Self { only, done: None, pass: None }
    }

    pub fn only(&self) -> Option<&ShopId> {
        self.only.as_ref()
    }

    /// Goes on until all shops are finished (`None`), or until time is nearly over.
    pub async fn advance(
        mut self,
        auditor: &Auditor<'_>,
        report: &mut Report,
    ) -> Result<Option<Self>, AuditError> {
        while let Some(pass) = self.next_pass(auditor, report).await? {
            match pass.run(auditor, report).await? {
                End::Finished(shop_id) => {
                    report.shops_checked += 1;
                    self.done = Some(shop_id);
                }
                End::Stopped(pass) => return Ok(Some(Self { pass: Some(pass), ..self })),
            }
        }
        Ok(None)
    }

    /// Continues the current shop or begins the next. Returns `None` if all shops are finished.
    async fn next_pass(
        &mut self,
        auditor: &Auditor<'_>,
        report: &mut Report,
    ) -> Result<Option<Box<Pass>>, AuditError> {
        if let Some(pass) = self.pass.take() {
            return Ok(Some(pass));
        }
        let shop_id = match (&self.only, &self.done) {
            (Some(_), Some(_)) => None,
            (Some(only), None) => Some(only.clone()),
            (None, done) => auditor.store.next_shop_id(done.as_ref()).await?,
        };
        match shop_id {
            Some(shop_id) => Ok(Some(Box::new(Pass::begin(auditor, shop_id, report).await?))),
            None => Ok(None),
        }
    }
}
