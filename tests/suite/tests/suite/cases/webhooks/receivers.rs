//! The receivers that the documentation page shows, as programs of their own, with real deliveries.

use std::{fs, path::PathBuf, process::Stdio, time::Duration};

use http::Method;
use regex::Regex;
use runners::client;
use serde_json::Value;
use standardwebhooks::Webhook;
use suite::{
    receiver::{Answer, Received, Receiver},
    world::LIVE,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    net::TcpListener,
    process::{Child, Command},
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    time::timeout,
};
use uuid::Uuid;

use crate::support::{samples, webhooks::Hooks};

/// How long a test waits for a line that does not come.
const PATIENCE: Duration = Duration::from_secs(60);

struct Language {
    name: &'static str,
    file: &'static str,
    /// Succeeds if the language is on this machine.
    presence: &'static [&'static str],
    /// Prepares the file, if that is needed.
    build: &'static [&'static str],
    /// Runs it. `PORT` stands for a free port.
    run: &'static [&'static str],
}

const PYTHON: Language = Language {
    name: "python",
    file: "receiver.py",
    presence: &["python3", "--version"],
    build: &[],
    run: &["python3", "receiver.py"],
};

const LANGUAGES: [Language; 4] = [
    PYTHON,
    Language {
        name: "php",
        file: "receiver.php",
        presence: &["php", "--version"],
        build: &[],
        run: &["php", "-S", "127.0.0.1:PORT", "receiver.php"],
    },
    Language {
        name: "javascript",
        file: "receiver.mjs",
        presence: &["node", "--version"],
        build: &[],
        run: &["node", "receiver.mjs"],
    },
    Language {
        name: "go",
        file: "receiver.go",
        presence: &["go", "version"],
        // `go run` would leave its child behind.
        build: &["go", "build", "receiver.go"],
        run: &["./receiver"],
    },
];

impl Language {
    async fn is_here(&self) -> bool {
        let here = command(self.presence).output().await.is_ok_and(|output| output.status.success());
        if !here {
            eprintln!("left out: the receiver in {}, which is not on this machine", self.name);
        }
        here
    }
}

fn command(words: &[&str]) -> Command {
    let (program, arguments) = words.split_first().unwrap();
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// A folder of its own with a program of the page in it.
fn folder(page: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("receiver-{}", Uuid::new_v4()));
    fs::create_dir_all(&folder).unwrap();
    for (id, file) in files {
        fs::write(folder.join(file), samples::code(page, id)).unwrap();
    }
    folder
}

/// A program of the page. It is killed when this is dropped.
struct Program {
    _child: Child,
    lines: UnboundedReceiver<String>,
    url: String,
    folder: PathBuf,
}

impl Program {
    /// Starts the receiver of a language and waits until it listens.
    async fn start(language: &Language, page: &str, secret: &str) -> Self {
        let folder = folder(page, &[(&format!("receiver-{}", language.name), language.file)]);
        if !language.build.is_empty() {
            let built = command(language.build).current_dir(&folder).output().await.unwrap();
            assert!(built.status.success(), "{}: {built:?}", language.name);
        }
        Self::run(folder, language.run, &[("WEBHOOK_SECRET", secret)]).await
    }

    async fn run(folder: PathBuf, words: &[&str], environment: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port().to_string();
        let words: Vec<String> = words.iter().map(|word| word.replace("PORT", &port)).collect();
        let mut child = command(&words.iter().map(String::as_str).collect::<Vec<_>>())
            .current_dir(&folder)
            .env("PORT", &port)
            .env("PYTHONIOENCODING", "utf-8")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::unbounded_channel();
        collect(child.stdout.take().unwrap(), sender.clone());
        collect(child.stderr.take().unwrap(), sender);
        let mut program = Self { _child: child, lines, url: String::new(), folder };
        let address = Regex::new("http://127.0.0.1:[0-9]+").unwrap();
        program.url =
            address.find(&program.line_with("http://127.0.0.1:").await).unwrap().as_str().to_owned();
        program
    }

    /// The next line that it prints with `part` in it.
    async fn line_with(&mut self, part: &str) -> String {
        let mut printed = Vec::new();
        loop {
            match timeout(PATIENCE, self.lines.recv()).await {
                Ok(Some(line)) if line.contains(part) => return line,
                Ok(Some(line)) => printed.push(line),
                Ok(None) | Err(_) => panic!("no {part} in {printed:#?}"),
            }
        }
    }

    /// The order of the next payment that it says is paid.
    async fn next_paid(&mut self) -> String {
        let line = self.line_with("Toʻlandi: ").await;
        assert!(line.contains("1000.00 UZS"), "{line}");
        line.split_whitespace().find(|word| word.starts_with("ORD_")).unwrap().to_owned()
    }

    /// Sends it a request. Returns the code of its answer.
    async fn post(&self, headers: &[(&str, &str)], body: &[u8]) -> u16 {
        let body = String::from_utf8(body.to_vec()).unwrap();
        client::send(Method::POST, &self.url, headers, body).await.unwrap().status.as_u16()
    }

    /// Sends it a delivery as it came.
    async fn forward(&self, request: &Received) -> u16 {
        self.post(&signed(request, request.header("webhook-signature")), &request.body).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn collect(stream: impl AsyncRead + Send + Unpin + 'static, sender: UnboundedSender<String>) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let _ = sender.send(line);
        }
    });
}

/// The headers of a delivery with another signature.
fn signed<'a>(request: &'a Received, signature: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("webhook-id", request.header("webhook-id")),
        ("webhook-timestamp", request.header("webhook-timestamp")),
        ("webhook-signature", signature),
    ]
}

async fn ask(hooks: &Hooks, request: &str) -> Value {
    let (endpoint, parameters) = request.split_once('?').unwrap_or((request, ""));
    let answer = hooks.world.get(&format!("/api/{endpoint}?{LIVE}&{parameters}")).await.json();
    assert_eq!(answer["success"], true, "{request}: {answer}");
    answer
}

/// Sends what waits to the address that is set.
async fn deliver(hooks: &mut Hooks) {
    hooks.hand_on().await;
    hooks.tick().await;
}

/// Lets the next deliveries go to `url`.
async fn aim(hooks: &Hooks, url: &str) {
    ask(hooks, &format!("set_webhook?url={url}")).await;
}

/// Takes the one delivery that arrived at the test's own receiver.
fn captured(hooks: &Hooks) -> Received {
    let [request] = <[Received; 1]>::try_from(hooks.receiver.take_requests()).unwrap();
    request
}

/// The delivery signed again for another time, `seconds` from its own.
fn moved(request: &Received, secret: &str, seconds: i64) -> (String, String) {
    let timestamp = request.header("webhook-timestamp").parse::<i64>().unwrap() + seconds;
    let webhook = Webhook::new(secret).unwrap();
    let signature = webhook.sign(request.header("webhook-id"), timestamp, &request.body).unwrap();
    (timestamp.to_string(), signature)
}

async fn assert_refuses_forgeries(program: &Program, request: &Received, secret: &str, what: &str) {
    let id = request.header("webhook-id");
    let signature = request.header("webhook-signature");
    let mut changed = request.body.clone();
    let digit = changed.windows(4).position(|part| part == b"1000").unwrap();
    changed[digit] = b'9';
    assert_eq!(program.post(&signed(request, signature), &changed).await, 400, "{what}: a changed byte");
    // The product's clock is up to a minute ahead here.
    for seconds in [-400, 400] {
        let (timestamp, signature) = moved(request, secret, seconds);
        let headers =
            [("webhook-id", id), ("webhook-timestamp", &timestamp), ("webhook-signature", &signature)];
        assert_eq!(program.post(&headers, &request.body).await, 400, "{what}: {seconds} s away");
    }
    let (_, foreign) = moved(request, &format!("whsec_{}=", "A".repeat(43)), 0);
    for other in [&foreign, "", "v1,", "v1", &signature.replacen("v1,", "v2,", 1), "v1,\u{e9}"] {
        let status = program.post(&signed(request, other), &request.body).await;
        assert_eq!(status, 400, "{what}: the signature {other}");
    }
    for timestamp in ["", "now", "1e9", "\u{b2}", "99999999999999999999", "-1"] {
        let headers =
            [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)];
        assert_eq!(program.post(&headers, &request.body).await, 400, "{what}: the time {timestamp}");
    }
    let other_id = [("webhook-id", "EVT_1"), signed(request, signature)[1], signed(request, signature)[2]];
    assert_eq!(program.post(&other_id, &request.body).await, 400, "{what}: another id");
    assert_eq!(program.post(&[], &request.body).await, 400, "{what}: no headers");
    assert_eq!(program.post(&[], b"").await, 400, "{what}: nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_receiver_works_on_a_payment_once_and_refuses_forgeries() {
    let mut hooks = Hooks::start().await;
    let page = hooks.world.get("/").await.body;
    let (own, mut secret) = (hooks.receiver.url(), hooks.secret.clone());
    for language in LANGUAGES {
        if !language.is_here().await {
            continue;
        }
        let name = language.name;
        let mut program = Program::start(&language, &page, &secret).await;

        // The product delivers to it, a test and a payment.
        aim(&hooks, &program.url).await;
        assert_eq!(ask(&hooks, "test_webhook").await["http_status"], 204, "{name}");
        let first = hooks.pay().await;
        deliver(&mut hooks).await;
        assert_eq!(program.next_paid().await, first, "{name}");
        let deliveries = ask(&hooks, "get_deliveries?limit=1").await;
        assert_eq!(deliveries["deliveries"][0]["state"], "delivered", "{name}: {deliveries}");
        let event_id = deliveries["deliveries"][0]["event_id"].as_str().unwrap().to_owned();

        // It takes the event a second time and does nothing, and nothing for forgeries of the next one.
        aim(&hooks, &own).await;
        ask(&hooks, &format!("resend_event?event_id={event_id}")).await;
        deliver(&mut hooks).await;
        assert_eq!(program.forward(&captured(&hooks)).await, 204, "{name}: a repeat");
        let second = hooks.pay().await;
        deliver(&mut hooks).await;
        let request = captured(&hooks);
        assert_refuses_forgeries(&program, &request, &secret, name).await;
        assert_eq!(program.forward(&request).await, 204, "{name}");
        assert_eq!(program.next_paid().await, second, "{name}");

        // While a secret is being replaced, a receiver with either of them takes it.
        let new = ask(&hooks, "rotate_webhook_secret").await["secret"].as_str().unwrap().to_owned();
        let third = hooks.pay().await;
        deliver(&mut hooks).await;
        let request = captured(&hooks);
        assert_eq!(request.header("webhook-signature").split(' ').count(), 2);
        assert_eq!(program.forward(&request).await, 204, "{name}: the old secret");
        assert_eq!(program.next_paid().await, third, "{name}");
        let mut renewed = Program::start(&language, &page, &new).await;
        assert_eq!(renewed.forward(&request).await, 204, "{name}: the new secret");
        assert_eq!(renewed.next_paid().await, third, "{name}");
        secret = new;
        hooks.world.clock.advance_ms(10_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_sends_one_message_per_payment() {
    if !PYTHON.is_here().await {
        return;
    }
    let mut hooks = Hooks::start().await;
    let page = hooks.world.get("/").await.body;
    let telegram = Receiver::start().await;
    let folder = folder(&page, &[("receiver-python", "receiver.py"), ("receiver-telegram", "telegram.py")]);
    let api = format!("http://{}", telegram.address());
    let environment = [
        ("WEBHOOK_SECRET", hooks.secret.as_str()),
        ("TELEGRAM_API", &api),
        ("TELEGRAM_TOKEN", "123:abc"),
        ("TELEGRAM_CHAT", "42"),
    ];
    let bot = Program::run(folder, &["python3", "telegram.py"], &environment).await;
    aim(&hooks, &bot.url).await;

    // Telegram is away at first.
    telegram.answer_next(Answer::status(502));
    let first = hooks.pay().await;
    deliver(&mut hooks).await;
    telegram.received(2).await;
    let event_id = ask(&hooks, "get_deliveries").await["deliveries"][0]["event_id"].clone();
    ask(&hooks, &format!("resend_event?event_id={}", event_id.as_str().unwrap())).await;
    deliver(&mut hooks).await;
    assert_eq!(ask(&hooks, "test_webhook").await["http_status"], 204);
    let second = hooks.pay().await;
    deliver(&mut hooks).await;
    telegram.received(3).await;

    let messages = telegram.take_requests();
    for (message, order_id) in messages.iter().zip([&first, &first, &second]) {
        assert_eq!((message.method.as_str(), message.target.as_str()), ("POST", "/bot123:abc/sendMessage"));
        let fields: Vec<(String, String)> = form_urlencoded::parse(&message.body).into_owned().collect();
        let [(chat, id), (text, says)] = &fields[..] else { panic!("{fields:?}") };
        assert_eq!((chat.as_str(), id.as_str(), text.as_str()), ("chat_id", "42", "text"));
        assert!(says.starts_with("✅ 1000.00 UZS (live)") && says.ends_with(order_id), "{says}");
    }
    assert_eq!(messages.len(), 3);
}
