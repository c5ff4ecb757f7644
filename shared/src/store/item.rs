//! Items of DynamoDB, and values for their expressions.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// An item: values by attribute name.
pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn text(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

pub(super) fn number(number: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}
