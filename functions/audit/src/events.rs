//! Checks the events of one payment against the payment, the attempt that paid it and the records of
//! operators.
//!
//! Each time and each fee stands in several items. The event has the time in its key, so the time at
//! which an event stands is the right one. Of three fees, two that agree are right.

use shared::{
    domain::{
        attempt::Attempt,
        event::{Event, EventKey, PaidPayment, PaymentFacts},
        event_type::EventType,
        id::OrderKey,
        key::TransactionKey,
        money::{PaymentAmount, Tiyin},
        operator_action::OperatorAction,
        payment::{Payment, StoredStatus},
        time::UnixMillis,
    },
    store::{HistoryEntry, PaymentHistory, Stored},
};

use super::difference::{Difference, Table, or_none};

/// The right values of a payment, even if other values are stored.
pub struct Trusted {
    pub status: StoredStatus,
    pub amount: PaymentAmount,
    /// The attempt that holds or paid it.
    pub holder: Option<TransactionKey>,
}

/// A payment whose status and holder are known, with everything that is stored of it.
pub struct EventJudge<'a> {
    pub history: &'a PaymentHistory,
    pub payment: &'a Payment,
    pub trusted: &'a Trusted,
    /// The attempt that paid it.
    pub paid_by: Option<&'a Attempt>,
}

/// A time that an item names for a change.
struct Named<'a> {
    table: Table,
    key: &'a str,
    what: &'static str,
    at: UnixMillis,
}

impl EventJudge<'_> {
    /// Returns what is wrong with the times, the fee and the events.
    pub fn judge(&self) -> Vec<Difference> {
        let mut differences = Vec::new();
        match self.trusted.status {
            StoredStatus::Pending => {}
            StoredStatus::Cancelled => {
                let event = self.find(EventType::PaymentCancelled, &mut differences);
                if let Some((at, event)) = event {
                    let facts = PaymentFacts { amount: self.trusted.amount, ..self.payment.into() };
                    compare(&Event::cancelled(facts, at), event, &mut differences);
                }
            }
            StoredStatus::Paid | StoredStatus::Refunded => self.judge_paid(&mut differences),
        }
        differences.extend(self.lost_records());
        differences
    }

    /// The records of operators' actions that an event names and that do not exist.
    fn lost_records(&self) -> impl Iterator<Item = Difference> {
        let events = self.history.events.iter().filter_map(|(_, event)| match event {
            Stored::Found(event) => Some(event),
            Stored::Missing | Stored::Unreadable(_) => None,
        });
        events.filter_map(|event| {
            let key = TransactionKey::operator(&event.shop_id, event.reference.as_ref()?);
            let is_known = self.history.records.iter().any(|(known, _)| known == key.as_str());
            (!is_known).then(|| Difference::missing(Table::Transactions, &key))
        })
    }

    fn judge_paid(&self, differences: &mut Vec<Difference>) {
        let paid = self.find(EventType::PaymentPaid, differences);
        let refunded = (self.trusted.status == StoredStatus::Refunded)
            .then(|| self.find(EventType::PaymentRefunded, differences))
            .flatten();
        let fee = self.judge_fee(paid.map(|(_, event)| event), differences);
        let Some(attempt) = self.paid_by else { return };
        let payment = PaidPayment {
            facts: PaymentFacts { amount: self.trusted.amount, ..self.payment.into() },
            paid_by: &attempt.transaction_key,
            channel: attempt.channel,
            fee,
        };
        if let Some((at, event)) = paid {
            compare(&Event::paid(payment, at), event, differences);
        }
        if let (Some((at, event)), Some(returned_by)) = (refunded, self.payment.returned_by) {
            compare(&Event::refunded(payment, returned_by, at), event, differences);
        }
    }

    /// Finds the event of a change, and the items that name another time for it.
    fn find(&self, event_type: EventType, differences: &mut Vec<Difference>) -> Option<(UnixMillis, &Event)> {
        let named = self.named(event_type);
        let order_key = &self.payment.order_key;
        let stored = |at: UnixMillis| {
            let key = EventKey::of_payment(at, event_type, order_key);
            self.history.events.iter().find(|(stored, _)| *stored == key).map(|(_, event)| event)
        };
        let stands = |at: UnixMillis| matches!(stored(at), Some(Stored::Found(_) | Stored::Unreadable(_)));
        let right = named.iter().find(|named| stands(named.at)).or(named.last())?.at;
        let wrong = named.iter().filter(|named| named.at != right);
        differences.extend(
            wrong.map(|named| {
                Difference::new(named.table, named.key, named.what, right.get(), named.at.get())
            }),
        );
        match stored(right) {
            Some(Stored::Found(event)) => Some((right, event)),
            Some(Stored::Unreadable(problem)) => {
                let key = self.display_key(right, event_type, order_key);
                differences.push(Difference::unreadable(Table::Events, key, problem));
                None
            }
            Some(Stored::Missing) | None => {
                let key = self.display_key(right, event_type, order_key);
                differences.push(Difference::missing(Table::Events, key));
                None
            }
        }
    }

    fn display_key(&self, at: UnixMillis, event_type: EventType, order_key: &OrderKey) -> String {
        format!("{}/{}", self.payment.shop_id, EventKey::of_payment(at, event_type, order_key))
    }

    /// The times that the payment, its attempt and the operator's record name. The last one is the
    /// most certain.
    fn named(&self, event_type: EventType) -> Vec<Named<'_>> {
        let payment = self.payment;
        let (at, what, command, attempt) = match event_type {
            EventType::PaymentPaid => {
                (payment.paid_at, "paid_at", "settle_payment", self.paid_by.and_then(|one| one.performed_at))
            }
            EventType::PaymentRefunded => (
                payment.refunded_at,
                "refunded_at",
                "refund_payment",
                self.paid_by.and_then(|one| one.cancelled_at),
            ),
            _ => (payment.cancelled_at, "cancelled_at", "cancel_payment", None),
        };
        let attempt_what = if event_type == EventType::PaymentPaid { "performed_at" } else { "cancelled_at" };
        let by_payment =
            at.map(|at| Named { table: Table::Payments, key: payment.order_key.as_str(), what, at });
        let by_attempt = self.paid_by.zip(attempt).map(|(one, at)| Named {
            table: Table::Transactions,
            key: one.transaction_key.as_str(),
            what: attempt_what,
            at,
        });
        let by_record = self.action(command).map(|action| Named {
            table: Table::Transactions,
            key: action.transaction_key.as_str(),
            what: "created_at",
            at: action.created_at,
        });
        [by_payment, by_attempt, by_record].into_iter().flatten().collect()
    }

    fn action(&self, command: &str) -> Option<&OperatorAction> {
        self.history.records.iter().find_map(|(_, record)| match record {
            Stored::Found(HistoryEntry::Action(action)) if action.record.command == command => {
                Some(action.as_ref())
            }
            _ => None,
        })
    }

    /// Finds the right fee, and the items that have another one.
    fn judge_fee(&self, event: Option<&Event>, differences: &mut Vec<Difference>) -> Tiyin {
        let (payment, amount) = (self.payment, self.trusted.amount.money());
        let by_attempt = self.paid_by.map(|attempt| attempt.fee);
        let by_event = event.and_then(|event| Tiyin::new(event.fee.get()).ok());
        // The attempt fixes the fee, and the payment only repeats it.
        let right = if by_event.is_some() && by_event == payment.fee { by_event } else { by_attempt };
        let right = right.or(payment.fee).unwrap_or_default();
        let mut differ = |table, key: &str, what, expected: String, found: String| {
            if expected != found {
                differences.push(Difference::new(table, key, what, expected, found));
            }
        };
        let key = payment.order_key.as_str();
        differ(Table::Payments, key, "fee", right.to_string(), or_none(payment.fee.as_ref()));
        differ(Table::Payments, key, "net", amount.minus(right).to_string(), or_none(payment.net.as_ref()));
        if let Some(attempt) = self.paid_by {
            let key = attempt.transaction_key.as_str();
            differ(Table::Transactions, key, "fee", right.to_string(), attempt.fee.to_string());
        }
        right
    }
}

/// Compares an event with what its payment implies.
fn compare(expected: &Event, found: &Event, differences: &mut Vec<Difference>) {
    let columns = |event: &Event| {
        [
            ("type", event.event_type.into_str().to_owned()),
            ("occurred_at", event.occurred_at.get().to_string()),
            ("shop_id", event.shop_id.to_string()),
            ("mode", event.mode.into_str().to_owned()),
            ("gross", event.gross.to_string()),
            ("fee", event.fee.to_string()),
            ("net", event.net.to_string()),
            ("order_id", or_none(event.order_id.as_ref())),
            ("payment_id", or_none(event.payment_id.as_ref())),
            ("payment_created_at", or_none(event.payment_created_at.map(UnixMillis::get).as_ref())),
            ("merchant_order_id", or_none(event.merchant_order_id.as_ref())),
            ("description", or_none(event.description.as_ref())),
            ("provider", or_none(event.channel.map(|channel| channel.into_str()).as_ref())),
            ("provider_transaction", or_none(event.provider_transaction.as_ref())),
            ("returned_by", or_none(event.returned_by.map(|by| by.into_str()).as_ref())),
        ]
    };
    let key = event_display_key(expected);
    let both = columns(expected).into_iter().zip(columns(found));
    differences.extend(
        both.filter(|(expected, found)| expected != found).map(|((what, expected), (_, found))| {
            Difference::new(Table::Events, &key, what, expected, found)
        }),
    );
}

/// The key of an event, as differences write it.
pub fn event_display_key(event: &Event) -> String {
    format!("{}/{}", event.shop_id, event.event_key)
}
