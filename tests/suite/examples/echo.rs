//! A function that does what its event says, for the tests of the harness.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::time::SystemTime;

use lambda_http::lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    println!("starting");
    match std::env::var("AT_START").as_deref() {
        Ok("fail") => return Err("no table is configured".into()),
        Ok("hang") => std::future::pending().await,
        _ => {}
    }
    run(service_fn(act)).await
}

async fn act(event: LambdaEvent<Value>) -> Result<Value, Error> {
    if event.payload["do"] == "nothing" {
        return Ok(Value::Null);
    }
    eprintln!("invoked with {}", event.payload);
    match event.payload["do"].as_str() {
        Some("fail") => Err("as you wish".into()),
        Some("panic") => panic!("as you wish"),
        Some("exit") => std::process::exit(3),
        Some("hang") => std::future::pending().await,
        _ => Ok(json!({
            "event": event.payload,
            "remaining_ms": u64::try_from(event.context.deadline().duration_since(SystemTime::now())?.as_millis())?,
            "environment": std::env::vars().collect::<BTreeMap<_, _>>(),
        })),
    }
}
