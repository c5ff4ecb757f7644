//! The table `payments`: creating a payment and reading one.

use aws_sdk_dynamodb::{
    error::SdkError, operation::put_item::PutItemError, types::ReturnValuesOnConditionCheckFailure,
};

use super::{
    Store, StoreError,
    item::{Item, text},
};
use crate::domain::{
    id::{OrderId, OrderKey},
    payment::{Payment, PaymentRow},
};

pub(super) const TABLE: &str = "payments";
pub(super) const INDEX: &str = "shop_payments";
pub(super) const ORDER_KEY: &str = "order_key";

/// Why a payment was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The idempotency key already belongs to another order.
    #[error("the order key is taken by another order")]
    Conflict,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Puts `payment` if its order key is free. Otherwise returns the stored payment if it was
    /// created for the same order. So a repeat, the loser of a race and a retry that meets its own
    /// first write all get the right answer.
    pub async fn create_payment(&self, payment: Payment) -> Result<Payment, CreateError> {
        let key = payment.order_key.clone();
        let item: Item =
            serde_dynamo::to_item(&payment).map_err(|problem| StoreError::corrupt(TABLE, &key, problem))?;
        let output = self
            .client
            .put_item()
            .table_name(&self.tables.payments)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(order_key)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let stored = match output {
            Ok(_) => return Ok(payment),
            Err(error) => parse(taken_by(error)?, &key)?,
        };
        if stored.fingerprint == payment.fingerprint { Ok(stored) } else { Err(CreateError::Conflict) }
    }

    /// Reads the payment with `order_id`, strongly consistent. Returns `None` if the stored order
    /// id differs in any character.
    pub async fn payment(&self, order_id: &OrderId) -> Result<Option<Payment>, StoreError> {
        let payment = self.payment_under(&order_id.key()).await?;
        Ok(payment.filter(|payment| payment.order_id == *order_id))
    }

    /// Reads the payment with this order key, strongly consistent.
    pub async fn payment_under(&self, key: &OrderKey) -> Result<Option<Payment>, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.tables.payments)
            .set_key(Some(item_key(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("GetItem payments", error))?;
        output.item.map(|item| parse(item, key)).transpose()
    }
}

/// Returns the item that made the put's condition fail. Any other error stays an error.
fn taken_by(error: SdkError<PutItemError>) -> Result<Item, StoreError> {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failed)) => failed.item.clone().ok_or_else(|| {
            StoreError::Fault("PutItem payments: a failed condition without its item".to_owned())
        }),
        _ => Err(StoreError::from_sdk("PutItem payments", error)),
    }
}

/// The key of an item.
pub(super) fn item_key(key: &OrderKey) -> Item {
    Item::from([(ORDER_KEY.to_owned(), text(key))])
}

pub(super) fn parse(item: Item, key: &OrderKey) -> Result<Payment, StoreError> {
    serde_dynamo::from_item(item).map_err(|problem| StoreError::corrupt(TABLE, key, problem))
}

pub(super) fn parse_row(item: Item) -> Result<PaymentRow, StoreError> {
    let key = item.get(ORDER_KEY).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
    serde_dynamo::from_item(item).map_err(|problem| StoreError::corrupt(TABLE, key, problem))
}
