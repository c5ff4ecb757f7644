//! One invocation: looks into the queue, has tries under way, and looks again.

use std::{
    future::Future,
    pin::{Pin, pin},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use shared::{
    domain::id::ShopId,
    edge::{Invocation, Service},
    store::StoreError,
};
use tokio::time::{Instant, sleep_until};

use crate::{WORK_TIME_MAX, look::Look, one_try, queues::Queues, report::report};

/// The time between two looks into the queue.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

type Ended = (ShopId, Result<bool, StoreError>);
type Try<'a> = Pin<Box<dyn Future<Output = Ended> + Send + 'a>>;

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
    /// `began` is when the invocation began.
    pub fn new(service: &'a Service, invocation: &'a Invocation, began: Instant, look_for: Duration) -> Self {
        Self {
            service,
            invocation,
            queues: Queues::default(),
            tries: 0,
            look_until: began + look_for,
            work_until: began + WORK_TIME_MAX,
        }
    }

    /// How many tries were made.
    pub const fn tries(&self) -> u32 {
        self.tries
    }

    /// Works until there is nothing to do, or time is over.
    ///
    /// # Errors
    /// The queue cannot be read. Tries that were under way ended before.
    pub async fn run(&mut self) -> Result<(), StoreError> {
        let mut under_way: FuturesUnordered<Try<'a>> = FuturesUnordered::new();
        let mut result = Ok(());
        let mut found_work = false;
        let mut next_look = Instant::now();
        while result.is_ok() && Instant::now() < self.work_until {
            if Instant::now() >= next_look {
                next_look = Instant::now() + LOOK_PAUSE;
                match self.look(&mut under_way).await {
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
                Some(ended) = under_way.next() => self.end(ended),
                () = sleep_until(next_look) => {}
            }
            if under_way.is_empty() && self.look_until <= Instant::now() {
                next_look = Instant::now();
            }
        }
        while let Some(ended) = under_way.next().await {
            self.end(ended);
        }
        result
    }

    /// Looks into the queue. Tries that are under way go on meanwhile: else a long look would seem to
    /// be a slow receiver.
    async fn look(&mut self, under_way: &mut FuturesUnordered<Try<'a>>) -> Result<bool, StoreError> {
        let (service, invocation) = (self.service, self.invocation);
        let mut ended = Vec::new();
        let found = {
            let mut look = Look { service, invocation, queues: &mut self.queues };
            let mut look = pin!(look.look());
            loop {
                tokio::select! {
                    found = &mut look => break found,
                    Some(one) = under_way.next() => ended.push(one),
                }
            }
        };
        ended.into_iter().for_each(|one| self.end(one));
        found
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

    fn end(&mut self, (shop_id, result): Ended) {
        self.queues.ended(&shop_id);
        match result {
            Ok(tried) => self.tries += u32::from(tried),
            Err(error) => {
                report(self.invocation, &shop_id, None, error);
                self.queues.set_aside(&shop_id);
            }
        }
    }
}
