//! The product of one test: the local stack over a metered store, with a clock that the test sets.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

use aws_sdk_dynamodb::Client;
use http::Method;
use local::{Options, Stack, store::Served};
use runners::client::{self, Reply};
use serde_json::Value;
use shared::{
    domain::{
        action_record::{ActionRecord, Arguments, RequestedBy},
        credential::{IdSecret, ShopKey},
        fee::FeeRate,
        id::ShopId,
        key::TransactionKey,
        mode::Mode,
        operator_action::OperatorAction,
        shop::{Access, Profile, ShopStatus, StoredKey},
        text::ShopName,
        time::{Clock, SystemClock, UnixMillis},
    },
    edge::LogSink,
    sender::SenderSettings,
    store::{NewShop, Store, Tables},
};

use crate::{receiver::Names, store_proxy::StoreProxy};

/// The documented credentials of test shop 101, as a query.
pub const SHOP_101: &str = "shop_id=101&shop_key=test_key_123";
pub const SHOP_102: &str = "shop_id=102&shop_key=test_key_456";
/// The credentials of the live shop 201 that [`World::with_live_shop`] adds.
pub const LIVE: &str = "shop_id=201&shop_key=live_key_1";

/// A clock that stands still until a test sets it.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    pub fn set(&self, time: UnixMillis) {
        self.0.store(time.get(), Ordering::SeqCst);
    }

    pub fn advance_ms(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixMillis {
        UnixMillis::new(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A log that keeps its lines. A failing test prints them.
#[derive(Debug, Default)]
pub struct TestLog(Mutex<Vec<String>>);

impl TestLog {
    /// Takes the lines since the last call, as JSON.
    pub fn take_lines(&self) -> Vec<Value> {
        let lines = std::mem::take(&mut *self.0.lock().unwrap());
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl LogSink for TestLog {
    fn write(&self, line: &str) {
        // libtest captures the output of this macro, but nothing that is written to standard error
        // directly.
        eprintln!("{line}");
        self.0.lock().unwrap().push(line.to_owned());
    }
}

/// The options of a product that asks no resolver outside of this process: no name exists.
fn options() -> Options {
    let options = Options::in_memory().unwrap();
    Options { sender: SenderSettings { resolver: Arc::new(Names::default()), ..options.sender }, ..options }
}

/// The running product of one test. It ends when it is dropped.
pub struct World {
    pub stack: Stack,
    /// Stands between the functions and the store.
    pub proxy: StoreProxy,
    pub clock: Arc<ManualClock>,
    pub log: Arc<TestLog>,
    /// A client of the tables that bypasses the proxy, to prepare and to inspect items.
    pub tables: Client,
}

impl World {
    /// Starts a product with the test shops, at the present time.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts a product with the live shop 201 beside the test shops.
    pub async fn with_live_shop() -> Self {
        let world = Self::start().await;
        world.add_live_shop().await;
        world
    }

    /// Starts a product after `change` was made to its options.
    pub async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let clock = Arc::new(ManualClock(AtomicI64::new(SystemClock.now().get())));
        let log = Arc::new(TestLog::default());
        let mut options = Options { clock: clock.clone(), log: log.clone(), ..options() };
        change(&mut options);
        let served = Served::start(&options.data, 0).await.unwrap();
        Self::over(served, options, clock, log).await
    }

    /// Starts another process over the data and with the clock of `other`, like a restart or a
    /// second instance.
    pub async fn beside(other: &Self) -> Self {
        Self::redeployed(other, |_| {}).await
    }

    /// Starts another process over the data and with the clock of `other`, with other options: a new
    /// deployment.
    pub async fn redeployed(other: &Self, change: impl FnOnce(&mut Options)) -> Self {
        let (clock, log) = (other.clock.clone(), Arc::new(TestLog::default()));
        let mut options = Options { clock: clock.clone(), log: log.clone(), ..options() };
        change(&mut options);
        let served = Served::of(other.stack.store.database.clone(), 0).await.unwrap();
        Self::over(served, options, clock, log).await
    }

    async fn over(served: Served, mut options: Options, clock: Arc<ManualClock>, log: Arc<TestLog>) -> Self {
        let proxy = StoreProxy::start(&served.endpoint()).await;
        options.store_endpoint = Some(proxy.url());
        let tables = local::store::client(&served.endpoint()).await;
        let stack = Stack::over(served, options).await.unwrap();
        proxy.take_calls();
        Self { stack, proxy, clock, log, tables }
    }

    pub async fn get(&self, path_and_query: &str) -> Reply {
        self.get_with(path_and_query, &[]).await
    }

    pub async fn get_with(&self, path_and_query: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(Method::GET, path_and_query, headers, "").await
    }

    pub async fn send(
        &self,
        method: Method,
        path_and_query: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let url = format!("{}{path_and_query}", self.stack.url());
        client::send(method, &url, headers, body.to_owned()).await.unwrap()
    }

    /// Puts the live shop 201 into the store.
    pub async fn add_live_shop(&self) {
        let shop_id = ShopId::parse("201").unwrap();
        let profile = Profile {
            name: ShopName::parse("Do'kon").unwrap(),
            mode: Mode::Live,
            status: ShopStatus::Active,
            keys: vec![StoredKey { hash: ShopKey::parse("live_key_1").unwrap().hash(), valid_until: None }],
            id_secret: IdSecret::random().unwrap(),
            fee_rate: FeeRate::default(),
            access: Access::Private,
            contact: None,
            rate_limit: None,
            created_at: self.stack.service.clock.now(),
            shop_id: shop_id.clone(),
        };
        let record =
            ActionRecord::new("create_shop", Arguments::default(), String::new(), RequestedBy::default());
        let key = TransactionKey::action(&shop_id);
        let action = OperatorAction::on_shop(key, &shop_id, record, profile.created_at);
        assert!(self.store_past_the_proxy().create_shop(&NewShop { profile, action }).await.unwrap());
    }

    /// Calls an endpoint of shop 101 with its documented key and `parameters` (empty, or without a
    /// leading `&`).
    pub async fn shop(&self, endpoint: &str, parameters: &str) -> Reply {
        let and = if parameters.is_empty() { "" } else { "&" };
        self.get(&format!("/api/{endpoint}?{SHOP_101}{and}{parameters}")).await
    }

    /// Makes a payment of shop 101. Returns its order id.
    pub async fn create(&self, parameters: &str) -> String {
        let reply = self.shop("create_payment", parameters).await;
        assert_eq!(reply.json()["success"], true, "{reply:?}");
        reply.text("order_id")
    }

    /// Hands `event` to a function, as the Invoke API does.
    ///
    /// # Panics
    /// If there is no such function, or it gives no answer.
    pub async fn invoke(&self, function: &str, event: &Value) -> Value {
        self.stack.functions.invoke(function, event.to_string()).await.unwrap().unwrap()
    }

    /// Returns the functions' own store without the proxy, for what a test prepares and inspects.
    pub fn store_past_the_proxy(&self) -> Store {
        Store::new(self.tables.clone(), Tables::from_env(), self.clock.clone())
    }

    /// Counts the payments in the table.
    pub async fn count_payments(&self) -> usize {
        let output = self.tables.scan().table_name("payments").send().await.unwrap();
        output.count.try_into().unwrap()
    }
}
