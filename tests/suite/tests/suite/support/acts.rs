//! Everything that settles, ready to be done: what the providers, the payer, the merchant and the
//! operator may ask for.

use http::Method;
use runners::{click::Fields, client::Reply, payme::new_id};
use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::world::{LIVE, World};
use uuid::Uuid;

use crate::support::{
    operator::{self, done, new_shop},
    providers::{
        AMOUNT, HOUR_MS, TIYIN, click, held_by_click, held_by_payme, live_order, now, payme, test_order,
    },
};

/// Something that settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Begin,
    TakeOver,
    Perform,
    CancelHold,
    Refund,
    Prepare,
    Complete,
    CompleteCancelled,
    TestButton,
    MerchantCancel,
    OperatorSettle,
    OperatorRefund,
    OperatorCancel,
    Payout,
    ReversePayout,
    Adjust,
    CreateShop,
    RenameShop,
    RotateKey,
    DisableShop,
    EnableShop,
    SetFee,
    SetContact,
}

/// The acts of everybody except operators.
pub const BY_OTHERS: [Act; 10] = [
    Act::Begin,
    Act::TakeOver,
    Act::Perform,
    Act::CancelHold,
    Act::Refund,
    Act::Prepare,
    Act::Complete,
    Act::CompleteCancelled,
    Act::TestButton,
    Act::MerchantCancel,
];

pub const BY_OPERATORS: [Act; 13] = [
    Act::OperatorSettle,
    Act::OperatorRefund,
    Act::OperatorCancel,
    Act::Payout,
    Act::ReversePayout,
    Act::Adjust,
    Act::CreateShop,
    Act::RenameShop,
    Act::RotateKey,
    Act::DisableShop,
    Act::EnableShop,
    Act::SetFee,
    Act::SetContact,
];

impl Act {
    /// What it adds to the balance of its shop, in tiyin.
    pub fn moves(self) -> i64 {
        match self {
            Self::Perform
            | Self::Complete
            | Self::TestButton
            | Self::OperatorSettle
            | Self::ReversePayout => TIYIN,
            Self::Refund | Self::OperatorRefund | Self::Payout | Self::Adjust => -TIYIN,
            _ => 0,
        }
    }
}

/// An act that is ready to be done.
pub struct Ready {
    pub act: Act,
    /// The payment that it is about. An act on a shop has one that stays as it is.
    pub order: String,
    pub request: Request,
    /// The status of the payment afterwards.
    pub becomes: &'static str,
}

#[derive(Debug)]
pub enum Request {
    Create { id: String, time: i64 },
    Perform(String),
    Cancel(String),
    Click(Fields),
    Button,
    Merchant,
    Operator(Value),
}

/// Prepares `act` on a new payment.
pub async fn prepare(world: &World, act: Act) -> Ready {
    let order = if act == Act::TestButton { test_order(world).await } else { live_order(world).await };
    let (request, becomes) = match act {
        Act::Begin => (create(world), "pending"),
        Act::TakeOver => {
            held_by_payme(world, Mode::Live, &order).await;
            world.clock.advance_ms(12 * HOUR_MS);
            (create(world), "pending")
        }
        Act::Perform => (Request::Perform(held_by_payme(world, Mode::Live, &order).await), "paid"),
        Act::CancelHold => (Request::Cancel(held_by_payme(world, Mode::Live, &order).await), "pending"),
        Act::Refund => {
            let id = held_by_payme(world, Mode::Live, &order).await;
            payme(world, Mode::Live).perform(&id).await.unwrap();
            (Request::Cancel(id), "refunded")
        }
        Act::Prepare => (Request::Click(Fields::new(&order, AMOUNT)), "pending"),
        Act::Complete => (Request::Click(held_by_click(world, &order).await), "paid"),
        Act::CompleteCancelled => {
            (Request::Click(held_by_click(world, &order).await.with_error(-1)), "pending")
        }
        Act::TestButton => (Request::Button, "paid"),
        Act::MerchantCancel => (Request::Merchant, "cancelled"),
        Act::OperatorSettle => (on_payment("settle_payment", &order), "paid"),
        Act::OperatorRefund => {
            settle(world, &order).await;
            (on_payment("refund_payment", &order), "refunded")
        }
        Act::OperatorCancel => (on_payment("cancel_payment", &order), "cancelled"),
        Act::Payout | Act::ReversePayout | Act::Adjust => {
            settle(world, &order).await;
            (on_balance(world, act).await, "paid")
        }
        Act::CreateShop
        | Act::RenameShop
        | Act::RotateKey
        | Act::DisableShop
        | Act::EnableShop
        | Act::SetFee
        | Act::SetContact => (on_shop(world, act).await, "pending"),
    };
    Ready { act, order, request, becomes }
}

fn create(world: &World) -> Request {
    Request::Create { id: new_id(), time: now(world) }
}

fn on_payment(command: &str, order: &str) -> Request {
    Request::Operator(json!({"command": command, "order_id": order, "reference": Uuid::new_v4()}))
}

async fn settle(world: &World, order: &str) {
    let Request::Operator(command) = on_payment("settle_payment", order) else { unreachable!() };
    done(world, command).await;
}

/// An act on the balance of the live shop, which has a payment.
async fn on_balance(world: &World, act: Act) -> Request {
    let reference = Uuid::new_v4().to_string();
    Request::Operator(match act {
        Act::Payout => operator::payout(AMOUNT, &reference),
        Act::ReversePayout => {
            let payout = Uuid::new_v4().to_string();
            done(world, operator::payout(AMOUNT, &payout)).await;
            operator::reverse_payout(&payout, &reference)
        }
        _ => operator::adjust(&format!("-{AMOUNT}"), &reference),
    })
}

/// An act on a new shop.
async fn on_shop(world: &World, act: Act) -> Request {
    if act == Act::CreateShop {
        return Request::Operator(json!({"command": "create_shop", "name": "My Shop", "mode": "live"}));
    }
    let (shop_id, _) = new_shop(world, "live").await;
    if act == Act::EnableShop {
        done(world, json!({"command": "disable_shop", "shop_id": shop_id})).await;
    }
    Request::Operator(match act {
        Act::RenameShop => json!({"command": "rename_shop", "shop_id": shop_id, "name": "Another"}),
        Act::RotateKey => json!({"command": "rotate_key", "shop_id": shop_id, "old_key_valid_hours": 0}),
        Act::SetFee => json!({"command": "set_fee", "shop_id": shop_id, "fee_bps": 150}),
        Act::SetContact => json!({"command": "set_contact", "shop_id": shop_id, "contact": "@my_shop"}),
        Act::DisableShop => json!({"command": "disable_shop", "shop_id": shop_id}),
        _ => json!({"command": "enable_shop", "shop_id": shop_id}),
    })
}

impl Ready {
    /// Does it. May be sent again, as a repeat.
    pub async fn send(&self, world: &World) -> Reply {
        let payme = payme(world, Mode::Live);
        match &self.request {
            Request::Create { id, time } => payme.create(id, *time, &self.order, TIYIN).await.unwrap(),
            Request::Perform(id) => payme.perform(id).await.unwrap(),
            Request::Cancel(id) => payme.cancel(id, 5).await.unwrap(),
            Request::Click(fields) => click(world).post(fields).await.unwrap(),
            Request::Button => world.send(Method::POST, &format!("/pay/{}/test", self.order), &[], "").await,
            Request::Merchant => {
                world.get(&format!("/api/cancel_payment?{LIVE}&order_id={}", self.order)).await
            }
            Request::Operator(command) => operator::reply(world, command).await,
        }
    }

    /// Whether `answer` says that this call did the act.
    pub fn is_done(&self, answer: &Reply) -> bool {
        let body = answer.json();
        match &self.request {
            Request::Create { .. } | Request::Perform(_) | Request::Cancel(_) => body.get("result").is_some(),
            Request::Click(fields) => body["error"] == if fields.error == "0" { 0 } else { -9 },
            Request::Button => answer.status == 303,
            Request::Merchant => body["status"] == "cancelled",
            Request::Operator(_) => body["success"] == true,
        }
    }

    /// Whether `answer` says, in the form of its protocol, that the store is unavailable and the
    /// caller should try again.
    pub fn is_unavailable(&self, answer: &Reply) -> bool {
        let body = answer.json();
        match &self.request {
            Request::Create { .. } | Request::Perform(_) | Request::Cancel(_) => {
                body["error"]["code"] == -32400
            }
            Request::Click(_) => body["error"] == -7,
            Request::Button => answer.status == 503,
            Request::Merchant => answer.status == 503 && body["error_code"] == "store_unavailable",
            Request::Operator(_) => body["error_code"] == "store_unavailable",
        }
    }
}

/// The sum of all balances, in tiyin.
pub async fn money(world: &World) -> i64 {
    let shops =
        world.tables.scan().table_name("shops").consistent_read(true).send().await.unwrap().items.unwrap();
    let balances = shops.iter().filter_map(|item| item.get("balance")?.as_n().ok());
    balances.map(|tiyin| tiyin.parse::<i64>().unwrap()).sum()
}
