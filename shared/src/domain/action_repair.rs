//! Rules that make one whole of an action on a balance (a payout, its reversal, an adjustment) whose
//! items are of different moments. After a restore, its transaction may be half committed.
//!
//! The record and the event prove the action: what is lost of the two is made again from the other.
//! A payout that only says that it was reversed was not: no record and no event moves the money.

use super::{
    action_record::{ActionRecord, Arguments, RequestedBy},
    event::{ActionNote, Event, SETTLED_MS},
    event_type::EventType,
    id::ShopId,
    key::{Reference, TransactionKey},
    mode::Mode,
    money::{AdjustmentAmount, SignedTiyin, Tiyin},
    operator_action::OperatorAction,
    payout::{Payout, PayoutAmount},
    shop_action::ShopAction,
    text::Remark,
    time::UnixMillis,
};

/// Everything that is stored of one action on a balance.
#[derive(Clone, Debug)]
pub struct ActionBooks<'a> {
    pub shop_id: &'a ShopId,
    pub key: &'a TransactionKey,
    pub record: Option<&'a ShopAction>,
    pub event: Option<&'a Event>,
    /// The payout that it reverses, if it is a reversal.
    pub reversed: Option<&'a Payout>,
}

/// The items that must be written so that all items of an action agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRepair {
    /// The record, if it is lost. Its answer is empty: the store fills it in.
    pub record: Option<ShopAction>,
    pub event: Option<Event>,
    /// The payout as it must be, if it does not say what happened to it.
    pub reversed: Option<Payout>,
}

impl ActionBooks<'_> {
    /// Returns what must be written, or `None` if the items agree, if one of them is not settled at
    /// `now`, or if only a person can decide.
    pub fn repair(&self, now: UnixMillis) -> Option<ActionRepair> {
        if !self.is_settled(now) {
            return None;
        }
        let repair = match (self.record, self.event) {
            (None, None) => ActionRepair { record: None, event: None, reversed: self.not_reversed() },
            (Some(record), None) => {
                ActionRepair { record: None, event: Some(self.lost_event(record)?), reversed: None }
            }
            (None, Some(event)) => {
                ActionRepair { record: Some(self.lost_record(event)?), event: None, reversed: None }
            }
            (Some(_), Some(_)) => ActionRepair { record: None, event: None, reversed: None },
        };
        let repair =
            ActionRepair { reversed: repair.reversed.clone().or_else(|| self.reversed_now()), ..repair };
        let nothing = ActionRepair { record: None, event: None, reversed: None };
        (repair != nothing).then_some(repair)
    }

    /// Whether no transaction of any of these items can still be on its way.
    fn is_settled(&self, now: UnixMillis) -> bool {
        let times = [
            self.record.map(ShopAction::created_at),
            self.event.map(|event| event.occurred_at),
            self.reversed.map(|payout| payout.created_at),
            self.reversed.and_then(|payout| payout.reversed_at),
        ];
        times.into_iter().flatten().max().is_none_or(|latest| latest < now.plus_ms(-SETTLED_MS))
    }

    /// The payout without this reversal, which nothing proves.
    fn not_reversed(&self) -> Option<Payout> {
        let payout = self.reversed.filter(|payout| payout.reversed_by.as_ref() == Some(self.key))?;
        Some(Payout { reversed_by: None, reversed_at: None, ..payout.clone() })
    }

    /// The payout with this reversal, if it does not say so.
    fn reversed_now(&self) -> Option<Payout> {
        let record = self.record.map(|record| (record.event_type(), record.created_at()));
        let event = self.event.map(|event| (Some(event.event_type), event.occurred_at));
        let (event_type, at) = record.or(event)?;
        let payout = self.reversed.filter(|payout| payout.reversed_by.is_none())?;
        (event_type == Some(EventType::PayoutReversed)).then(|| payout.clone().reversed(self.key, at))
    }

    fn lost_event(&self, record: &ShopAction) -> Option<Event> {
        let arguments = &record.record().arguments;
        let amount = match record {
            ShopAction::Payout(payout) => Tiyin::ZERO.minus(payout.amount.money()),
            ShopAction::Other(_) => match arguments.get("amount") {
                Some(amount) => AdjustmentAmount::parse(amount).ok()?.money(),
                None => self.reversed?.amount.money().signed(),
            },
        };
        let reference = Reference::parse(self.key.reference()?).ok()?;
        let reason = arguments.get("reason").and_then(|reason| Remark::parse(reason).ok());
        let note = ActionNote { reference, reason };
        // A test shop has no such action.
        let (event_type, at) = (record.event_type()?, record.created_at());
        Some(Event::of_action(self.shop_id, Mode::Live, event_type, amount, note, at))
    }

    /// Makes the record again from its event. Its answer is empty, and who asked is lost.
    fn lost_record(&self, event: &Event) -> Option<ShopAction> {
        let record = |command: &str, arguments| {
            ActionRecord::new(command, arguments, String::new(), RequestedBy::default())
        };
        let reason = event.reason.as_ref().map(|reason| ("reason".to_owned(), reason.to_string()));
        let (command, first) = match event.event_type {
            EventType::PayoutRecorded => {
                let amount = PayoutAmount::new(positive(event.gross)?).ok()?;
                let record = record(Payout::COMMAND, Payout::arguments(amount));
                let payout =
                    Payout::new(self.shop_id, event.reference.clone()?, amount, record, event.occurred_at);
                return Some(ShopAction::Payout(Box::new(payout)));
            }
            EventType::PayoutReversed => {
                ("reverse_payout", ("payout_reference".to_owned(), self.reversed?.reference.to_string()))
            }
            EventType::AdjustmentRecorded => {
                ("adjust_balance", ("amount".to_owned(), event.gross.to_string()))
            }
            EventType::PaymentPaid | EventType::PaymentRefunded | EventType::PaymentCancelled => return None,
        };
        let arguments: Arguments = [Some(first), reason].into_iter().flatten().collect();
        let action = OperatorAction::on_shop(
            self.key.clone(),
            self.shop_id,
            record(command, arguments),
            event.occurred_at,
        );
        Some(ShopAction::Other(Box::new(action)))
    }
}

/// The size of money that left a balance.
fn positive(gross: SignedTiyin) -> Option<Tiyin> {
    Tiyin::new(gross.negated().get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_795_510_800_000;

    fn at(millis: i64) -> UnixMillis {
        UnixMillis::new(START + millis).unwrap()
    }

    fn shop_id() -> ShopId {
        ShopId::parse("201").unwrap()
    }

    fn key(reference: &str) -> TransactionKey {
        TransactionKey::operator(&shop_id(), &Reference::parse(reference).unwrap())
    }

    fn payout() -> Payout {
        let amount = PayoutAmount::parse("300").unwrap();
        let record = ActionRecord::new(
            Payout::COMMAND,
            Payout::arguments(amount),
            String::new(),
            RequestedBy::default(),
        );
        Payout::new(&shop_id(), Reference::parse("p").unwrap(), amount, record, at(0))
    }

    fn action(command: &str, arguments: &[(&str, &str)]) -> ShopAction {
        let arguments =
            arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let record = ActionRecord::new(command, arguments, String::new(), RequestedBy::default());
        ShopAction::Other(Box::new(OperatorAction::on_shop(key("r"), &shop_id(), record, at(1))))
    }

    fn reversal() -> ShopAction {
        action("reverse_payout", &[("payout_reference", "p"), ("reason", "Closed")])
    }

    fn repair(
        reference: &str,
        record: Option<&ShopAction>,
        event: Option<&Event>,
        reversed: Option<&Payout>,
    ) -> Option<ActionRepair> {
        let (key, shop_id) = (key(reference), shop_id());
        ActionBooks { shop_id: &shop_id, key: &key, record, event, reversed }.repair(at(SETTLED_MS + 100))
    }

    /// The event and the record are made of each other.
    #[test]
    fn a_record_and_its_event_are_made_of_each_other() {
        let payout = payout();
        let reversed = payout.clone().reversed(&key("r"), at(1));
        for (reference, record, reversed) in [
            ("p", ShopAction::Payout(Box::new(payout)), None),
            ("r", reversal(), Some(&reversed)),
            ("r", action("adjust_balance", &[("amount", "-5.00"), ("reason", "Fine")]), None),
        ] {
            let made = repair(reference, Some(&record), None, reversed).unwrap();
            assert_eq!((&made.record, &made.reversed), (&None, &None));
            let event = made.event.unwrap();
            let made = repair(reference, None, Some(&event), reversed).unwrap();
            assert_eq!((made.record.as_ref(), made.event), (Some(&record), None));
            assert_eq!(repair(reference, Some(&record), Some(&event), reversed), None);
        }
    }

    #[test]
    fn a_payout_says_what_its_reversal_says() {
        let payout = payout();
        let marked = payout.clone().reversed(&key("r"), at(1));
        let event = repair("r", Some(&reversal()), None, Some(&marked)).unwrap().event.unwrap();
        assert_eq!(event.net, payout.amount.money().signed());
        let whole = repair("r", Some(&reversal()), Some(&event), Some(&payout)).unwrap();
        assert_eq!(whole, ActionRepair { record: None, event: None, reversed: Some(marked.clone()) });
        // Nothing but the mark: the money did not come back.
        let whole = repair("r", None, None, Some(&marked)).unwrap();
        assert_eq!(whole, ActionRepair { record: None, event: None, reversed: Some(payout) });
    }

    #[test]
    fn a_lost_reversal_of_an_unknown_payout_is_for_a_person() {
        let marked = payout().reversed(&key("r"), at(1));
        let event = repair("r", Some(&reversal()), None, Some(&marked)).unwrap().event.unwrap();
        assert_eq!(repair("r", None, Some(&event), None), None);
    }

    #[test]
    fn only_what_is_older_than_half_a_minute_is_settled() {
        let (record, key, shop_id) = (ShopAction::Payout(Box::new(payout())), key("p"), shop_id());
        let books =
            ActionBooks { shop_id: &shop_id, key: &key, record: Some(&record), event: None, reversed: None };
        assert_eq!(books.repair(at(SETTLED_MS)), None);
        assert!(books.repair(at(SETTLED_MS + 1)).is_some());
    }
}
