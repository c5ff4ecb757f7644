//! What an instance remembers of its callers, to refuse those who ask too often. It is shared by
//! the requests of the instance, and lost with it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    ApiError, ApiRequest, Service,
    log::{self, UncountedLine},
    service::Credentials,
};
use crate::domain::{
    bounded_map::BoundedMap,
    id::ShopId,
    shop::Profile,
    tokens::{Admission, Tokens},
    wrong_keys::WrongKeys,
};

/// The most shops whose calls are counted. The one that called longest ago is forgotten first, and
/// only callers with a right key have a place.
const SHOPS_MAX: usize = 1_000;

/// The counts of one instance.
#[derive(Debug, Default)]
pub struct Limiter {
    shops: Mutex<BoundedMap<ShopId, Tokens, SHOPS_MAX>>,
    wrong_keys: Mutex<WrongKeys>,
}

/// Locks `mutex`. A panic elsewhere cannot leave counts that are worse than none.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Limiter {
    /// Lets `decide` look at and change the tokens of a shop.
    fn with_tokens<R>(&self, shop_id: &ShopId, decide: impl FnOnce(&mut Tokens) -> R) -> Option<R> {
        lock(&self.shops).entry(shop_id, |tokens| Some(tokens.last_used())).map(decide)
    }

    /// Refuses credentials before the store is asked, if their sender tried too many wrong keys. A
    /// request without an address is never refused.
    pub(super) fn check_address(
        &self,
        request: &ApiRequest,
        credentials: &Credentials,
    ) -> Result<(), ApiError> {
        let Some(source) = request.source() else { return Ok(()) };
        let (shop_id, hash) = (&credentials.shop_id, credentials.shop_key.hash());
        match lock(&self.wrong_keys).refusal(source, shop_id, &hash, request.now) {
            Some(wait) => Err(ApiError::TooManyWrongKeys(wait)),
            None => Ok(()),
        }
    }

    /// Remembers what the store said of `credentials`.
    pub(super) fn saw_key(&self, request: &ApiRequest, credentials: &Credentials, is_right: bool) {
        let (shop_id, hash, now) = (&credentials.shop_id, credentials.shop_key.hash(), request.now);
        let mut keys = lock(&self.wrong_keys);
        match (is_right, request.source()) {
            (true, _) => keys.saw_right(shop_id, hash, now),
            (false, Some(source)) => keys.saw_wrong(source, shop_id, &hash, now),
            (false, None) => {}
        }
    }
}

impl Service {
    /// Counts a call that creates a payment.
    ///
    /// # Errors
    /// The shop created as many payments as it may in this second or minute.
    pub async fn admit_payment(&self, request: &ApiRequest, shop: &Profile) -> Result<(), ApiError> {
        let limit = shop.limit(&self.settings.limits);
        let admission = self.limiter.with_tokens(&shop.shop_id, |tokens| tokens.admit(limit, request.now));
        let lease = match admission {
            None | Some(Admission::Passed) => return Ok(()),
            Some(Admission::Refused(wait)) => return Err(ApiError::TooManyPayments(wait)),
            Some(Admission::Asks(lease)) => lease,
        };
        let before = self.store.add_lease(&shop.shop_id, lease).await;
        if let Err(problem) = &before {
            let (request_id, shop_id) = (request.request_id.as_str(), shop.shop_id.as_str());
            let line = UncountedLine {
                level: "warn",
                request_id,
                shop_id,
                outcome: "rate_limit_open",
                detail: problem.to_string(),
            };
            log::write(&*self.log, &line);
        }
        let leased = self
            .limiter
            .with_tokens(&shop.shop_id, |tokens| tokens.leased(lease, before.ok(), limit, request.now));
        leased.unwrap_or(Ok(())).map_err(ApiError::TooManyPayments)
    }
}
