//! Operators' actions on a balance: payouts, their reversals and adjustments.
//!
//! Like an action on a payment, each is decided on a snapshot of everything that it depends on, its
//! own record included. The recorded answer tells the new balance, so the write requires that the
//! balance is still as it was read.

use aws_sdk_dynamodb::types::Update;

use crate::{
    domain::{
        action_record::ActionRecord,
        balance_action::{BalanceAction, BalanceChange},
        event::{ActionNote, Event},
        id::ShopId,
        key::TransactionKey,
        mode::Mode,
        operator_action::OperatorAction,
        payout::Payout,
        shop::Balance,
        time::UnixMillis,
    },
    store::{
        Store, StoreError,
        item::{number, text},
        payouts::is_another_action,
        settle::operator::ActionOutcome,
        shops,
        transact::{Change, Subject, Write, WriteOutcome},
        transactions,
        tries::Tries,
    },
};

/// Everything that an action on a balance depends on, at one moment.
struct Snapshot {
    record: Option<OperatorAction>,
    balance: Balance,
    /// The payout to reverse, if the action names one.
    payout: Option<Payout>,
}

/// A change that is to be written, with what records it.
struct Booking<'a> {
    shop_id: &'a ShopId,
    key: &'a TransactionKey,
    action: &'a BalanceAction,
    note: &'a ActionNote,
    change: &'a BalanceChange,
    record: ActionRecord,
    now: UnixMillis,
}

impl Store {
    /// Applies `action` to the balance of the live shop `shop_id`, once for each reference in
    /// `note`. `record` makes the record and its answer from the change and its time.
    pub async fn apply_to_balance(
        &self,
        shop_id: &ShopId,
        action: &BalanceAction,
        note: &ActionNote,
        record: impl Fn(&BalanceChange, UnixMillis) -> Result<ActionRecord, StoreError>,
    ) -> Result<ActionOutcome, StoreError> {
        let key = &TransactionKey::operator(shop_id, &note.reference);
        let mut tries = Tries::start();
        loop {
            let Snapshot { record: stored, balance, payout } =
                self.balance_snapshot(shop_id, action, key).await?;
            if let Some(stored) = stored {
                return Ok(ActionOutcome::Recorded(stored.record));
            }
            if payout.as_ref().is_some_and(|payout| payout.reversed_by.as_ref() == Some(key)) {
                tries.wait(&format!("transaction {key} reversed a payout and is not there")).await?;
                continue;
            }
            let change = &match action.plan(&balance, payout) {
                Ok(change) => change,
                Err(refusal) => return Ok(ActionOutcome::Refused(refusal)),
            };
            let now = change.time(self.clock.now());
            let record = record(change, now)?;
            let booking = Booking { shop_id, key, action, note, change, record: record.clone(), now };
            let outcome = self.transact(&self.booking_writes(&booking)?, now).await?;
            if let WriteOutcome::Applied = outcome {
                return Ok(ActionOutcome::Recorded(record));
            }
            tries.again(&outcome).await?;
        }
    }

    async fn balance_snapshot(
        &self,
        shop_id: &ShopId,
        action: &BalanceAction,
        key: &TransactionKey,
    ) -> Result<Snapshot, StoreError> {
        let payout = match action {
            BalanceAction::ReversePayout(reference) => Some(TransactionKey::operator(shop_id, reference)),
            BalanceAction::Payout(_) | BalanceAction::Adjust { .. } => None,
        };
        // DynamoDB reads no item twice in one transaction. The action itself is no payout.
        let payout = payout.filter(|payout| payout != key);
        let record = |key| (self.tables.transactions.as_str(), transactions::item_key(key));
        let mut keys = vec![
            record(key),
            (self.tables.shops.as_str(), shops::item_key(shop_id.as_str(), shops::BALANCE)),
        ];
        keys.extend(payout.as_ref().map(record));
        let mut items = self.read_together(keys).await?.into_iter();
        let mut next = || items.next().flatten();
        let (record, balance, reversed) = (next(), next(), next().filter(|item| !is_another_action(item)));
        let balance =
            balance.ok_or_else(|| StoreError::Fault(format!("the balance of shop {shop_id} is gone")))?;
        let payout = payout.zip(reversed).map(|(key, item)| transactions::parse(item, key));
        Ok(Snapshot {
            record: record.map(|item| transactions::parse(item, key)).transpose()?,
            balance: shops::parse(balance, shop_id)?,
            payout: payout.transpose()?,
        })
    }

    fn booking_writes(&self, booking: &Booking<'_>) -> Result<Vec<Write>, StoreError> {
        let Booking { shop_id, key, action, note, change, record, now } = booking;
        let event =
            Event::of_action(shop_id, Mode::Live, change.event_type, change.amount, (*note).clone(), *now);
        let mut writes = vec![
            self.put_booking(booking, record.clone())?,
            self.change_totals(shop_id, action, change)?,
            self.put_event(&event)?,
        ];
        if let Some(payout) = &change.reversed {
            writes.push(self.reverse_payout(&payout.transaction_key, key, *now)?);
        }
        Ok(writes)
    }

    fn put_booking(&self, booking: &Booking<'_>, record: ActionRecord) -> Result<Write, StoreError> {
        let Booking { shop_id, key, action, note, now, .. } = booking;
        if let BalanceAction::Payout(amount) = action {
            self.put_payout(&Payout::new(shop_id, note.reference.clone(), *amount, record, *now))
        } else {
            self.put_record(&OperatorAction::on_shop((*key).clone(), shop_id, record, *now))
        }
    }

    fn change_totals(
        &self,
        shop_id: &ShopId,
        action: &BalanceAction,
        change: &BalanceChange,
    ) -> Result<Write, StoreError> {
        let (update, total) = match action {
            BalanceAction::Payout(_) | BalanceAction::ReversePayout(_) => {
                ("ADD balance :amount, paid_out_total :total", change.amount.negated())
            }
            BalanceAction::Adjust { .. } => ("ADD balance :amount, adjusted_total :total", change.amount),
        };
        let values = vec![
            (":read", number(change.before)),
            (":amount", number(change.amount)),
            (":total", number(total)),
        ];
        self.change_balance(shop_id, Change { condition: "balance = :read", update, values })
    }

    fn reverse_payout(
        &self,
        payout: &TransactionKey,
        reversal: &TransactionKey,
        now: UnixMillis,
    ) -> Result<Write, StoreError> {
        let change = Change {
            condition: "attribute_exists(transaction_key) AND attribute_not_exists(reversed_by)",
            update: "SET reversed_by = :reversal, reversed_at = :now",
            values: vec![(":reversal", text(reversal)), (":now", number(now))],
        };
        let update =
            Update::builder().table_name(&self.tables.transactions).key(transactions::KEY, text(payout));
        Write::update(Subject::Payout, update, change)
    }
}
