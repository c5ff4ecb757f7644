//! A shop with a receiver of webhooks, and the stream and the schedule in the test's own hands.

use local::{Pump, Webhooks, store::Data};
use serde_json::{Value, json};
use shared::domain::{
    event::EventKey,
    id::ShopId,
    webhook::{
        delivery::{Delivery, DeliveryState},
        endpoint::WebhookEndpoint,
        event_types::EventTypes,
        secret::{Secrets, WebhookSecret},
    },
};
use suite::{
    receiver::{Received, Receiver},
    world::World,
};

use super::operator;

/// The live shop 201 with an endpoint.
pub struct Hooks {
    pub world: World,
    pub receiver: Receiver,
    pub secret: String,
    pump: Pump,
}

impl Hooks {
    pub async fn start() -> Self {
        let world = World::start_with(|options| options.webhooks = Webhooks::ByHand).await;
        world.add_live_shop().await;
        let receiver = Receiver::start().await;
        let secret = set_endpoint(&world, "201", &receiver.url()).await;
        let pump = pump(&world);
        Self { world, receiver, secret, pump }
    }

    /// Starts with an endpoint that has answered well, so that it counts as fast.
    pub async fn fast() -> Self {
        let mut hooks = Self::start().await;
        hooks.pay().await;
        hooks.hand_on().await;
        hooks.tick().await;
        assert_eq!(hooks.receiver.take_requests().len(), 1);
        assert!(hooks.endpoint().await.unwrap().fast);
        hooks
    }

    /// Makes and pays a payment, later than all before. Returns its order id.
    pub async fn pay(&self) -> String {
        self.world.clock.advance_ms(1);
        operator::paid(&self.world, "1000").await
    }

    /// Hands on what is in the stream.
    pub async fn hand_on(&mut self) {
        while self.pump.hand_on().await.unwrap() > 0 {}
    }

    /// The event with which Lambda invokes the relay next.
    pub async fn next_batch(&self) -> Value {
        json!({"Records": self.pump.next_batch().await.unwrap()})
    }

    /// Invokes the function of the schedule.
    pub async fn tick(&self) -> Value {
        tick(&self.world).await
    }

    pub async fn endpoint(&self) -> Option<WebhookEndpoint> {
        self.world.store_past_the_proxy().webhook_endpoint(&shop("201")).await.unwrap()
    }

    /// The deliveries of the shop, oldest event first.
    pub async fn deliveries(&self) -> Vec<Delivery> {
        deliveries(&self.world, "201").await
    }

    /// Takes what arrived about an event out of the receiver's list, and its delivery out of the
    /// table.
    pub async fn forget(&self, key: &EventKey) {
        use aws_sdk_dynamodb::types::AttributeValue::S;
        let remove = self.world.tables.delete_item().table_name("webhooks");
        let remove = remove.key("shop_id", S("201".to_owned())).key("record", S(key.to_string()));
        remove.send().await.unwrap();
    }

    /// The ids of what arrived since the last time, in order.
    pub fn take_ids(&self) -> Vec<String> {
        self.receiver.take_requests().iter().map(id).collect()
    }
}

pub fn shop(shop_id: &str) -> ShopId {
    ShopId::parse(shop_id).unwrap()
}

pub fn id(request: &Received) -> String {
    request.header("webhook-id").to_owned()
}

pub fn pump(world: &World) -> Pump {
    Pump::new(world.stack.store.database.clone(), world.stack.functions.clone(), &Data::Memory).unwrap()
}

pub async fn tick(world: &World) -> Value {
    let answer = world.invoke("webhook_retry", &json!({})).await;
    assert_eq!(answer["success"], true, "{answer}");
    answer
}

/// Sets the endpoint of a shop. Returns its secret.
pub async fn set_endpoint(world: &World, shop_id: &str, url: &str) -> String {
    put_endpoint(world, shop_id, url, false).await
}

/// Sets the endpoint of a shop, which counts as fast.
pub async fn set_fast_endpoint(world: &World, shop_id: &str, url: &str) -> String {
    put_endpoint(world, shop_id, url, true).await
}

async fn put_endpoint(world: &World, shop_id: &str, url: &str, fast: bool) -> String {
    let secret = WebhookSecret::random().unwrap();
    let secrets = Secrets::new(secret.clone());
    let now = world.stack.service.clock.now();
    let endpoint = WebhookEndpoint::new(shop(shop_id), url.to_owned(), EventTypes::all(), secrets, now);
    let endpoint = WebhookEndpoint { fast, ..endpoint };
    assert!(world.store_past_the_proxy().create_endpoint(&endpoint).await.unwrap());
    secret.reveal()
}

/// The deliveries of a shop, oldest event first.
pub async fn deliveries(world: &World, shop_id: &str) -> Vec<Delivery> {
    let (store, shop_id) = (world.store_past_the_proxy(), shop(shop_id));
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let limit = shared::domain::page::Limit::MAX;
        let page = store.deliveries(&shop_id, None, after.as_ref(), limit).await.unwrap();
        all.extend(page.deliveries);
        after = page.next;
        if after.is_none() {
            all.reverse();
            return all;
        }
    }
}

/// When something of the table `webhooks` is due next.
pub async fn next_due(world: &World) -> Option<i64> {
    let output = world.tables.scan().table_name("webhooks").consistent_read(true).send().await.unwrap();
    let times = output.items.unwrap_or_default().into_iter().filter_map(|item| {
        let due = item.get("due")?.as_s().ok()?;
        let waits_for_a_time = !due.starts_with("parked");
        item.get("next_try_at")?.as_n().ok()?.parse::<i64>().ok().filter(|_| waits_for_a_time)
    });
    times.min()
}

pub fn states(deliveries: &[Delivery]) -> Vec<DeliveryState> {
    deliveries.iter().map(|delivery| delivery.state).collect()
}

/// Removes the record of a shop's endpoint. The retry does so a minute after its deletion.
pub async fn put_endpoint_away(world: &World, shop_id: &str) {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let remove = world.tables.delete_item().table_name("webhooks");
    let remove = remove.key("shop_id", S(shop_id.to_owned())).key("record", S("endpoint".to_owned()));
    remove.send().await.unwrap();
}
