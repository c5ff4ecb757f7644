//! `cargo local`, as its user runs it.

use std::{path::Path, process::Command};

use http::Method;
use local::functions::AT_ONCE_MAX;
use runners::{
    click::{Click, scenarios},
    client,
    merchant::Merchant,
};
use serde_json::json;
use suite::{
    binaries::binary,
    local_process::LocalProcess,
    receiver::Receiver,
    store_proxy::on,
    world::{SHOP_101, World},
};
use tokio::task::JoinSet;

/// An empty folder for one test, below cargo's.
fn folder(name: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder.to_str().unwrap().to_owned()
}

async fn create(url: &str) -> String {
    client::get(&format!("{url}/api/create_payment?{SHOP_101}&amount=1000"), &[])
        .await
        .unwrap()
        .text("order_id")
}

async fn status(url: &str, order_id: &str) -> String {
    client::get(&format!("{url}/api/check_payment?order_id={order_id}"), &[]).await.unwrap().text("status")
}

#[tokio::test(flavor = "multi_thread")]
async fn data_survive_a_kill_and_a_stop() {
    let data = folder("survives");
    let local = LocalProcess::start(&["--data", &data]);
    let first = create(&local.url).await;
    local.kill();

    let local = LocalProcess::start(&["--data", &data]);
    assert_eq!(status(&local.url, &first).await, "pending");
    let second = create(&local.url).await;
    assert!(local.interrupt().success());

    let local = LocalProcess::start(&["--data", &data]);
    assert_eq!(status(&local.url, &first).await, "pending");
    assert_eq!(status(&local.url, &second).await, "pending");
}

/// A payment is paid, and the process is killed before its event is delivered.
#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_webhook_survives_a_kill() {
    let (data, receiver) = (folder("webhook_survives"), Receiver::start().await);
    let gate = receiver.gate();
    let local = LocalProcess::start(&["--data", &data]);
    let shop = async |url: &str, endpoint: &str| {
        client::get(&format!("{url}/api/{endpoint}&{SHOP_101}"), &[]).await.unwrap().json()
    };
    let set = shop(&local.url, &format!("set_webhook?url={}", receiver.url())).await;
    assert_eq!((&set["success"], &set["state"]), (&json!(true), &json!("active")), "{set}");
    let order_id = create(&local.url).await;
    let button = format!("{}/pay/{order_id}/test", local.url);
    let paid = client::send(Method::POST, &button, &[], String::new()).await.unwrap();
    assert_eq!(paid.status, 303);
    local.kill();

    let local = LocalProcess::start(&["--data", &data]);
    receiver.received(1).await;
    drop(gate);
    let delivered = async || {
        let listed = shop(&local.url, "get_deliveries?status=delivered").await;
        listed["deliveries"].as_array().unwrap().iter().any(|one| one["type"] == "payment.paid")
    };
    while !delivered().await {}
    let requests = receiver.take_requests();
    let body: serde_json::Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body["data"]["order_id"], order_id.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_commands_work() {
    let local = LocalProcess::start(&["--data", ":memory:"]);
    assert_eq!(
        client::get(&format!("{}/api/check_shop?{SHOP_101}", local.url), &[]).await.unwrap().json()["valid"],
        true
    );
    let printed = local.printed();
    let commands: Vec<&str> =
        printed.lines().filter_map(|line| line.trim().strip_prefix("curl '")?.strip_suffix('\'')).collect();
    assert!(commands.len() >= 4, "{printed}");
    for url in commands {
        assert_eq!(client::get(url, &[]).await.unwrap().json()["success"], true, "{url}");
    }
    let ready = client::get(&local.store_url, &[]).await.unwrap();
    assert_eq!(ready.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_live_shop_passes_the_scenarios_of_click() {
    let local = LocalProcess::start(&["--data", ":memory:"]);
    let printed = local.printed();
    let line = printed.lines().find(|line| line.contains("--bin click_scenarios")).unwrap();
    let given = |option: &str| line.split_once(option).unwrap().1.split_whitespace().next().unwrap();
    assert_eq!(given("--url"), local.url);
    let default = |name: &str| local::settings::default(name).unwrap();
    let click = Click::new(&local.url, &default("CLICK_SERVICE_ID"), &default("CLICK_SECRET_KEY"));
    let shop = Merchant::new(&local.url, given("--shop-id"), given("--shop-key"));
    let report = scenarios(&click, &shop).await.unwrap();
    assert!(report.passed(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_listens_where_it_is_told_and_links_to_public_url() {
    let every = LocalProcess::start(&["--data", ":memory:", "--listen", "0.0.0.0"]);
    assert!(every.url.starts_with("http://127.0.0.1:"), "{}", every.url);
    let pay_url = async |local: &LocalProcess| {
        client::get(&format!("{}/api/create_payment?{SHOP_101}&amount=1000", local.url), &[])
            .await
            .unwrap()
            .text("pay_url")
    };
    assert!(pay_url(&every).await.starts_with(&every.url));
    let phone = LocalProcess::start_with(
        &["--data", ":memory:", "--listen", "127.0.0.2"],
        &[("PUBLIC_URL", "http://192.168.1.5:3000")],
    );
    assert!(phone.url.starts_with("http://127.0.0.2:"), "{}", phone.url);
    assert!(phone.store_url.starts_with("http://127.0.0.1:"), "{}", phone.store_url);
    assert!(pay_url(&phone).await.starts_with("http://192.168.1.5:3000/pay/"));
}

/// A folder of a version before the journal.
#[tokio::test(flavor = "multi_thread")]
async fn data_without_the_table_events_are_moved_away() {
    let data = folder("old_data/kept");
    let parent = Path::new(&data).parent().unwrap().to_owned();
    let _ = std::fs::remove_dir_all(&parent);
    let start = || LocalProcess::start(&["--data", &data]);
    let old_folders = || {
        let entries = std::fs::read_dir(&parent).unwrap();
        entries.filter(|entry| entry.as_ref().unwrap().file_name() != "kept").count()
    };
    let local = start();
    let order_id = create(&local.url).await;
    local.stop();

    let local = start();
    assert_eq!((status(&local.url, &order_id).await.as_str(), old_folders()), ("pending", 0));
    let tables = local::store::client(&local.store_url).await;
    tables.delete_table().table_name("events").send().await.unwrap();
    local.stop();

    let local = start();
    assert_eq!(status(&local.url, &order_id).await, "");
    assert_eq!(old_folders(), 1);
    let printed = local.stop();
    let warning = format!("warning: {data} is of a version without the table events");
    assert!(printed.lines().any(|line| line.starts_with(&warning)), "{printed}");
    drop(start().stop());
    assert_eq!(old_folders(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_invoke_api_hands_an_event_to_a_function() {
    let local = LocalProcess::start(&["--data", ":memory:"]);
    let invoke = async |name: &str, event: &str| {
        let url = format!("{}/2015-03-31/functions/{name}/invocations", local.url);
        client::send(Method::POST, &url, &[], event.to_owned()).await.unwrap()
    };
    let event = suite::event::v2("GET", "/api/check_shop", SHOP_101).to_string();
    let reply = invoke("check_shop", &event).await;
    assert_eq!(reply.json()["statusCode"], 200);
    let wrong = invoke("check_shop", "{}").await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.headers["x-amz-function-error"].to_str().unwrap()),
        (200, "Unhandled")
    );
    let unknown = invoke("nothing", &event).await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.headers["x-amzn-errortype"].to_str().unwrap()),
        (404, "ResourceNotFoundException")
    );
}

/// Runs `cargo local` with `arguments`, which it refuses, in `current`. Returns the first line of
/// standard error.
fn refusal(arguments: &[&str], current: &Path) -> String {
    std::fs::create_dir_all(current).unwrap();
    let output = Command::new(binary("local")).args(arguments).current_dir(current).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), true), "{arguments:?} {output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    said.lines().next().unwrap().to_owned()
}

#[test]
fn a_wrong_option_is_named_and_nothing_is_written() {
    let current = folder("wrong_options");
    let current = Path::new(&current);
    for (arguments, said) in [
        (["--port", "70000"], "--port takes a port, a number from 0 to 65535, and not \"70000\""),
        (["--store-port", "x"], "--store-port takes a port, a number from 0 to 65535, and not \"x\""),
        (
            ["--listen", "localhost"],
            "--listen takes an IP address of this machine, such as 0.0.0.0, and not \"localhost\"",
        ),
        (["--data", ""], "--data takes a folder, or :memory: to keep nothing, and not an empty text"),
    ] {
        assert_eq!(refusal(&arguments, current), said);
    }
    assert_eq!(std::fs::read_dir(current).unwrap().count(), 0);
}

#[test]
fn a_data_file_that_is_no_database_is_named_and_left_alone() {
    let data = folder("no_database");
    let (data, file) = (Path::new(&data), Path::new("data/dynamodb.sqlite"));
    std::fs::create_dir_all(data.join("data")).unwrap();
    for content in ["A shopping list: bread, tea.", "SQLite format 3\0 and nothing that belongs to it"] {
        std::fs::write(data.join(file), content).unwrap();
        let said = refusal(&["--port", "0", "--store-port", "0", "--data", "data"], data);
        assert!(
            said.starts_with("cannot open the data file data/dynamodb.sqlite: ")
                && said.contains("--data FOLDER"),
            "{said}"
        );
        assert_eq!(std::fs::read_to_string(data.join(file)).unwrap(), content);
    }
}

/// The documentation page's own sample, with its address, shop and key filled in.
fn sample(url: &str, key: &str) -> String {
    include_str!("check_shop_sample.py")
        .replace("https://sizning-domeningiz.uz", url)
        .replace("YOUR_SHOP_ID", "101")
        .replace("YOUR_SHOP_KEY", key)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_python_sample_runs() {
    let python =
        |code: &str| Command::new("python3").args(["-c", code]).env("PYTHONIOENCODING", "utf-8").output();
    if !python("import requests").is_ok_and(|output| output.status.success()) {
        eprintln!("left out: there is no python3 with requests");
        return;
    }
    let local = LocalProcess::start(&["--data", ":memory:"]);
    let run = |key: &str| String::from_utf8(python(&sample(&local.url, key)).unwrap().stdout).unwrap();
    assert_eq!(run("test_key_123"), "✅ Do'kon mavjud va aktiv\n");
    assert_eq!(run("wrong"), "❌ Xatolik: Invalid shop key\n");
}

/// More requests at once than the local stack works on: the others wait, and each gets its answer.
#[tokio::test]
async fn requests_beyond_the_bound_wait_in_line() {
    let world = World::start().await;
    let gate = world.proxy.gate(on("GetItem"));
    let url = world.stack.url();
    let mut asking = JoinSet::new();
    for _ in 0..AT_ONCE_MAX + 20 {
        let url = format!("{url}/api/check_shop?{SHOP_101}");
        asking.spawn(async move { client::get(&url, &[]).await.unwrap() });
    }
    gate.reached_by(AT_ONCE_MAX).await;
    // While the store answers these, every request arrives.
    for _ in 0..5 {
        world.tables.list_tables().send().await.unwrap();
    }
    assert_eq!(world.proxy.take_calls().len(), AT_ONCE_MAX);
    gate.open();
    while let Some(reply) = asking.join_next().await {
        let reply = reply.unwrap();
        assert_eq!((reply.status.as_u16(), reply.json()["valid"].clone()), (200, json!(true)), "{reply:?}");
    }
}
