//! What an endpoint works with: the store, the clock, the log and the settings. And how a merchant
//! is authenticated.

use std::{env, sync::Arc};

use url::Url;

use super::{
    ApiError, ApiRequest, Imprint, Limiter, LogSink,
    provider_credentials::{ClickService, PaymeService},
    setting::{Configured, InvalidSetting, Variables},
};
use crate::{
    domain::{
        credential::{KeyHash, ShopKey},
        id::ShopId,
        lifetime::Lifetime,
        rate_limit::{DefaultLimits, PerMinute, PerSecond, RateLimit},
        shop::{Balance, Profile, ShopStatus},
        time::{Clock, UnixMillis},
        webhook_url::{LocalRule, UrlRules},
    },
    sender::Sender,
    store::Store,
};

/// Everything that an endpoint may use.
pub struct Service {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub log: Arc<dyn LogSink>,
    pub settings: Settings,
    pub limiter: Limiter,
    /// Sends webhooks.
    pub sender: Sender,
}

/// The settings of a deployment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The base of `pay_url`, without a slash at its end. `None`: the gateway's own domain.
    pub public_url: Option<String>,
    /// How long a payment can be paid. A merchant may choose less.
    pub payment_lifetime: Lifetime,
    /// How many payments a shop may create, if it has no limit of its own.
    pub limits: DefaultLimits,
    pub webhooks: WebhookSettings,
    /// What the pages say about the company that runs the deployment.
    pub imprint: Imprint,
    pub payme: Configured<PaymeService>,
    pub click: Configured<ClickService>,
}

impl Settings {
    /// Reads the environment variables.
    pub fn from_env() -> Result<Self, InvalidSetting> {
        Self::read(|name| env::var(name).ok())
    }

    /// Reads `PUBLIC_URL`, `PAYMENT_LIFETIME_HOURS`, the limits, the variables of the
    /// providers, of webhooks and of the imprint; an empty or missing one has its default.
    ///
    /// # Errors
    /// A setting is invalid that concerns more than one provider.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let variables = Variables(&variable);
        let public_url = variables.text("PUBLIC_URL").map(|url| url.trim_end_matches('/').to_owned());
        let hours = variables.number("PAYMENT_LIFETIME_HOURS", "a number from 1 to 8760", 1..=8760)?;
        let hours = hours.and_then(|hours| Lifetime::new(hours * 60).ok());
        Ok(Self {
            public_url: public_url.filter(|url| !url.is_empty()),
            payment_lifetime: hours.unwrap_or(Lifetime::DAY),
            limits: limits(&variables)?,
            webhooks: webhooks(&variables)?,
            imprint: Imprint::read(&variables),
            payme: PaymeService::read(&variables).into(),
            click: ClickService::read(&variables).into(),
        })
    }
}

/// Where webhooks may go.
#[derive(Clone, Debug, Default)]
pub struct WebhookSettings {
    pub url_rules: UrlRules,
    /// Whether a public shop may set an address. Everybody has its key, so anybody could send signed
    /// requests to a stranger.
    pub public_shops: bool,
}

/// Reads where webhooks may go.
fn webhooks(variables: &Variables<'_>) -> Result<WebhookSettings, InvalidSetting> {
    let ports = variables.parsed("WEBHOOK_LOCAL_EXCEPT_PORTS", "a list of ports", |text| {
        text.split(',').map(|port| port.parse().ok()).collect::<Option<Vec<u16>>>()
    })?;
    let public_shops = variables.parsed("WEBHOOK_PUBLIC_SHOPS", "on", |text| (text == "on").then_some(()))?;
    let own_host = variables.text("PUBLIC_URL").and_then(|url| host(&url));
    Ok(WebhookSettings {
        url_rules: UrlRules {
            own_hosts: own_host.into_iter().collect(),
            local: ports.map(|own_ports| LocalRule { own_ports }),
        },
        public_shops: public_shops.is_some(),
    })
}

fn host(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.to_owned())
}

/// Reads how many payments a shop may create.
fn limits(variables: &Variables<'_>) -> Result<DefaultLimits, InvalidSetting> {
    let DefaultLimits { shop, public_per_second } = DefaultLimits::default();
    let digits =
        |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let per_second =
        |name| variables.parsed(name, "a number from 1 to 10000", |text| PerSecond::new(digits(text)?).ok());
    let per_minute = variables.parsed("SHOP_PAYMENTS_PER_MINUTE", "a number from 1 to 600000", |text| {
        PerMinute::new(digits(text)?).ok()
    })?;
    Ok(DefaultLimits {
        shop: RateLimit {
            per_second: per_second("SHOP_PAYMENTS_PER_SECOND")?.unwrap_or(shop.per_second),
            per_minute: per_minute.unwrap_or(shop.per_minute),
        },
        public_per_second: per_second("PUBLIC_SHOP_PAYMENTS_PER_SECOND")?.unwrap_or(public_per_second),
    })
}

/// A shop id and key as presented by the caller, not yet verified.
#[derive(Debug)]
pub struct Credentials {
    pub(super) shop_id: ShopId,
    pub(super) shop_key: ShopKey,
}

impl Credentials {
    /// Reads the query (`shop_id`, `shop_key`) or the headers (`X-Shop-Id`, `X-Shop-Key`).
    pub fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        Ok(Self { shop_id: request.required()?, shop_key: request.required()? })
    }
}

impl Service {
    /// Checks the key and returns the shop's profile. An unknown shop and a wrong key return the
    /// same error after the same work.
    pub async fn authenticate(
        &self,
        request: &ApiRequest,
        credentials: &Credentials,
    ) -> Result<Profile, ApiError> {
        self.limiter.check_address(request, credentials)?;
        let profile = self.store.profile(&credentials.shop_id).await?;
        self.verified(request, credentials, profile)
    }

    /// Checks the key and returns the shop's profile and balance, from one read.
    pub async fn authenticate_with_balance(
        &self,
        request: &ApiRequest,
        credentials: &Credentials,
    ) -> Result<(Profile, Balance), ApiError> {
        self.limiter.check_address(request, credentials)?;
        let (profile, balance) = self.store.profile_and_balance(&credentials.shop_id).await?.unzip();
        let profile = self.verified(request, credentials, profile)?;
        // The store returns both or neither.
        Ok((profile, balance.ok_or(ApiError::InvalidShopKey)?))
    }

    /// Returns the public address of this deployment, without a slash at its end.
    pub fn public_url(&self, request: &ApiRequest) -> Result<String, ApiError> {
        let configured = self.settings.public_url.clone();
        configured
            .or_else(|| request.gateway_url())
            .ok_or_else(|| ApiError::Internal("no PUBLIC_URL, and no domain in the event".to_owned()))
    }

    /// Returns where webhooks may go. Beside `PUBLIC_URL`, the gateway's own domain is refused.
    pub fn webhook_url_rules(&self, request: &ApiRequest) -> UrlRules {
        let mut rules = self.settings.webhooks.url_rules.clone();
        rules.own_hosts.extend(request.gateway_url().and_then(|url| host(&url)));
        rules
    }

    fn verified(
        &self,
        request: &ApiRequest,
        credentials: &Credentials,
        profile: Option<Profile>,
    ) -> Result<Profile, ApiError> {
        let right = right(credentials, profile, request.now);
        self.limiter.saw_key(request, credentials, right.is_some());
        let profile = right.ok_or(ApiError::InvalidShopKey)?;
        request.log_shop(&profile.shop_id);
        match profile.status {
            ShopStatus::Active => Ok(profile),
            ShopStatus::Disabled => Err(ApiError::ShopInactive),
        }
    }
}

/// Returns the profile if it accepts the key. Does the same work if the shop does not exist.
fn right(credentials: &Credentials, profile: Option<Profile>, now: UnixMillis) -> Option<Profile> {
    let Some(profile) = profile else {
        std::hint::black_box(credentials.shop_key.hash() == KeyHash::NONE);
        return None;
    };
    profile.accepts(&credentials.shop_key, now).then_some(profile)
}
