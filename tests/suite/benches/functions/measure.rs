//! Measures one function.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use suite::runtime_api::LambdaProcess;
use suite::store_proxy::StoreProxy;

use crate::bare::{Bare, Replay};
use crate::scenario::{Orders, Pool, Scenario, create_payments, environment, invoke, store};

/// Times that each function is started.
pub const STARTS: usize = 10;
/// Invocations that come before the measured ones of a start, to fill caches.
const WARM_UP: usize = 10;
/// A round is so many invocations and then as many times the bare calls, so that both meet the same
/// machine.
const ROUND: usize = 10;
const ROUNDS: usize = 10;
/// Measured warm invocations of all starts together.
pub const INVOCATIONS: usize = STARTS * ROUNDS * ROUND;

/// Medians, but for `warm_99`; times in milliseconds.
pub struct Measured {
    /// From the start of the process to its first poll.
    pub first_poll: f64,
    /// From handing out the first event to its answer.
    pub first_answer: f64,
    pub warm: f64,
    pub warm_99: f64,
    /// How many calls to DynamoDB an invocation makes.
    pub calls: usize,
    /// The same calls alone.
    pub bare: f64,
    /// Of each start's medians; none without calls.
    pub ratio: Option<f64>,
    pub peak_mib: f64,
    /// Millions of bytes.
    pub size_mb: f64,
}

pub async fn measure(scenario: &Scenario, binaries: &HashMap<String, PathBuf>) -> Result<Measured, String> {
    let binary = binaries.get(scenario.function).ok_or("was not built")?;
    let stack = store().await?;
    let store = stack.store.endpoint();
    let orders = match scenario.orders {
        Orders::None => 0,
        Orders::One => 30,
        Orders::Fresh => 1 + STARTS * (1 + WARM_UP + 2 * ROUNDS * ROUND),
    };
    let mut pool = create_payments(orders, &store, binaries).await?;
    let replay = record(scenario, binary, &store, &mut pool).await?;
    let bare = Bare::start(store.clone());

    let (mut first_polls, mut first_answers, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    let (mut warm, mut alone, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let function =
            LambdaProcess::start(binary, environment(&store)).await.map_err(|failure| failure.to_string())?;
        first_polls.push(milliseconds(function.first_poll()));
        let mut next = async || {
            let order = scenario.next_order(&mut pool);
            invoke(&function, scenario.event(&order)).await.map(|(_, took)| milliseconds(took))
        };
        first_answers.push(next().await?);
        for _ in 0..WARM_UP {
            next().await?;
        }
        let (mut warm_here, mut alone_here) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            for _ in 0..ROUND {
                let order = scenario.next_order(&mut pool);
                let (_, took) = invoke(&function, scenario.event(&order)).await?;
                warm_here.push(milliseconds(took));
            }
            let calls = (0..ROUND).map(|_| replay.calls(&scenario.next_order(&mut pool))).collect();
            alone_here.extend(bare.run(calls).await.into_iter().map(milliseconds));
        }
        ratios.push(percentile(&mut warm_here, 50) / percentile(&mut alone_here, 50));
        warm.append(&mut warm_here);
        alone.append(&mut alone_here);
        peaks.push(function.peak_rss_kib().map_err(|error| error.to_string())? as f64 / 1024.0);
    }
    Ok(Measured {
        first_poll: percentile(&mut first_polls, 50),
        first_answer: percentile(&mut first_answers, 50),
        warm: percentile(&mut warm, 50),
        warm_99: percentile(&mut warm, 99),
        calls: replay.len(),
        bare: percentile(&mut alone, 50),
        ratio: (replay.len() > 0).then(|| percentile(&mut ratios, 50)),
        peak_mib: percentile(&mut peaks, 50),
        size_mb: std::fs::metadata(binary).map_err(|error| error.to_string())?.len() as f64 / 1e6,
    })
}

/// Learns from one warm invocation, through a proxy, which calls the function makes.
async fn record(scenario: &Scenario, binary: &Path, store: &str, pool: &mut Pool) -> Result<Replay, String> {
    let proxy = StoreProxy::start(store).await;
    let function = LambdaProcess::start(binary, environment(&proxy.url()))
        .await
        .map_err(|failure| failure.to_string())?;
    // Without what it did to prepare itself.
    proxy.take_calls();
    let order = scenario.next_order(pool);
    invoke(&function, scenario.event(&order)).await?;
    Ok(Replay::new(proxy.take_calls(), &order))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The smallest value that at least `percent` of the values do not exceed.
fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * percent).div_ceil(100);
    values[rank.saturating_sub(1)]
}
