// The operator, Payme and Click, as the local stack knows them.

import assert from "node:assert/strict";
import { createHash, randomBytes, randomInt } from "node:crypto";

const PAYME_KEYS = { live: "local-payme-key", test: "local-payme-test-key" };
const CLICK = { service: "12345", secret: "local-click-secret" };
const SIGN_TIME = "2026-11-24 12:00:00";

/** Runs a command of the operator. */
export async function operate(product, command) {
  const answer = await fetch(`${product.url}/2015-03-31/functions/operator/invocations`, { method: "POST", body: JSON.stringify(command) });
  const result = await answer.json();
  assert.equal(result.success, true, JSON.stringify(result));
  return result;
}

/** Makes a live shop. Returns its credentials as a query. */
export async function liveShop(product, name, contact) {
  const shop = await operate(product, { command: "create_shop", name, mode: "live" });
  if (contact) await operate(product, { command: "set_contact", shop_id: shop.shop_id, contact });
  return `shop_id=${shop.shop_id}&shop_key=${shop.shop_key}`;
}

/** Calls a method of Payme. Returns its result. */
export async function payme(product, mode, method, params) {
  const authorization = `Basic ${Buffer.from(`Paycom:${PAYME_KEYS[mode]}`).toString("base64")}`;
  const body = JSON.stringify({ id: 1, method, params });
  const answer = await (await fetch(`${product.url}/payme`, { method: "POST", headers: { authorization, "content-type": "application/json" }, body })).json();
  assert.ok(answer.result, JSON.stringify(answer));
  return answer.result;
}

/** Lets Payme hold a payment. Returns the id of its transaction. */
export async function heldByPayme(product, mode, order_id, amount) {
  const id = randomBytes(12).toString("hex");
  await payme(product, mode, "CreateTransaction", { id, time: Date.now(), amount: amount * 100, account: { order_id } });
  return id;
}

/** Lets Click hold a payment. */
export async function heldByClick(product, order_id, amount) {
  const fields = { click_trans_id: String(randomInt(1e12)), service_id: CLICK.service, merchant_trans_id: order_id, amount: `${amount}.00`, action: "0", sign_time: SIGN_TIME };
  const signed = fields.click_trans_id + fields.service_id + CLICK.secret + order_id + fields.amount + fields.action + SIGN_TIME;
  const sign_string = createHash("md5").update(signed).digest("hex");
  const body = new URLSearchParams({ ...fields, click_paydoc_id: "1", error: "0", error_note: "Success", sign_string });
  const answer = await (await fetch(`${product.url}/click/prepare`, { method: "POST", body })).json();
  assert.equal(answer.error, 0, JSON.stringify(answer));
}
