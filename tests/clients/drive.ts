// Creates, checks and lists payments with the client that orval generated from the contract, and verifies webhooks with the
// package `standardwebhooks`. The compiler checks the types, this program checks the answers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

import { Webhook, WebhookVerificationError } from "standardwebhooks";

import {
  checkPayment, checkShop, createPayment, deleteWebhook, getPayments, setWebhook, testWebhook,
} from "./generated/client.js";

const headers = { "X-Shop-Id": "101", "X-Shop-Key": "test_key_123" };

const shop = await checkShop({}, { headers });
assert(shop.status === 200 && shop.data.success);

// Generated clients send an empty text for an empty form field.
const created = await createPayment({ amount: "1000.00", description: "" }, { headers });
assert(created.status === 200 && created.data.success);
assert.equal(created.data.mode, "test");

const checked = await checkPayment({ order_id: created.data.order_id });
assert(checked.status === 200 && checked.data.success);
assert.equal(checked.data.status, "pending");
assert.equal(checked.data.amount, 1000);

const first = await getPayments({ limit: 1 }, { headers });
assert(first.status === 200 && first.data.success);
assert.equal(first.data.payments.length, 1);
assert(first.data.next_cursor);
const second = await getPayments({ limit: 1, cursor: first.data.next_cursor }, { headers });
assert(second.status === 200 && second.data.success);

const wrong = await createPayment({ amount: "1000.00" }, { headers: { ...headers, "X-Shop-Key": "wrong" } });
assert(wrong.status === 200 && !wrong.data.success);
assert.equal(wrong.data.error_code, "invalid_shop_key");

// Each webhook is verified before it is answered, and refused with a changed byte.
let secret: string | undefined;
const server = createServer(async (request: IncomingMessage, response) => {
  try {
    const headers = request.headers as Record<string, string>;
    const body = await buffer(request);
    const webhook = new Webhook(secret!);
    const changed = body.toString().replace("E", "F");
    assert.throws(() => webhook.verify(changed, headers), WebhookVerificationError);
    server.emit("event", webhook.verify(body, headers));
    response.writeHead(204).end();
  } catch (error) {
    server.emit("error", error);
    response.writeHead(500).end();
  }
}).listen(0, "127.0.0.1");
await once(server, "listening");
const nextEvent = async () => (await once(server, "event", { signal: AbortSignal.timeout(30_000) }))[0];

const { port } = server.address() as AddressInfo;
const set = await setWebhook({ url: `http://localhost:${port}/webhook` }, { headers });
assert(set.status === 200 && set.data.success);
secret = set.data.secret;
const test = nextEvent();
const tested = await testWebhook({}, { headers });
assert(tested.status === 200 && tested.data.success);
assert.equal(tested.data.http_status, 204);
assert.deepEqual([(await test).type, (await test).id], ["webhook.test", tested.data.event_id]);

const told = nextEvent();
const sold = await createPayment({ amount: "1000.00" }, { headers });
assert(sold.status === 200 && sold.data.success);
await fetch(`${process.env.TOPHAMYON_URL}/pay/${sold.data.order_id}/test`, { method: "POST", redirect: "manual" });
assert.deepEqual([(await told).type, (await told).data.order_id], ["payment.paid", sold.data.order_id]);
await deleteWebhook({}, { headers });
server.close();

console.log("The webhooks are those of Standard Webhooks. The client that orval generated works.");
