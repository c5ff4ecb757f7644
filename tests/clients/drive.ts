// Creates, checks and lists payments with the client that orval generated from the contract. The compiler checks the types,
// this program checks the answers.
import assert from "node:assert/strict";

import { checkPayment, checkShop, createPayment, getPayments } from "./generated/client.js";

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

console.log("The client that orval generated works.");
