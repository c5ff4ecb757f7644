//! The documentation page through the gateway, and the code that it shows.

use std::{fs, path::Path, process::Output};

use base64::{Engine, prelude::BASE64_STANDARD};
use regex::Regex;
use serde_json::json;
use suite::world::World;
use tokio::process::Command;

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
    assert_eq!((&answer["isBase64Encoded"], &answer["headers"]["content-encoding"]), (&json!(true), &json!("gzip")));
    let bytes = BASE64_STANDARD.decode(answer["body"].as_str().unwrap()).unwrap();
    assert!(bytes.starts_with(&[0x1f, 0x8b]), "the body is gzip");
}

/// A sample's language, its file, what runs that, and what prints nothing when the language is there.
const LANGUAGES: [(&str, &str, &[&str], &[&str]); 5] = [
    ("curl", "sample.sh", &["bash"], &["curl", "--version"]),
    ("python", "sample.py", &["python3"], &["python3", "-c", "import requests"]),
    ("php", "sample.php", &["php"], &["php", "--version"]),
    ("javascript", "sample.mjs", &["node"], &["node", "--version"]),
    ("go", "sample.go", &["go", "run"], &["go", "version"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_code_sample_runs_as_it_stands() {
    let world = World::start().await;
    let page = world.get("/").await.body;
    for (language, file, runner, presence) in LANGUAGES {
        if !run(presence, None).await.is_some_and(|output| output.status.success()) {
            eprintln!("left out: the samples in {language}, which is not on this machine");
            continue;
        }
        let order_id = world.create("amount=1000").await;
        for (endpoint, says) in [
            ("check_shop", "Do'kon mavjud va aktiv"),
            ("get_balance", "Balans: 0.00 UZS"),
            ("create_payment", &format!("To'lov sahifasi: {}/pay/ORD_", world.stack.url())),
            ("check_payment", "Holat: To'lov kutilmoqda"),
            ("get_payments", "To'lovlar soni: "),
            ("cancel_payment", "Holat: To'lov bekor qilindi"),
        ] {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sample-{language}-{endpoint}"));
            fs::create_dir_all(&folder).unwrap();
            let path = folder.join(file);
            fs::write(&path, sample(&page, endpoint, language, &world.stack.url(), &order_id)).unwrap();
            let output = run(runner, Some(&path)).await.unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            let expected = if language == "curl" { r#"{"success":true,"#.to_owned() } else { format!("✅ {says}") };
            let problem = String::from_utf8_lossy(&output.stderr);
            assert!(printed.starts_with(&expected), "{language}, {endpoint}: {printed}{problem}");
        }
    }
}

async fn run(command: &[&str], file: Option<&Path>) -> Option<Output> {
    let (program, arguments) = command.split_first().unwrap();
    Command::new(program).args(arguments).args(file).env("PYTHONIOENCODING", "utf-8").output().await.ok()
}

/// The code of one sample, with this product's address and payment in it, as the page's script puts them there.
fn sample(page: &str, endpoint: &str, language: &str, url: &str, order_id: &str) -> String {
    let start = format!(r#"id="{endpoint}-{language}""#);
    let code = page.split(&start).nth(1).unwrap().split("<code>").nth(1).unwrap().split("</code>").next().unwrap();
    let text = Regex::new("<[^>]+>").unwrap().replace_all(code, "");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let example = Regex::new("ORD_[0-9]{10}_[0-9a-z]{25}").unwrap();
    assert!(!text.contains("&quot;"));
    example.replace_all(&text, order_id).replace("https://sizning-domeningiz.uz", url)
}
