//! One invocation: looks into the queue, has tries under way, and looks again.

use std::{future::Future, pin::Pin, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use shared::{
    domain::id::ShopId,
    edge::{Invocation, Service},
    store::StoreError,
};
use tokio::time::{Instant, sleep_until};

use crate::{WORK_TIME_MAX, look::Look, one_try, queues::Queues};

/// The time between two looks into the queue.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

type Try<'a> = Pin<Box<dyn Future<Output = (ShopId, Result<bool, StoreError>)> + Send + 'a>>;

pub struct Tick<'a> {
    service: &'a Service,
    invocation: &'a Invocation,
    queues: Queues,
    tries: u32,
    /// Until then it looks for more although it has nothing to do.
    look_until: Instant,
    /// Until then it begins tries.
    work_until: Instant,
}

impl<'a> Tick<'a> {
    pub fn new(service: &'a Service, invocation: &'a Invocation, look_for: Duration) -> Self {
        let now = Instant::now();
        Self {
            service,
            invocation,
            queues: Queues::default(),
            tries: 0,
            look_until: now + look_for,
            work_until: now + WORK_TIME_MAX,
        }
    }

    /// How many tries were made.
    pub const fn tries(&self) -> u32 {
        self.tries
    }

    /// Works until there is nothing to do, or time is over.
    ///
    /// # Errors
    /// The store failed. Tries that were under way ended before.
    pub async fn run(&mut self) -> Result<(), StoreError> {
        let mut under_way: FuturesUnordered<Try<'a>> = FuturesUnordered::new();
        let mut result = Ok(());
        let mut found_work = false;
        let mut next_look = Instant::now();
        while result.is_ok() && Instant::now() < self.work_until {
            if Instant::now() >= next_look {
                next_look = Instant::now() + LOOK_PAUSE;
                match (Look { service: self.service, queues: &mut self.queues }).look().await {
                    Ok(found) => found_work |= found,
                    Err(error) => result = Err(error),
                }
            }
            self.begin(&mut under_way);
            if under_way.is_empty() {
                // An idle invocation ends, but one that found work goes on to look.
                if !found_work || Instant::now() >= self.look_until {
                    break;
                }
                sleep_until(next_look).await;
                continue;
            }
            tokio::select! {
                Some(ended) = under_way.next() => result = result.and(self.end(ended)),
                () = sleep_until(next_look) => {}
            }
            if under_way.is_empty() && self.look_until <= Instant::now() {
                next_look = Instant::now();
            }
        }
        while let Some(ended) = under_way.next().await {
            result = result.and(self.end(ended));
        }
        result
    }

    fn begin(&mut self, under_way: &mut FuturesUnordered<Try<'a>>) {
        while let Some(job) = self.queues.next() {
            let (service, invocation) = (self.service, self.invocation);
            under_way.push(Box::pin(async move {
                let result = one_try::make(service, invocation, &job).await;
                (job.shop_id, result)
            }));
        }
    }

    fn end(&mut self, (shop_id, result): (ShopId, Result<bool, StoreError>)) -> Result<(), StoreError> {
        self.queues.ended(&shop_id);
        self.tries += u32::from(result?);
        Ok(())
    }
}
