//! The documentation page through the gateway, and the code that it shows.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    process::Output,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::support::samples;
use axum::{Json, Router, extract::RawQuery, routing::get};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::Method;
use regex::Regex;
use serde_json::json;
use suite::world::{SHOP_101, SHOP_102, World};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    process::Command,
    sync::mpsc,
};

#[tokio::test]
async fn the_page_and_the_contract_come_through_the_gateway() {
    let world = World::start().await;
    for (path, kind) in [("/", "text/html; charset=utf-8"), ("/openapi.json", "application/json")] {
        let reply = world.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.headers["content-type"].to_str().unwrap()), (200, kind));
        assert_eq!(reply.headers["cache-control"], "public, max-age=300");
        let again = world.get_with(path, &[("if-none-match", reply.headers["etag"].to_str().unwrap())]).await;
        assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));
    }
    assert!(world.get("/?lang=ru").await.body.contains(r#"<html lang="ru">"#));
    assert!(world.get("/?lang=ru&lang=en&lang=%zz").await.body.contains(r#"<html lang="uz">"#));
    assert!(world.get_with("/", &[("cookie", "a=b; lang=en")]).await.body.contains(r#"<html lang="en">"#));

    let mut event = suite::event::v2("GET", "/", "");
    event["headers"]["accept-encoding"] = json!("gzip, br");
    let answer = world.invoke("docs", &event).await;
    assert_eq!(
        (&answer["isBase64Encoded"], &answer["headers"]["content-encoding"]),
        (&json!(true), &json!("gzip"))
    );
    let bytes = BASE64_STANDARD.decode(answer["body"].as_str().unwrap()).unwrap();
    assert!(bytes.starts_with(&[0x1f, 0x8b]), "the body is gzip");
}

/// A programming language of the samples.
struct Language {
    name: &'static str,
    file: &'static str,
    /// Runs the file.
    runner: &'static [&'static str],
    /// Succeeds if the language is on this machine.
    presence: &'static [&'static str],
}

const LANGUAGES: [Language; 5] = [
    Language { name: "curl", file: "sample.sh", runner: &["bash"], presence: &["curl", "--version"] },
    Language {
        name: "python",
        file: "sample.py",
        runner: &["python3"],
        presence: &["python3", "-c", "import requests"],
    },
    Language { name: "php", file: "sample.php", runner: &["php"], presence: &["php", "--version"] },
    Language { name: "javascript", file: "sample.mjs", runner: &["node"], presence: &["node", "--version"] },
    Language { name: "go", file: "sample.go", runner: &["go", "run"], presence: &["go", "version"] },
];

impl Language {
    async fn is_here(&self) -> bool {
        let here = run(self.presence, None).await.is_some_and(|output| output.status.success());
        if !here {
            eprintln!("left out: the samples in {}, which is not on this machine", self.name);
        }
        here
    }

    /// Runs the sample of `endpoint` against the server at `url`. Returns what it printed.
    async fn run_sample(&self, url: &str, page: &str, endpoint: &str, order_id: &str) -> String {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("sample-{}-{order_id}-{endpoint}", self.name));
        fs::create_dir_all(&path).unwrap();
        let path = path.join(self.file);
        fs::write(&path, sample(page, endpoint, self.name, url, order_id)).unwrap();
        let output = run(self.runner, Some(&path)).await.unwrap();
        format!("{}{}", String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_sample_runs_as_it_stands() {
    let world = World::start().await;
    let page = world.get("/").await.body;
    for language in LANGUAGES {
        if !language.is_here().await {
            continue;
        }
        let order_id = world.create("amount=1000").await;
        for (endpoint, says) in [
            ("check_shop", "Doʻkon mavjud va faol"),
            ("get_balance", "Balans: 0.00 UZS"),
            ("create_payment", &format!("Toʻlov sahifasi: {}/pay/ORD_", world.stack.url())),
            ("check_payment", "Holat: To'lov kutilmoqda"),
            ("get_payment", "Holat: To'lov kutilmoqda"),
            ("get_payments", "Toʻlovlar soni: "),
            ("cancel_payment", "Holat: To'lov bekor qilindi"),
            ("get_events", "Hodisalar soni: "),
            ("get_report", "Davr oxiridagi balans: 0"),
        ] {
            let printed = language.run_sample(&world.stack.url(), &page, endpoint, &order_id).await;
            let expected = match language.name {
                "curl" => r#"{"success":true,"#.to_owned(),
                _ => format!("✅ {says}"),
            };
            assert!(printed.starts_with(&expected), "{}, {endpoint}: {printed}", language.name);
            assert!(!printed.contains(HAND_OVER), "{}, {endpoint}: {printed}", language.name);
        }
    }
}

/// What a sample says once the order was paid for.
const HAND_OVER: &str = "Buyurtmani topshiring";

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_hands_over_only_what_was_paid_to_its_shop_in_full() {
    let world = World::start().await;
    let page = world.get("/").await.body;
    for (shop, amount, own) in [(SHOP_101, 1000, true), (SHOP_101, 2000, false), (SHOP_102, 1000, false)] {
        let created = world.get(&format!("/api/create_payment?{shop}&amount={amount}")).await;
        let order_id = created.text("order_id");
        assert_eq!(world.send(Method::POST, &format!("/pay/{order_id}/test"), &[], "").await.status, 303);
        // curl only shows the answer.
        for language in LANGUAGES.into_iter().filter(|language| language.name != "curl") {
            if !language.is_here().await {
                continue;
            }
            let printed = language.run_sample(&world.stack.url(), &page, "check_payment", &order_id).await;
            assert!(printed.starts_with("✅ Holat: To'lov muvaffaqiyatli"), "{}: {printed}", language.name);
            assert_eq!(printed.contains(HAND_OVER), own, "{}, {shop}, {amount}: {printed}", language.name);
        }
    }
}

/// A server that gives every request the same answer. Returns its address.
async fn server_of(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    format!("http://{address}")
}

/// An address where nobody listens.
async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_says_no_success_when_the_service_fails() {
    let world = World::start().await;
    let page = world.get("/").await.body;
    let order_id = world.create("amount=1000").await;
    world.proxy.down();
    let gateway = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n\
                   Content-Length: 33\r\nConnection: close\r\n\r\n{\"message\":\"Service Unavailable\"}";
    let proxy =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<p>Sorry.</p>";
    let servers = [
        (world.stack.url(), true),
        (server_of(gateway).await, true),
        (server_of(proxy).await, true),
        (nowhere().await, false),
    ];
    for language in LANGUAGES.into_iter().filter(|language| language.name != "curl") {
        if !language.is_here().await {
            continue;
        }
        for endpoint in ["check_shop", "check_payment"] {
            for (url, answers) in &servers {
                let printed = language.run_sample(url, &page, endpoint, &order_id).await;
                let what = format!("{}, {endpoint}: {printed}", language.name);
                assert!(!printed.contains('✅') && !printed.contains(HAND_OVER), "{what}");
                assert!(!answers || printed.contains("Server xatosi: 503"), "{what}");
                assert!(!printed.contains("Undefined"), "{what}");
            }
        }
    }
}

async fn run(command: &[&str], file: Option<&Path>) -> Option<Output> {
    let (program, arguments) = command.split_first().unwrap();
    Command::new(program).args(arguments).args(file).env("PYTHONIOENCODING", "utf-8").output().await.ok()
}

/// The code of one sample, with this product's address and payment in it, as the page's script puts
/// them there.
fn sample(page: &str, endpoint: &str, language: &str, url: &str, order_id: &str) -> String {
    let text = samples::code(page, &format!("{endpoint}-{language}"));
    let example = Regex::new("ORD_[0-9]{10}_[0-9a-z]{25}").unwrap();
    example.replace_all(&text, order_id).replace("https://sizning-domeningiz.uz", url)
}

/// A Telegram where one customer writes `/buy`. Returns its address and what the bot says.
async fn telegram() -> (String, mpsc::UnboundedReceiver<HashMap<String, String>>) {
    static WRITTEN: AtomicBool = AtomicBool::new(false);
    let (sender, said) = mpsc::unbounded_channel();
    let updates = async || {
        if WRITTEN.swap(true, Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let message = json!({"text": "/buy", "chat": {"id": 42}});
        Json(json!({"ok": true, "result": [{"update_id": 7, "message": message}]}))
    };
    let send = async move |RawQuery(query): RawQuery| {
        sender.send(form_urlencoded::parse(query.unwrap().as_bytes()).into_owned().collect()).unwrap();
        Json(json!({"ok": true, "result": {}}))
    };
    let router = Router::new()
        .route("/bot123:abc/getUpdates", get(updates))
        .route("/bot123:abc/sendMessage", get(send));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, router).into_future());
    (format!("http://{address}"), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_sells_and_thanks_once_it_is_paid() {
    if run(&["python3", "--version"], None).await.is_none() {
        eprintln!("left out: the bot, because Python is not on this machine");
        return;
    }
    let world = World::start().await;
    let code = samples::code(&world.get("/").await.body, "recipe-bot");
    assert!(code.contains("time.sleep(5)"));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bot.py");
    fs::write(&path, code.replace("time.sleep(5)", "time.sleep(0.05)")).unwrap();
    let (telegram, mut said) = telegram().await;
    let _bot = Command::new("python3")
        .arg(&path)
        .envs([("API", world.stack.url()), ("TELEGRAM_API", telegram)])
        .envs([("TELEGRAM_TOKEN", "123:abc"), ("MODE", "test")])
        .envs([("SHOP_ID", "101"), ("SHOP_KEY", "test_key_123")])
        .kill_on_drop(true)
        .spawn()
        .unwrap();

    let offer = said.recv().await.unwrap();
    assert_eq!(offer["chat_id"], "42");
    let (_, link) = offer["text"].rsplit_once(' ').unwrap();
    let path = link.strip_prefix(&world.stack.url()).unwrap();
    assert_eq!(world.send(Method::POST, &format!("{path}/test"), &[], "").await.status, 303);
    assert_eq!(said.recv().await.unwrap()["text"], "✅ Toʻlandi, rahmat!");
}
