//! Two places say what may be done with a payment: [`Payment::payability`], and the conditions that
//! the store makes of it. Both must agree for every payment.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use proptest::prelude::*;
use shared::{
    domain::{
        action_record::{ActionRecord, Arguments, RequestedBy},
        attempt::Attempt,
        channel::Channel,
        click,
        event::ActionNote,
        fee::FeeRate,
        id::{OrderId, OrderKey, PrepareId},
        key::Reference,
        mode::Mode,
        page::SortKey,
        payability::{Expiry, Opening, Payability},
        payme,
        payment::{Payment, StoredStatus},
        payment_action::{PaymentAction, Received},
        time::UnixMillis,
    },
    store::Store,
};
use suite::{store_proxy::on, world::World};
use uuid::Uuid;

/// A transition that needs a pending payment.
#[derive(Clone, Copy, Debug)]
enum Transition {
    Hold,
    TestButton,
    Cancel,
    Settle,
    CancelByOperator,
}

/// The part of a payment that decides.
#[derive(Clone, Copy, Debug)]
struct State {
    status: StoredStatus,
    expires_in_ms: i64,
    hold: Option<(Channel, i64)>,
}

fn state() -> impl Strategy<Value = State> {
    use StoredStatus::{Cancelled, Paid, Pending, Refunded};
    let status = prop_oneof![8 => Just(Pending), 1 => Just(Paid), 1 => Just(Cancelled), 1 => Just(Refunded)];
    let time = || prop_oneof![Just(-1), Just(0), Just(1), -1000..1000_i64];
    let holder = prop_oneof![Just(Channel::Payme), Just(Channel::Click)];
    let hold = proptest::option::weighted(0.7, (holder, time()));
    (status, time(), hold).prop_map(|(status, expires_in_ms, hold)| State { status, expires_in_ms, hold })
}

fn transition() -> impl Strategy<Value = Transition> {
    use Transition::{Cancel, CancelByOperator, Hold, Settle, TestButton};
    prop_oneof![Just(Hold), Just(TestButton), Just(Cancel), Just(Settle), Just(CancelByOperator)]
}

impl Transition {
    /// What this may take of a payment like that.
    fn opening(self, payability: Payability) -> Option<Opening> {
        match self {
            Self::Hold | Self::TestButton => payability.to_pay().ok(),
            Self::Cancel | Self::CancelByOperator => payability.to_cancel().ok(),
            Self::Settle => payability.to_settle().ok(),
        }
    }

    /// Runs it. Only its first write matters, not its result.
    async fn run(self, store: &Store, payment: &Payment, now: UnixMillis) {
        let operator = |act| async move {
            let note = ActionNote {
                reference: Reference::parse(&Uuid::new_v4().to_string()).unwrap(),
                reason: None,
            };
            let record = |_: &Payment, _| {
                Ok(ActionRecord::new("test", Arguments::new(), "{}".to_owned(), RequestedBy::default()))
            };
            let _ = store.apply_to_payment(payment, act, &note, record).await;
        };
        match self {
            Self::Hold => {
                let (id, prepare_id) = (i64::from(rand_u32()), PrepareId::random().unwrap());
                let attempt = click::attempt(id, prepare_id, payment, FeeRate::default(), 60_000, now);
                let _ = store.hold(attempt, payment.clone()).await;
            }
            Self::TestButton => {
                let _ = store.pay_by_test_button(payment.clone(), FeeRate::default(), now).await;
            }
            Self::Cancel => {
                let _ = store.cancel_payment(payment.clone()).await;
            }
            Self::Settle => operator(PaymentAction::Settle { received: Some(Received::Outside) }).await,
            Self::CancelByOperator => operator(PaymentAction::Cancel).await,
        }
    }
}

fn rand_u32() -> u32 {
    Uuid::new_v4().as_fields().0
}

/// Puts a payment in this state, and the attempt that holds it, into the tables.
async fn put(world: &World, payment: &Payment, state: State, now: UnixMillis) -> Payment {
    let hold = state.hold.filter(|_| state.status == StoredStatus::Pending);
    let attempt = hold.map(|(provider, hold_ms)| {
        let rate = FeeRate::default();
        let attempt = match provider {
            Channel::Click => click::attempt(1, PrepareId::random().unwrap(), payment, rate, 0, now),
            _ => payme::attempt(Mode::Live, &Reference::parse("1").unwrap(), now, payment, rate, now),
        };
        Attempt { hold_until: Some(now.plus_ms(hold_ms)), ..attempt }
    });
    let payment = Payment {
        status: state.status,
        expires_at: now.plus_ms(state.expires_in_ms),
        held_by: attempt.as_ref().map(|attempt| attempt.transaction_key.clone()),
        hold_until: attempt.as_ref().and_then(|attempt| attempt.hold_until),
        ..payment.clone()
    };
    put_item(world, "payments", serde_dynamo::to_item(&payment).unwrap()).await;
    if let Some(attempt) = &attempt {
        put_item(world, "transactions", serde_dynamo::to_item(attempt).unwrap()).await;
    }
    payment
}

async fn put_item(world: &World, table: &str, item: HashMap<String, AttributeValue>) {
    world.tables.put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
}

/// Whether the write that `transition` decided on while the payment was in state `read` is applied
/// to it in state `stored`. `None` if the state that was read allows no write.
async fn is_applied(
    world: &World,
    template: &Payment,
    transition: Transition,
    read: State,
    stored: State,
) -> (Payment, Option<bool>, Payment) {
    let now = world.stack.service.clock.now();
    let order_key = OrderKey::random();
    let order_id = OrderId::new(now, &order_key);
    let fresh = Payment { order_id, sort_key: SortKey::new(now, &order_key), order_key, ..template.clone() };
    let before = put(world, &fresh, read, now).await;
    world.proxy.take_calls();
    // A gate that the last case did not reach would let this one through.
    world.proxy.heal();
    let gate = world.proxy.gate(on("TransactWriteItems").times(1));
    let mut act = Box::pin(transition.run(&world.stack.service.store, &before, now));
    let after = tokio::select! {
        () = &mut act => None,
        () = gate.reached() => Some(put(world, &fresh, stored, now).await),
    };
    gate.open();
    let Some(after) = after else { return (before.clone(), None, before.clone()) };
    act.await;
    let calls = world.proxy.take_calls();
    let first = calls.iter().find(|call| call.action == "TransactWriteItems").unwrap();
    (before.clone(), Some(first.status == Some(200)), after)
}

#[test]
fn a_write_is_applied_exactly_when_the_payment_is_as_it_was_read() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (world, template) = runtime.block_on(async {
        let world = World::start().await;
        let order_id = OrderId::parse(&world.create("amount=1000").await).unwrap();
        let template = world.store_past_the_proxy().payment(&order_id).await.unwrap().unwrap();
        // A change is later than the creation.
        world.clock.advance_ms(10);
        (world, template)
    });
    proptest!(ProptestConfig::with_cases(300), |(transition in transition(), read in state(), changed in state(), same in any::<bool>())| {
        let stored = if same { read } else { changed };
        let now = world.stack.service.clock.now();
        let (before, applied, after) = runtime.block_on(is_applied(&world, &template, transition, read, stored));
        let read = transition.opening(before.payability(now));
        let expected = read.map(|read| transition.opening(after.payability(now)).is_some_and(|stored| {
            let in_time = read.expiry == Expiry::Ignored || stored.expiry == Expiry::Enforced;
            stored.stale_hold == read.stale_hold && in_time
        }));
        prop_assert_eq!(applied, expected);
    });
}
