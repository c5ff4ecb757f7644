// Tests of the documentation page: a shop owner reads, tries the API, pays a test payment and copies code that works.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { DESKTOP, openPage, PHONE, startBrowser, startProduct } from "./product.js";

const LANGUAGES = ["uz", "ru", "en"];
const run = promisify(execFile);

let product;
let browser;

before(async () => {
  [product, browser] = await Promise.all([startProduct(), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await product?.stop();
});

const open = (t, path = "/", options = {}) =>
  openPage(t, browser, product, path, { permissions: ["clipboard-read", "clipboard-write"], ...options });

const form = (page, endpoint) => page.locator(`form[data-endpoint=${endpoint}]`);

/** Presses the form's button and returns the answer that the page shows. */
async function answerOf(page, endpoint) {
  const tried = form(page, endpoint);
  await tried.locator("button:not([type])").click();
  return shown(tried);
}

async function shown(tried) {
  await tried.locator(".outcome").waitFor();
  return JSON.parse(await tried.locator(".result .code code").textContent());
}

test("a shop owner tries the API, pays a test payment and sees the money", async (t) => {
  const page = await open(t);
  const calls = [];
  page.on("request", (request) => request.url().includes("/api/") && calls.push(request));

  const shop = await answerOf(page, "check_shop");
  assert.deepEqual(shop, { success: true, valid: true, shop_id: "101" });
  assert.match(await form(page, "check_shop").locator(".outcome").textContent(), /^HTTP 200 · \d+ ms$/);
  assert.match(await form(page, "check_shop").locator(".sent").textContent(), /^GET \/api\/check_shop\nX-Shop-Id: 101\nX-Shop-Key: •+$/);

  const { balance } = await answerOf(page, "get_balance");
  await form(page, "create_payment").locator("[name=amount]").fill("2500.50");
  const created = await answerOf(page, "create_payment");
  assert.equal(created.amount, 2500.5);
  assert.ok((await form(page, "create_payment").locator(".result .code").textContent()).includes('"amount": 2500.50,'));

  assert.equal(await form(page, "check_payment").locator("[name=order_id]").inputValue(), created.order_id);
  assert.equal(await form(page, "cancel_payment").locator("[name=order_id]").inputValue(), created.order_id);
  assert.ok((await page.locator("#guide").textContent()).includes(`/pay/${created.order_id}/test`));
  assert.equal(await page.locator("[data-open]").getAttribute("href"), `${product.url}/pay/${created.order_id}`);

  await page.locator("[data-pay]").click();
  await page.locator("[data-then=check_payment]").click();
  const paid = await shown(form(page, "check_payment"));
  assert.equal(paid.status, "paid");
  assert.equal(paid.status_description, "To'lov muvaffaqiyatli");

  await page.locator("[data-then=get_balance]").click();
  await page.waitForFunction(
    (now) => document.querySelector("form[data-endpoint=get_balance] .result").textContent.includes(now),
    `"balance": ${(balance + 2500.5).toFixed(2)},`,
  );

  const refused = await answerOf(page, "cancel_payment");
  assert.equal(refused.error_code, "payment_not_cancellable");
  const list = await answerOf(page, "get_payments");
  assert.ok(list.payments.some((payment) => payment.order_id === created.order_id));

  for (const call of calls) {
    assert.ok(!call.url().includes("shop_key"), "a key is in an address");
    if (!call.url().includes("check_payment")) assert.equal(call.headers()["x-shop-key"], "test_key_123");
  }
});

test("the page does not say paid for a payment that was cancelled meanwhile", async (t) => {
  const page = await open(t);
  await answerOf(page, "create_payment");
  assert.equal((await answerOf(page, "cancel_payment")).status, "cancelled");
  await page.locator("[data-pay]").click();
  await page.locator("[data-then=check_payment]").click();
  assert.equal((await shown(form(page, "check_payment"))).status, "cancelled");
  assert.ok((await page.locator(".next").textContent()).includes("To'lov qabul qilinmadi"));
});

test("the other shop's keys go into every form", async (t) => {
  const page = await open(t);
  await page.locator("[data-use-shop='102']").click();
  assert.equal((await answerOf(page, "check_shop")).shop_id, "102");
  await form(page, "get_balance").locator("[name=shop_key]").fill("wrong");
  const refused = await answerOf(page, "check_shop");
  assert.equal(refused.error, "Invalid shop key");
});

test("copied code runs", async (t) => {
  const page = await open(t);
  const { order_id } = await answerOf(page, "create_payment");
  await page.locator("#check_payment-javascript-tab").click();
  await page.locator("#check_payment-javascript").hover();
  await page.locator("#check_payment-javascript .copy").click();
  const code = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(code.includes(product.url) && code.includes(order_id), code);
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", code]);
  assert.equal(stdout, "✅ Holat: To'lov kutilmoqda\n");
});

test("a shop owner sets a webhook, tests it and hears of a payment", async (t) => {
  const bodies = [];
  const receiver = createServer(async (request, response) => {
    bodies.push(JSON.parse(await text(request)));
    response.writeHead(204).end();
    receiver.emit("event");
  }).listen(0, "127.0.0.1");
  t.after(() => receiver.close());
  await once(receiver, "listening");

  const page = await open(t);
  await form(page, "set_webhook").locator("[name=url]").fill(`http://localhost:${receiver.address().port}/`);
  const { state, secret } = await answerOf(page, "set_webhook");
  assert.equal(state, "active");
  assert.match(secret, /^whsec_/);
  assert.equal((await answerOf(page, "test_webhook")).http_status, 204);
  await answerOf(page, "create_payment");
  const heard = once(receiver, "event", { signal: AbortSignal.timeout(30_000) });
  await page.locator("[data-pay]").click();
  await heard;
  assert.deepEqual(bodies.map(({ type }) => type), ["webhook.test", "payment.paid"]);
  assert.equal((await answerOf(page, "delete_webhook")).success, true);
});

test("samples without the chosen language show another one", async (t) => {
  const page = await open(t);
  await page.locator("#check_shop-curl-tab").click();
  assert.ok(await page.locator("#receiver-python").isVisible());
  await page.locator("#receiver-go-tab").click();
  assert.ok(await page.locator("#receiver-go").isVisible());
  assert.ok(await page.locator("#check_shop-go").isVisible());
  assert.ok(await page.locator("#set_webhook-curl").isVisible());
});

test("the language has its own address and is remembered", async (t) => {
  const page = await open(t);
  assert.equal(await page.locator("html").getAttribute("lang"), "uz");
  await page.getByRole("link", { name: "RU" }).click();
  await page.waitForURL(`${product.url}/?lang=ru`);
  await page.goto(`${product.url}/`);
  assert.equal(await page.locator("html").getAttribute("lang"), "ru");
  await page.getByRole("link", { name: "UZ" }).click();
  await page.waitForURL(`${product.url}/?lang=uz`);
  await page.goto(`${product.url}/`);
  assert.equal(await page.locator("html").getAttribute("lang"), "uz");
});

test("tabs work from the keyboard, for the whole page, and are remembered", async (t) => {
  const page = await open(t);
  await page.locator("#check_shop-python-tab").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.id), "check_shop-curl-tab");
  assert.ok(await page.locator("#check_shop-curl").isVisible());
  assert.ok(await page.locator("#get_balance-curl").isVisible());
  assert.ok(!(await page.locator("#check_shop-python").isVisible()));
  await page.keyboard.press("End");
  assert.equal(await page.evaluate(() => document.activeElement.id), "check_shop-go-tab");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.id), "check_shop-python-tab");
  await page.keyboard.press("ArrowLeft");
  await page.reload();
  assert.ok(await page.locator("#check_shop-go").isVisible());
});

test("the first key press offers to skip to the content", async (t) => {
  const page = await open(t);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.ok(page.url().endsWith("#main"));
});

test("the page can be read without JavaScript", async (t) => {
  const page = await open(t, "/", { javaScriptEnabled: false });
  assert.ok(await page.locator("#check_shop-python").isVisible());
  assert.ok(await page.locator("#receiver-go").isVisible());
  assert.equal(await page.locator("form:visible").count(), 0);
  assert.ok(await page.locator("noscript").count());
});

test("the page and all its resources are smaller than 160 KB", async (t) => {
  for (const lang of LANGUAGES) {
    const page = await open(t, "/");
    let bytes = 0;
    page.on("response", async (response) => { bytes += (await response.body()).length; });
    await page.goto(`${product.url}/?lang=${lang}`, { waitUntil: "networkidle" });
    assert.ok(bytes > 10_000 && bytes < 160_000, `${lang}: ${bytes} bytes`);
  }
});

const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

for (const lang of LANGUAGES) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [device, viewport] of [["phone", PHONE], ["desktop", DESKTOP]]) {
      test(`accessible and not too wide: ${lang}, ${colorScheme}, ${device}`, async (t) => {
        const page = await open(t, `/?lang=${lang}`, { viewport, colorScheme, reducedMotion: "reduce" });
        await answerOf(page, "create_payment");
        await answerOf(page, "cancel_payment");
        await page.locator("#create_payment summary").click();
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`);
        assert.deepEqual(found, []);
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(beyond <= 0, `${beyond} pixels beyond the window`);
        if (process.env.SCREENSHOTS) {
          await page.screenshot({ path: `${process.env.SCREENSHOTS}/${lang}-${colorScheme}-${device}.png`, fullPage: true });
        }
      });
    }
  }
}
