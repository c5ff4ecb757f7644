//! `export_events`: files that other programs read, in parts that fit an answer.

use std::process::{Command, Stdio};

use runners::client::Reply;
use serde_json::{Value, json};
use suite::{
    redact::redacted,
    world::{LIVE, SHOP_101, SHOP_102, World},
};

use crate::support::{
    journal::{PLAIN, Texts, fill, pay},
    operator::{adjust, done, paid, payout, refund, reverse_payout, with},
    providers::{HOUR_MS, balance},
};

/// All parts of a file, and the first answer.
async fn export(world: &World, shop: &str, parameters: &str) -> (Vec<String>, Reply) {
    let path = format!("/api/export_events?{shop}&{parameters}");
    let first = world.get(&path).await;
    let (mut parts, mut reply) = (Vec::new(), first.clone());
    loop {
        assert_eq!(reply.headers["content-type"], "text/csv; charset=utf-8", "{}", reply.body);
        parts.push(reply.body.clone());
        let Some(next) = reply.headers.get("x-next-cursor") else { return (parts, first) };
        reply = world.get(&format!("{path}&cursor={}", next.to_str().unwrap())).await;
    }
}

/// Reads a file with Python's csv module, which another author wrote.
fn with_python(file: &str, separator: &str) -> Vec<Vec<String>> {
    let code = format!(
        "import csv, io, json, sys\n\
         text = sys.stdin.buffer.read().decode('utf-8-sig')\n\
         json.dump(list(csv.reader(io.StringIO(text, newline=''), delimiter='{separator}', strict=True)), sys.stdout)"
    );
    let mut python = Command::new("python3")
        .args(["-c", &code])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut python.stdin.take().unwrap(), file.as_bytes()).unwrap();
    serde_json::from_slice(&python.wait_with_output().unwrap().stdout).unwrap()
}

const ODD: &str = "merchant_order_id=%3D1%2B1&description=-5%3B+%22non%22%2C+%C3%A7%D1%9E";

#[tokio::test]
async fn a_program_reads_csv_and_excel_opens_the_other() {
    let world = World::start().await;
    pay(&world, &format!("amount=1234.5&{ODD}")).await;
    world.clock.advance_ms(16_000);
    let (parts, reply) = export(&world, SHOP_101, "").await;
    assert_eq!(reply.headers["content-disposition"], "attachment; filename=\"events_101.csv\"");
    assert_eq!(reply.headers["cache-control"], "no-store");
    let csv = with_python(&parts.concat(), ",");
    assert_eq!(csv[0][..6], ["date_time", "type", "order_id", "payment_id", "merchant_order_id", "amount"]);
    assert_eq!(csv[1][4..9], ["=1+1", "1234.50", "0.00", "1234.50", "test"]);
    assert_eq!((csv[1][10].as_str(), csv.len()), ("-5; \"non\", çў", 2));
    assert!(!parts[0].starts_with('\u{feff}') && parts[0].ends_with("\r\n"));

    let (parts, reply) = export(&world, SHOP_101, "format=excel&lang=ru&from=2020-01-01&to=9999-12-31").await;
    let name = "attachment; filename=\"events_101_2020-01-01_9999-12-31.csv\"";
    assert_eq!(reply.headers["content-disposition"], name);
    assert!(parts[0].starts_with("\u{feff}Дата и время;Тип;"));
    let excel = with_python(&parts.concat(), ";");
    assert_eq!(excel[1][4..9], ["'=1+1", "1234,50", "0,00", "1234,50", "test"]);
    assert_eq!(excel[1][10], "'-5; \"non\", çў");
    let line = redacted(parts[0].lines().nth(1).unwrap());
    assert!(
        line.starts_with("<time>;payment.paid;<order id>;<payment id>;'=1+1;1234,50;0,00;1234,50;test;;"),
        "{line}"
    );
    for (lang, header) in [("uz", "Sana va vaqt"), ("en", "Date and time")] {
        let (parts, _) = export(&world, SHOP_101, &format!("format=excel&lang={lang}")).await;
        assert!(parts[0].starts_with(&format!("\u{feff}{header};")));
    }
    // Our own negative numbers stay numbers.
    let (parts, _) = export(&world, SHOP_101, "lang=ru").await;
    assert!(parts[0].starts_with("date_time,type,"));
}

/// What an operator did, as in get_events. The operator's own words are no formula.
#[tokio::test]
async fn a_file_tells_why_an_operator_moved_money_and_who_returned_it() {
    let world = World::with_live_shop().await;
    let order_id = paid(&world, "5000").await;
    let reason = [("reason", json!("=HYPERLINK(\"x\")"))];
    done(&world, with(adjust("-2500", "a"), &reason)).await;
    world.clock.advance_ms(1);
    done(&world, payout("500", "p")).await;
    world.clock.advance_ms(1);
    done(&world, reverse_payout("p", "b")).await;
    world.clock.advance_ms(1);
    let more = [("reason", json!("Torn")), ("allow_negative", json!(true))];
    done(&world, with(refund(&order_id, "r"), &more)).await;
    world.clock.advance_ms(16_000);
    let told = async |format: &str, separator: &str| {
        let (parts, _) = export(&world, LIVE, format).await;
        let rows = with_python(&parts.concat(), separator);
        rows.into_iter().map(|row| [1, 11, 14, 15].map(|column| row[column].clone())).collect::<Vec<_>>()
    };
    let csv = told("format=csv", ",").await;
    assert_eq!(csv[0], ["type", "reference", "returned_by", "reason"]);
    assert!(
        csv.contains(&["adjustment.recorded", "a", "", "=HYPERLINK(\"x\")"].map(str::to_owned)),
        "{csv:?}"
    );
    assert!(csv.contains(&["payout.recorded", "p", "", ""].map(str::to_owned)), "{csv:?}");
    assert!(
        csv.contains(&["payout.reversed", "b", "", "The bank returned it"].map(str::to_owned)),
        "{csv:?}"
    );
    assert!(csv.contains(&["payment.refunded", "r", "us", "Torn"].map(str::to_owned)), "{csv:?}");
    let excel = told("format=excel&lang=en", ";").await;
    assert_eq!(excel[0][2..], ["Returned by", "Operator's reason"]);
    assert_eq!(excel.iter().filter(|row| row[3] == "'=HYPERLINK(\"x\")").count(), 1, "{excel:?}");
}

#[tokio::test]
async fn a_file_of_many_parts_is_the_journal_of_the_moment_of_the_first() {
    let world = World::start().await;
    let start = world.stack.service.clock.now().plus_ms(-HOUR_MS);
    fill(&world, start, 20_500, PLAIN).await;
    let path = format!("/api/export_events?{SHOP_102}");
    let (mut file, mut parts, mut cursor) = (String::new(), 0, String::new());
    loop {
        let reply = world.get(&format!("{path}{cursor}")).await;
        let rows = reply.body.lines().count() - usize::from(cursor.is_empty());
        assert!(rows <= 10_000);
        file.push_str(&reply.body);
        parts += 1;
        let Some(next) = reply.headers.get("x-next-cursor") else { break };
        cursor = format!("&cursor={}", next.to_str().unwrap());
        // New events come while the file is read, and time goes on.
        world.clock.advance_ms(60_000);
        fill(&world, world.stack.service.clock.now().plus_ms(-30_000), 3, PLAIN).await;
    }
    assert!(parts >= 3);
    let rows = with_python(&file, ",");
    assert_eq!(rows.len(), 20_501);
    let ids: Vec<&str> = rows[1..].iter().map(|row| row[13].as_str()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b));
    let net: i64 = rows[1..].iter().map(|row| row[7].replace('.', "").parse::<i64>().unwrap()).sum();
    assert_eq!(net, 20_500 * 99_000);
    assert_eq!(rows.iter().filter(|row| row[0] == "date_time").count(), 1);
    assert!(export(&world, SHOP_102, "").await.0.concat().lines().count() > 20_501);
}

/// Refunds are rare among the payments: parts without a row must not end the file, nor repeat rows.
#[tokio::test]
async fn a_file_of_one_type_goes_through_all_parts() {
    let world = World::start().await;
    let start = world.stack.service.clock.now().plus_ms(-HOUR_MS);
    fill(&world, start, 20_500, PLAIN).await;
    let (parts, _) = export(&world, SHOP_102, "type=payment.refunded").await;
    assert_eq!(with_python(&parts.concat(), ",").len(), 1, "the headers alone");
    assert!(parts.len() >= 3 && parts[1].is_empty());
    let (parts, _) = export(&world, SHOP_102, "type=payment.paid").await;
    assert_eq!(with_python(&parts.concat(), ",").len(), 20_501);

    let order_id = pay(&world, "amount=5000").await;
    pay(&world, "amount=7000").await;
    done(&world, json!({"command": "refund_payment", "order_id": order_id, "reference": "1"})).await;
    world.clock.advance_ms(16_000);
    let (parts, _) = export(&world, SHOP_101, "type=payment.refunded").await;
    let rows = with_python(&parts.concat(), ",");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1][1..3], ["payment.refunded", order_id.as_str()]);
    let refused = world.get(&format!("/api/export_events?{SHOP_101}&type=refund")).await.json();
    assert_eq!(refused["error_code"], "invalid_parameter");
}

#[tokio::test]
async fn the_sum_of_a_file_is_the_balance_of_its_moment() {
    let world = World::start().await;
    for amount in ["1000", "2500.55", "99999.99"] {
        pay(&world, &format!("amount={amount}")).await;
    }
    world.clock.advance_ms(15_010);
    let before = balance(&world, SHOP_101).await;
    pay(&world, "amount=7777").await;
    let (parts, _) = export(&world, SHOP_101, "").await;
    let rows = with_python(&parts.concat(), ",");
    let net: i64 = rows[1..].iter().map(|row| row[7].replace('.', "").parse::<i64>().unwrap()).sum();
    assert_eq!(format!("{}.{:02} UZS", net / 100, net % 100), before);
}

/// Quotes grow twice: in the file and in the answer that Lambda returns, which may have 6 MB.
#[tokio::test]
async fn an_answer_stays_far_below_the_bound_of_lambda() {
    let world = World::start().await;
    let quotes = "\"".repeat(140);
    let texts = Texts { merchant_order_id: &quotes[..64], description: &quotes, payme_id: &quotes[..64] };
    fill(&world, world.stack.service.clock.now().plus_ms(-HOUR_MS), 6_000, texts).await;
    let (parts, _) = export(&world, SHOP_102, "").await;
    assert!(parts.len() > 1);
    for part in &parts {
        let bytes = serde_json::to_string(&Value::String(part.clone())).unwrap().len();
        assert!(bytes < 4_300_000, "{bytes}");
    }
    assert_eq!(with_python(&parts.concat(), ",").len(), 6_001);
}
