//! How an endpoint fares: what each try says about it.
//!
//! Many tries of one endpoint end at the same time. So these updates add to the record or write what
//! they know, and none depends on what was read before. Each requires the version that the try was
//! made with: what an old address answers says nothing about a new one.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

use super::{after, applied, value};
use crate::{
    domain::{
        id::ShopId,
        time::UnixMillis,
        webhook::{
            endpoint::{
                DisabledReason, EndpointState, EndpointVersion, FAILURES_MAX, LastFailure, PROBES,
                SLOW_FOR_MS, SUCCESS_AGE_MS, WebhookEndpoint,
            },
            outcome::Outcome,
        },
    },
    store::{
        Store, StoreError,
        item::{number, text},
    },
};

impl Store {
    /// An event was delivered, `fast` or not. A failing endpoint becomes active, and its line is
    /// looked at. Writes nothing if `endpoint`, as it was read, says the same already.
    pub async fn endpoint_succeeded(
        &self,
        endpoint: &WebhookEndpoint,
        fast: bool,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let fresh = endpoint.last_success_at.is_some_and(|last| now.get() - last.get() < SUCCESS_AGE_MS);
        let healthy = endpoint.state == EndpointState::Active && endpoint.failures == 0;
        if fresh && healthy && endpoint.fast == fast {
            return Ok(());
        }
        // It can have begun to fail or recovered since it was read, and only one that recovers has a
        // line to look at.
        let mut states = [EndpointState::Active, EndpointState::Failing];
        if endpoint.state == EndpointState::Failing {
            states.reverse();
        }
        for state in states {
            if self.write_success(endpoint, state, fast, now).await? {
                break;
            }
        }
        Ok(())
    }

    /// Returns `false` if the endpoint has another version or is not in `state`.
    async fn write_success(
        &self,
        endpoint: &WebhookEndpoint,
        state: EndpointState,
        fast: bool,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let recovered = state == EndpointState::Failing;
        let line = if recovered { ", due = :probe, next_try_at = :now, line_at = :now" } else { "" };
        let mut update = self
            .update_version(&endpoint.shop_id, &endpoint.version)
            .update_expression(format!(
                "SET failures = :none, #state = :active, last_success_at = :now, fast = :fast{line} \
                 REMOVE failing_since"
            ))
            .condition_expression("#version = :version AND #state = :state")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":active", text(EndpointState::Active.into_str()))
            .expression_attribute_values(":state", text(state.into_str()))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":fast", value(&fast, &endpoint.shop_id)?);
        if recovered {
            update = update.expression_attribute_values(":probe", text(PROBES));
        }
        applied("UpdateItem webhooks", update.send().await)
    }

    /// A try failed. Returns the endpoint after it, or `None` if it has another version now. After
    /// [`FAILURES_MAX`] failures in a row the endpoint is failing, and its line is looked at from
    /// `probe_at` on.
    pub async fn endpoint_failed(
        &self,
        endpoint: &WebhookEndpoint,
        outcome: Outcome,
        probe_at: UnixMillis,
        now: UnixMillis,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        let Some(counted) = self.count_failure(endpoint, outcome, now).await? else { return Ok(None) };
        // Something was put into the line since then, such as an event that the merchant asks for.
        let probe_at = if counted.line_at == endpoint.line_at { probe_at } else { now };
        if outcome.is_gone() {
            return self.disable(&counted, DisabledReason::Gone, now).await;
        }
        match counted.state {
            EndpointState::Active if counted.failures >= FAILURES_MAX => {
                self.begin_failing(&counted, probe_at, now).await
            }
            EndpointState::Failing if counted.is_without_success(now) => {
                self.disable(&counted, DisabledReason::NoSuccess, now).await
            }
            EndpointState::Failing => {
                self.probe_later(&counted, probe_at).await?;
                Ok(Some(counted))
            }
            EndpointState::Active | EndpointState::Disabled => Ok(Some(counted)),
        }
    }

    /// The relay stopped waiting for an answer: for an hour the endpoint does not count as fast.
    pub async fn endpoint_was_slow(
        &self,
        endpoint: &WebhookEndpoint,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let output = self
            .update_version(&endpoint.shop_id, &endpoint.version)
            .update_expression("SET fast = :not, slow_until = :until")
            .condition_expression("#version = :version")
            .expression_attribute_values(":not", value(&false, &endpoint.shop_id)?)
            .expression_attribute_values(":until", number(now.plus_ms(SLOW_FOR_MS)))
            .send()
            .await;
        applied("UpdateItem webhooks", output).map(drop)
    }

    /// A test ended. It changes only whether the endpoint is fast.
    pub async fn endpoint_tested(&self, endpoint: &WebhookEndpoint, fast: bool) -> Result<(), StoreError> {
        if endpoint.fast == fast {
            return Ok(());
        }
        let output = self
            .update_version(&endpoint.shop_id, &endpoint.version)
            .update_expression("SET fast = :fast")
            .condition_expression("#version = :version")
            .expression_attribute_values(":fast", value(&fast, &endpoint.shop_id)?)
            .send()
            .await;
        applied("UpdateItem webhooks", output).map(drop)
    }

    /// Disables a failing endpoint that had no success for too long.
    pub async fn give_up(&self, endpoint: &WebhookEndpoint, now: UnixMillis) -> Result<(), StoreError> {
        self.disable(endpoint, DisabledReason::NoSuccess, now).await.map(drop)
    }

    /// Looks at the line of a failing endpoint again at `time`, if nothing was put there since it was
    /// read.
    pub async fn probe_later(&self, endpoint: &WebhookEndpoint, time: UnixMillis) -> Result<(), StoreError> {
        // It has one since it was set.
        let line_at = endpoint.line_at.unwrap_or(UnixMillis::MIN);
        let output = self
            .update_version(&endpoint.shop_id, &endpoint.version)
            .update_expression("SET due = :probe, next_try_at = :time")
            .condition_expression("#version = :version AND #state = :failing AND line_at = :line_at")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":failing", text(EndpointState::Failing.into_str()))
            .expression_attribute_values(":line_at", number(line_at))
            .expression_attribute_values(":probe", text(PROBES))
            .expression_attribute_values(":time", number(time))
            .send()
            .await;
        applied("UpdateItem webhooks", output).map(drop)
    }

    async fn count_failure(
        &self,
        endpoint: &WebhookEndpoint,
        outcome: Outcome,
        now: UnixMillis,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        let Some(error_class) = outcome.failure_class() else { return Ok(Some(endpoint.clone())) };
        let failure = LastFailure { error_class, http_status: outcome.http_status() };
        let update = self
            .update_version(&endpoint.shop_id, &endpoint.version)
            .update_expression(
                "SET fast = :not, last_failure = :failure, last_failure_at = :now ADD failures :one",
            )
            .condition_expression("#version = :version")
            .expression_attribute_values(":not", value(&false, &endpoint.shop_id)?)
            .expression_attribute_values(":failure", value(&failure, &endpoint.shop_id)?)
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":one", number(1));
        after(update, &endpoint.shop_id).await
    }

    async fn begin_failing(
        &self,
        endpoint: &WebhookEndpoint,
        probe_at: UnixMillis,
        now: UnixMillis,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        let update = self
            .update_version(&endpoint.shop_id, &endpoint.version)
            .update_expression(
                "SET #state = :failing, failing_since = :now, due = :probe, next_try_at = :probe_at",
            )
            // A success since then has set the count to 0.
            .condition_expression("#version = :version AND #state = :active AND failures >= :max")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":failing", text(EndpointState::Failing.into_str()))
            .expression_attribute_values(":active", text(EndpointState::Active.into_str()))
            .expression_attribute_values(":max", number(FAILURES_MAX))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":probe", text(PROBES))
            .expression_attribute_values(":probe_at", number(probe_at));
        self.after_or_present(update, endpoint).await
    }

    async fn disable(
        &self,
        endpoint: &WebhookEndpoint,
        reason: DisabledReason,
        now: UnixMillis,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        // Without a success since it was read: another try may just have worked.
        let unchanged = match endpoint.last_success_at {
            Some(_) => "last_success_at = :success",
            None => "attribute_not_exists(last_success_at)",
        };
        let gone = reason == DisabledReason::Gone;
        let unchanged = if gone { "#state <> :disabled" } else { unchanged };
        let mut update = self
            .update_version(&endpoint.shop_id, &endpoint.version)
            .update_expression(
                "SET #state = :disabled, disabled_at = :now, disabled_reason = :reason, fast = :not \
                 REMOVE due, next_try_at",
            )
            .condition_expression(format!("#version = :version AND {unchanged}"))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":disabled", text(EndpointState::Disabled.into_str()))
            .expression_attribute_values(":reason", text(reason.into_str()))
            .expression_attribute_values(":not", value(&false, &endpoint.shop_id)?)
            .expression_attribute_values(":now", number(now));
        if let Some(success) = endpoint.last_success_at.filter(|_| !gone) {
            update = update.expression_attribute_values(":success", number(success));
        }
        self.after_or_present(update, endpoint).await
    }

    /// Returns the endpoint after `update`. If its condition failed, returns what is there instead, or
    /// `None` if it has another version now.
    async fn after_or_present(
        &self,
        update: UpdateItemFluentBuilder,
        read: &WebhookEndpoint,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        if let Some(endpoint) = after(update, &read.shop_id).await? {
            return Ok(Some(endpoint));
        }
        let present = self.webhook_endpoint(&read.shop_id).await?;
        Ok(present.filter(|present| present.version == read.version))
    }

    /// An update of the endpoint. Its condition must name `#version = :version`.
    fn update_version(&self, shop_id: &ShopId, version: &EndpointVersion) -> UpdateItemFluentBuilder {
        self.update_endpoint(shop_id)
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":version", text(version.as_str()))
    }
}
