//! Checks a payment against its transactions and events, and finds the item that is wrong.
//!
//! Every fact is stored more than once. A status is also in the times, and in the transaction that
//! holds the payment. An amount is also in the fingerprint and in the transactions. So if one item
//! was edited by hand, the others show it. Only that item is reported.

use shared::{
    domain::{
        action_record::ActionRecord,
        attempt::PaymeState,
        key::TransactionKey,
        mode::Mode,
        money::PaymentAmount,
        page::SortKey,
        payment::{Payment, ReturnedBy, ShopOrder, StoredStatus},
    },
    store::{HistoryEntry, PaymentHistory, Stored},
};

use super::{
    attempt::{JudgedAttempt, judge_record},
    difference::{Difference, Table, or_none},
    events::{EventJudge, Trusted},
};

/// Whether the money of a payment came, and whether it went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Money {
    Paid,
    Refunded,
}

/// Checks a payment of a shop with this mode, its transactions and its events. Returns what is
/// wrong.
pub fn judge(history: &PaymentHistory, mode: Mode) -> Vec<Difference> {
    let mut differences = Vec::new();
    let payment = match &history.payment {
        Stored::Found(payment) => Some(payment),
        Stored::Missing => {
            differences.push(Difference::missing(Table::Payments, &history.order_key));
            None
        }
        Stored::Unreadable(problem) => {
            differences.push(Difference::unreadable(Table::Payments, &history.order_key, problem));
            None
        }
    };
    let attempts = read_attempts(history, payment, &mut differences);
    let Some(payment) = payment else { return differences };
    if let Some(trusted) = judge_payment(payment, &attempts, mode, &mut differences) {
        let paid_by = attempts.iter().find(|one| trusted.holder.as_ref() == Some(&one.item.transaction_key));
        let events = EventJudge { history, payment, trusted: &trusted, paid_by: paid_by.map(|one| one.item) };
        differences.extend(events.judge());
    }
    differences
}

/// The attempts of a payment, and what the records of operators say of it.
struct Attempts<'a> {
    list: Vec<JudgedAttempt<'a>>,
    /// The key and the record of the operator's refund.
    refund: Option<(&'a str, &'a ActionRecord)>,
    /// The status that the record of an operator's settlement or cancellation gave it.
    recorded: Option<StoredStatus>,
}

impl<'a> Attempts<'a> {
    fn iter(&self) -> impl Iterator<Item = &JudgedAttempt<'a>> {
        self.list.iter()
    }

    /// Whether an operator's record says that the money was returned outside the provider. The
    /// attempt then stays performed.
    fn returned_by_us(&self) -> bool {
        self.refund.is_some_and(|(_, action)| !is_return_by_provider(action))
    }

    /// The state of the attempt that holds a payment with this status.
    fn state_of(&self, status: StoredStatus) -> PaymeState {
        match status {
            StoredStatus::Pending => PaymeState::Created,
            StoredStatus::Refunded if !self.returned_by_us() => PaymeState::Refunded,
            StoredStatus::Paid | StoredStatus::Refunded => PaymeState::Performed,
            StoredStatus::Cancelled => PaymeState::Cancelled,
        }
    }

    /// The money according to the attempts alone.
    fn money(&self) -> Option<Money> {
        let moved = self
            .iter()
            .find(|attempt| matches!(attempt.state, PaymeState::Performed | PaymeState::Refunded))?;
        let refunded = moved.state == PaymeState::Refunded || self.returned_by_us();
        Some(if refunded { Money::Refunded } else { Money::Paid })
    }
}

/// Whether this record of a refund says that the provider returned the money.
fn is_return_by_provider(refund: &ActionRecord) -> bool {
    refund.arguments.get("returned_by").is_some_and(|by| by == ReturnedBy::Provider.into_str())
}

/// Checks each readable attempt by itself.
fn read_attempts<'a>(
    history: &'a PaymentHistory,
    payment: Option<&Payment>,
    differences: &mut Vec<Difference>,
) -> Attempts<'a> {
    let refund = history.records.iter().find_map(|(key, record)| match record {
        Stored::Found(HistoryEntry::Action(action)) if action.record.command == "refund_payment" => {
            Some((key.as_str(), &action.record))
        }
        _ => None,
    });
    let recorded = history.records.iter().find_map(|(_, record)| match record {
        Stored::Found(HistoryEntry::Action(action)) => match action.record.command.as_str() {
            "settle_payment" => Some(StoredStatus::Paid),
            "cancel_payment" => Some(StoredStatus::Cancelled),
            _ => None,
        },
        _ => None,
    });
    let mut attempts = Attempts { list: Vec::with_capacity(history.records.len()), refund, recorded };
    for (key, record) in &history.records {
        match record {
            Stored::Found(HistoryEntry::Attempt(item)) => {
                let holds = |payment: &Payment| payment.held_by.as_ref() == Some(&item.transaction_key);
                let expected = payment.map(|payment| {
                    if holds(payment) { attempts.state_of(payment.status) } else { PaymeState::Cancelled }
                });
                let attempt = JudgedAttempt::read(item, expected, differences);
                attempts.list.push(attempt);
            }
            Stored::Found(HistoryEntry::Action(action)) => {
                differences.extend(judge_record(key, &action.record));
            }
            Stored::Missing => differences.push(Difference::missing(Table::Transactions, key)),
            Stored::Unreadable(problem) => {
                differences.push(Difference::unreadable(Table::Transactions, key, problem));
            }
        }
    }
    attempts
}

/// Checks a payment and what its attempts say of it. Returns `None` if the payment and its attempts
/// do not tell its real status.
fn judge_payment(
    payment: &Payment,
    attempts: &Attempts<'_>,
    mode: Mode,
    differences: &mut Vec<Difference>,
) -> Option<Trusted> {
    let key = &payment.order_key;
    let mut differ = |what, expected: String, found: String| {
        if expected != found {
            differences.push(Difference::new(Table::Payments, key, what, expected, found));
        }
    };
    differ("order_id", key.to_string(), payment.order_id.key().to_string());
    differ(
        "sort_key",
        SortKey::new(payment.created_at, key).as_str().to_owned(),
        payment.sort_key.as_str().to_owned(),
    );
    differ(
        "shop_order",
        or_none(payment.computed_shop_order().as_ref().map(ShopOrder::as_str).as_ref()),
        or_none(payment.shop_order.as_ref().map(ShopOrder::as_str).as_ref()),
    );
    differ("mode", mode.into_str().to_owned(), payment.mode.into_str().to_owned());
    let amount = judge_amount(payment, attempts, &mut differ);
    let status = judge_status(payment, attempts, &mut differ);
    // An operator was told that the payment has ended.
    if let Some(recorded) = attempts.recorded.filter(|_| status == StoredStatus::Pending) {
        differ("status", recorded.into_str().to_owned(), status.into_str().to_owned());
    }
    let returned_by = (status == StoredStatus::Refunded).then_some(if attempts.returned_by_us() {
        ReturnedBy::Us
    } else {
        ReturnedBy::Provider
    });
    let name = |by: Option<ReturnedBy>| or_none(by.map(|by| by.into_str()).as_ref());
    differ("returned_by", name(returned_by), name(payment.returned_by));
    // Without a record that can be read, the record itself is the difference.
    if let Some((refund, _)) = attempts.refund {
        differ("refunded_by", refund.to_owned(), or_none(payment.refunded_by.as_ref()));
    }
    let holder = judge_holder(payment, status, attempts, &mut differ);
    for attempt in attempts.iter() {
        attempt.compare(payment, amount, mode, differences);
    }
    let holder = holder?;
    for attempt in attempts.iter() {
        let expected = if holder.as_ref() == Some(&attempt.item.transaction_key) {
            attempts.state_of(status)
        } else {
            PaymeState::Cancelled
        };
        if attempt.state != expected {
            let key = &attempt.item.transaction_key;
            differences.push(Difference::new(
                Table::Transactions,
                key,
                "state",
                i8::from(expected),
                i8::from(attempt.state),
            ));
        }
    }
    Some(Trusted { status, amount, holder })
}

/// Finds the right amount. The fingerprint covers it. If they do not fit, an attempt whose amount
/// fits the fingerprint gives the right one.
fn judge_amount(
    payment: &Payment,
    attempts: &Attempts<'_>,
    differ: &mut impl FnMut(&'static str, String, String),
) -> PaymentAmount {
    let computed = payment.computed_fingerprint();
    if computed == payment.fingerprint {
        return payment.amount;
    }
    let fitting = attempts
        .iter()
        .map(|attempt| attempt.item.amount)
        .find(|amount| payment.fingerprint_with(*amount) == payment.fingerprint);
    match fitting {
        Some(amount) => {
            differ("amount", amount.money().to_string(), payment.amount.money().to_string());
            amount
        }
        None => {
            differ("fingerprint", computed.as_str().to_owned(), payment.fingerprint.as_str().to_owned());
            payment.amount
        }
    }
}

/// Finds the right status. If the stored status and the times disagree, the attempts decide.
fn judge_status(
    payment: &Payment,
    attempts: &Attempts<'_>,
    differ: &mut impl FnMut(&'static str, String, String),
) -> StoredStatus {
    let timed = match (payment.refunded_at, payment.paid_at, payment.cancelled_at) {
        (Some(_), _, _) => StoredStatus::Refunded,
        (_, Some(_), _) => StoredStatus::Paid,
        (_, _, Some(_)) => StoredStatus::Cancelled,
        (None, None, None) => StoredStatus::Pending,
    };
    let written = payment.status;
    let by_attempts = match attempts.money() {
        Some(Money::Refunded) => Some(StoredStatus::Refunded),
        Some(Money::Paid) => Some(StoredStatus::Paid),
        None => None,
    };
    if written == timed {
        written
    } else if by_attempts == Some(written) {
        differ(
            "paid_at, refunded_at and cancelled_at",
            written.into_str().to_owned(),
            timed.into_str().to_owned(),
        );
        written
    } else {
        differ("status", timed.into_str().to_owned(), written.into_str().to_owned());
        timed
    }
}

/// Finds the attempt that holds or paid the payment. `Some(None)` means that there is none. `None`
/// means that it cannot be found although there must be one.
fn judge_holder(
    payment: &Payment,
    status: StoredStatus,
    attempts: &Attempts<'_>,
    differ: &mut impl FnMut(&'static str, String, String),
) -> Option<Option<TransactionKey>> {
    let mut fitting = attempts
        .iter()
        .filter(|attempt| attempt.state == attempts.state_of(status) && status != StoredStatus::Cancelled);
    let only = fitting.next().filter(|_| fitting.next().is_none());
    let written = payment.held_by.as_ref();
    let right = match (only, status) {
        (Some(attempt), _) => Some(&attempt.item.transaction_key),
        (None, StoredStatus::Cancelled) => None,
        (None, _) => written,
    };
    differ("held_by", or_none(right), or_none(written));
    if right.is_none() && matches!(status, StoredStatus::Paid | StoredStatus::Refunded) {
        differ("held_by", "a transaction".to_owned(), "none".to_owned());
        return None;
    }
    let holder = attempts.iter().find(|attempt| right == Some(&attempt.item.transaction_key));
    let (hold_until, provider) = match status {
        StoredStatus::Pending => (holder.and_then(|holder| holder.item.hold_until), None),
        StoredStatus::Cancelled => (None, None),
        StoredStatus::Paid | StoredStatus::Refunded => {
            (None, holder.map(|holder| holder.item.channel.into_str()))
        }
    };
    // An unreadable holder gives no value to compare with.
    if holder.is_some() || right.is_none() {
        let millis =
            |time: Option<shared::domain::time::UnixMillis>| or_none(time.map(|time| time.get()).as_ref());
        differ("hold_until", millis(hold_until), millis(payment.hold_until));
        differ(
            "provider",
            or_none(provider.as_ref()),
            or_none(payment.channel.map(|provider| provider.into_str()).as_ref()),
        );
    }
    Some(right.cloned())
}
