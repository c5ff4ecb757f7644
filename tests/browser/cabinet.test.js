// Tests of the merchant's cabinet: a shop owner signs in, makes a link, sees it paid, finds it, downloads the day, sets a
// webhook and signs out.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { DESKTOP, openPage, PHONE, startBrowser, startProduct } from "./product.js";

const LANGUAGES = ["uz", "ru", "en"];
const DEVICES = { phone: PHONE, desktop: DESKTOP };
const VIEWS = ["today", "payments", "link", "journal", "webhook", "developers"];
const SHOP = { id: "101", key: "test_key_123" };
const SCREENSHOTS = process.env.SCREENSHOTS;

let product;
let browser;

before(async () => {
  [product, browser] = await Promise.all([startProduct(), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await product?.stop();
});

// A refusal by the network or by the product is a line in the console, too.
const NETWORK = /Failed to load resource|net::ERR_/;

async function open(t, path = "/cabinet", options = {}, expected = () => false) {
  return openPage(t, browser, product, path, { permissions: ["clipboard-read", "clipboard-write"], ...options }, expected);
}

async function signIn(page, { id, key, stay } = SHOP) {
  await page.locator("[name=shopId]").fill(id);
  await page.locator("[name=shopKey]").fill(key);
  if (stay) await page.locator("[name=stay]").check();
  await page.locator(".login > button").click();
  await page.locator(".ways").waitFor();
}

async function goTo(page, view) {
  await page.locator(`.ways a[href^="#/${view}"]`).click();
  await settled(page);
}

/** Waits until the view that the address names is drawn and every part of it is there. */
const settled = (page) => page.waitForFunction(() =>
  document.querySelector("main").dataset.route === location.hash && !document.querySelector("[aria-busy], .waiting"));

async function api(endpoint, parameters = {}) {
  const query = new URLSearchParams(parameters);
  const headers = { "X-Shop-Id": SHOP.id, "X-Shop-Key": SHOP.key };
  return (await fetch(`${product.url}/api/${endpoint}?${query}`, { headers })).json();
}

async function payNew(parameters) {
  const { order_id } = await api("create_payment", { amount: "1000.00", ...parameters });
  await fetch(`${product.url}/pay/${order_id}/test`, { method: "POST", redirect: "manual" });
  return order_id;
}

/** `485 000 soʻm` in tiyin. */
const tiyin = (text) => {
  const [, sign, whole, decimals = "00"] = text.match(/(−?)([\d\u00a0]+)(?:,(\d\d))? soʻm/);
  return Number(`${sign ? "-" : ""}${whole.replaceAll("\u00a0", "")}${decimals}`);
};

const balanceOf = async (page) => tiyin(await page.locator(".card.hero .figure").textContent());
const barOfToday = async (page) => tiyin(await page.locator(".bar.now").getAttribute("aria-label"));

/** A server that keeps the webhooks that it gets. */
async function startReceiver(t) {
  const requests = [];
  let wake = () => {};
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.end();
    wake();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const received = async (found) => {
    for (;;) {
      const request = requests.find(found);
      if (request) return request;
      await new Promise((resolve) => { wake = resolve; });
    }
  };
  return { url: `http://127.0.0.1:${server.address().port}/hook`, requests, received };
}

function verified({ headers, body }, secret) {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`).digest("base64");
  return headers["webhook-signature"].split(" ").includes(`v1,${signature}`);
}

for (const [device, viewport] of Object.entries(DEVICES)) {
  test(`a shop owner's day, ${device}`, async (t) => {
    const receiver = await startReceiver(t);
    const page = await open(t, "/cabinet", { viewport, locale: "uz-UZ" });
    const requests = [];
    page.on("request", (request) => requests.push(request));
    await page.reload();
    await signIn(page);
    await settled(page);
    // The icon is in the page, in a data: address.
    const asked = requests.filter((request) => request.url().startsWith("http"));
    assert.ok(asked.length <= 6, asked.map((request) => request.url()).join("\n"));
    const [balance, bar] = [await balanceOf(page), await barOfToday(page)];

    await goTo(page, "link");
    const number = `walk-${device}-${Date.now()}`;
    await page.locator("[name=amount]").fill("250 000");
    assert.equal(await page.locator("output").textContent(), "= 250\u00a0000 soʻm");
    await page.locator("[name=description]").fill("Koʻylak, 2 dona");
    await page.locator("summary").click();
    await page.locator("[name=merchant_order_id]").fill(number);
    await page.locator("main form button").first().click();
    const address = await page.locator(".made .address a").getAttribute("href");
    assert.match(address, new RegExp(`^${product.url}/pay/ORD_`));
    await page.getByRole("button", { name: "Havolani nusxalash" }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), address);
    const telegram = new URL(await page.getByRole("link", { name: "Telegram orqali yuborish" }).getAttribute("href"));
    assert.deepEqual([telegram.origin, telegram.searchParams.get("url")], ["https://t.me", address]);
    await page.waitForFunction(() => document.querySelector(".qr").naturalWidth > 200);

    const buyer = await page.context().newPage();
    await buyer.goto(address);
    await buyer.locator("button.test").click();
    await buyer.locator("main[data-view=paid]").waitFor();
    await buyer.close();
    await page.locator(".made .status.paid").waitFor();

    await goTo(page, "today");
    assert.equal(await balanceOf(page), balance + 25000000);
    assert.equal(await barOfToday(page), bar + 25000000);

    await goTo(page, "payments");
    await page.locator("[name=search]").fill(number);
    await page.keyboard.press("Enter");
    await settled(page);
    assert.equal(await page.locator(".list li").count(), 1);
    await page.locator(".list a").click();
    await settled(page);
    const panel = await page.locator("main").textContent();
    for (const part of ["250\u00a0000 soʻm", "Toʻlangan", "Koʻylak, 2 dona", number, "Test toʻlovi", "EVT_"]) {
      assert.ok(panel.includes(part), `${part} is not in ${panel}`);
    }

    await goTo(page, "journal");
    const closing = await page.locator(".rows .strong dd").last().textContent();
    assert.equal(tiyin(closing), balance + 25000000);
    await inTheFile(number);
    assert.equal(await sumOfFile(page), balance + 25000000);

    await goTo(page, "webhook");
    await page.locator("[name=url]").fill(receiver.url);
    await page.locator("main form button").last().click();
    const secret = await page.locator(".secret").textContent();
    const order = await payNew({ merchant_order_id: number });
    const event = await receiver.received(({ body }) => body.includes(order));
    assert.ok(verified(event, secret), JSON.stringify(event));
    const id = event.headers["webhook-id"];
    await page.reload();
    await signIn(page);
    await settled(page);
    assert.equal(await page.locator(".secret").count(), 0, "the secret is shown once");
    const delivery = page.locator("main details", { hasText: id });
    for (; !(await delivery.locator(".status.delivered").count()); await settled(page)) {
      await page.getByRole("button", { name: "Yangilash" }).click();
    }
    await delivery.locator("summary").click();
    await delivery.getByRole("button", { name: "Qayta yuborish" }).click();
    await receiver.received((request) => request.headers["webhook-id"] === id && request !== event);
    await page.getByRole("button", { name: "Tekshirib koʻrish" }).click();
    await page.getByText("Server qabul qildi: HTTP 200").waitFor();
    await page.getByRole("button", { name: "Oʻchirish" }).click();
    await page.locator(".note .danger").click();
    await page.getByRole("button", { name: "Oʻrnatish" }).waitFor();

    await page.locator(".leave").click();
    await page.locator(".login").waitFor();
    assert.deepEqual(await traces(page, SHOP.key), []);
    for (const request of requests) assert.ok(!request.url().includes(SHOP.key), request.url());
  });
}

/** Waits until the file has the payment: it ends 15 seconds before it is asked for. */
async function inTheFile(number) {
  const headers = { "X-Shop-Id": SHOP.id, "X-Shop-Key": SHOP.key };
  while (!(await (await fetch(`${product.url}/api/export_events`, { headers })).text()).includes(number)) {
    await new Promise((resolve) => { setTimeout(resolve, 250); });
  }
}

/** Downloads the file and returns the sum of its `net` in tiyin. */
async function sumOfFile(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV fayli" }).click()]);
  const text = await readFile(await download.path(), "utf8");
  const [headers, ...rows] = text.trimEnd().split("\r\n");
  const column = headers.split(",").indexOf("net");
  assert.ok(column > 0, headers);
  // No field before net has a comma in these tests.
  return rows.reduce((sum, row) => sum + Math.round(Number(row.split(",")[column]) * 100), 0);
}

/** Where `secret` stands in the page or in what the browser keeps of it. */
const traces = async (page, secret) => {
  const inPage = await page.evaluate((text) => {
    const places = {
      document: document.documentElement.outerHTML, address: location.href, cookies: document.cookie, name: window.name,
      state: JSON.stringify(history.state), local: JSON.stringify(localStorage), session: JSON.stringify(sessionStorage),
      fields: [...document.querySelectorAll("input")].map((input) => input.value).join(),
    };
    return Object.keys(places).filter((place) => String(places[place]).includes(text));
  }, secret);
  const kept = JSON.stringify(await page.context().storageState());
  return kept.includes(secret) ? [...inPage, "the browser's storage"] : inPage;
};

test("the key is in memory alone, or in the session of one tab", async (t) => {
  const page = await open(t);
  await signIn(page);
  for (const view of VIEWS) {
    await goTo(page, view);
    assert.deepEqual(await traces(page, SHOP.key), [], view);
  }
  await page.reload();
  await page.locator(".login").waitFor();

  await signIn(page, { ...SHOP, stay: true });
  assert.deepEqual(await traces(page, SHOP.key), ["session"]);
  await page.reload();
  await page.locator(".ways").waitFor();
  const other = await page.context().newPage();
  await other.goto(`${product.url}/cabinet`);
  await other.locator(".login").waitFor();
  await other.close();
  await page.locator(".leave").click();
  assert.deepEqual(await traces(page, SHOP.key), []);
  await page.goBack();
  await page.goForward();
  await page.locator(".login").waitFor();
});

test("the developer's samples are masked and copied with the key", async (t) => {
  const page = await open(t);
  await signIn(page);
  await goTo(page, "developers");
  assert.ok(!(await page.locator("main").textContent()).includes(SHOP.key));
  await page.getByRole("button", { name: "curl" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(copied.includes(`X-Shop-Key: ${SHOP.key}`) && copied.includes(product.url), copied);
});

test("what went wrong is said in the reader's language", async (t) => {
  const page = await open(t, "/cabinet?lang=ru", {}, (complaint) => NETWORK.test(complaint));
  const says = (text) => page.locator(".problem").getByText(text).waitFor();
  await page.locator(".login > button").click();
  await says("Введите номер магазина.");
  await page.locator("[name=shopId]").fill("101");
  await page.locator("[name=shopKey]").fill("test_kеy_123"); // The first e is Cyrillic.
  await page.locator(".login > button").click();
  await says("В ключе есть нелатинский символ.");
  await page.locator("[name=shopKey]").fill("wrong");
  await page.locator(".login > button").click();
  await says("Неверный номер магазина или ключ.");
  assert.match(await page.locator(".problem code").textContent(), /^[0-9a-f-]{36}$/);
  await signIn(page);

  await goTo(page, "link");
  await page.locator("[name=amount]").fill("500");
  await page.locator("main form button").first().click();
  await says("Минимальная сумма — 1 000 сум.");
  for (const [status, headers, body, text] of [
    [429, {}, { message: "Too Many Requests" }, "Слишком много запросов. Подождите немного и повторите."],
    [503, {}, { message: "Service Unavailable" }, "Сервис сейчас не работает."],
    [503, {}, { success: false, error: "e", error_code: "store_unavailable", request_id: "r-1" }, "База данных не ответила."],
    [200, { "Retry-After": "7" }, { success: false, error: "e", error_code: "rate_limited", request_id: "r-2" }, "Попробуйте через 7 с."],
  ]) {
    await page.route("**/api/create_payment?*", (route) => route.fulfill({ status, headers, json: body }), { times: 1 });
    await page.locator("[name=amount]").fill("5000");
    await page.locator("main form button").first().click();
    await says(text);
  }

  const ended = { success: false, error: "Invalid shop key", error_code: "invalid_shop_key", request_id: "r-3" };
  await page.route("**/api/get_payments?*", (route) => route.fulfill({ json: ended }), { times: 1 });
  await page.locator(".ways a[href^='#/payments']").click();
  await page.getByText("Ключ больше не действует.").waitFor();
});

test("a link whose answer got lost is not made twice", async (t) => {
  const page = await open(t, "/cabinet", {}, (complaint) => NETWORK.test(complaint));
  await signIn(page);
  await goTo(page, "link");
  const keys = [];
  page.on("request", (request) => request.url().includes("create_payment") && keys.push(new URL(request.url()).searchParams.get("idempotency_key")));
  await page.route("**/api/create_payment?*", async (route) => { await route.fetch(); await route.abort(); }, { times: 1 });
  await page.locator("[name=amount]").fill("1 234,50");
  await page.locator("main form button").first().click();
  await page.locator(".problem").waitFor();
  await page.locator("main form button").first().click();
  await page.locator(".made").waitFor();
  assert.deepEqual([keys.length, keys[0]], [2, keys[1]]);
  await page.locator("main .row button").last().click();
  await page.locator("[name=amount]").fill("1000");
  await page.locator("main form button").first().click();
  await page.locator(".made").waitFor();
  assert.notEqual(keys[2], keys[1]);
});

test("amounts are read as people write them", async (t) => {
  const page = await open(t);
  await signIn(page);
  await goTo(page, "link");
  for (const [typed, read] of [
    ["250000", "250 000"], ["250 000", "250 000"], ["250.000", "250 000"], ["250,000", "250 000"], ["1 234,5", "1 234,50"],
    ["1,234.50", "1 234,50"], ["0250000", "250 000"], ["250 000 soʻm", "250 000"], ["999999999,99", "999 999 999,99"],
    ["1,2,3", ""], ["-5", ""], ["1e6", ""], ["abc", ""], ["25,0000", ""], ["١٢٣", ""],
  ]) {
    await page.locator("[name=amount]").fill(typed);
    const shown = (await page.locator("output").textContent()).replaceAll("\u00a0", " ");
    assert.equal(shown, read && `= ${read} soʻm`, typed);
  }
});

test("a payment is cancelled after a question", async (t) => {
  const page = await open(t, "/cabinet?lang=en");
  await signIn(page);
  const { order_id } = await api("create_payment", { amount: "1000.00" });
  await page.evaluate((id) => { location.hash = `#/payments/${id}`; }, order_id);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "No" }).click();
  assert.equal((await api("check_payment", { order_id })).status, "pending");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Yes, cancel it" }).click();
  await page.locator("main .status.cancelled").waitFor();
  assert.equal((await api("check_payment", { order_id })).status, "cancelled");
});

test("filters stand in the address and pages follow one another", async (t) => {
  const page = await open(t, "/cabinet?lang=en");
  for (let made = 0; made < 30; made += 1) await api("create_payment", { amount: "1000.00", merchant_order_id: "pages" });
  await signIn(page);
  await goTo(page, "payments");
  await page.locator("summary").click();
  await page.locator("[name=merchant_order_id]").fill("pages");
  await page.locator("[name=status]").selectOption("pending");
  await page.locator(".filters button").click();
  await settled(page);
  assert.match(page.url(), /#\/payments\?status=pending&merchant_order_id=pages$/);
  assert.equal(await page.locator(".list li").count(), 25);
  await page.locator(".more").click();
  await page.waitForFunction(() => document.querySelectorAll(".list li").length >= 30);
  assert.equal(await page.locator(".more").count(), 0);
  await page.locator(".filters a").click();
  await settled(page);
  await page.goBack();
  await settled(page);
  assert.equal(await page.locator("[name=merchant_order_id]").inputValue(), "pages");
});

test("a long file comes in parts, with a progress bar, and can be stopped", async (t) => {
  const page = await open(t, "/cabinet?lang=en");
  await signIn(page);
  await goTo(page, "journal");
  const parts = { "": "date_time,net\r\n2026-11-01 10:00:00,1.00\r\n", next: "2026-11-02 10:00:00,2.00\r\n" };
  const held = [];
  await page.route("**/api/export_events?*", (route) => new Promise((go) => held.push(() => {
    const cursor = new URL(route.request().url()).searchParams.get("cursor") ?? "";
    const headers = { "Content-Type": "text/csv; charset=utf-8", ...(cursor ? {} : { "X-Next-Cursor": "next" }) };
    return route.fulfill({ headers, body: parts[cursor] }).then(go, go);
  })));
  const letGo = async () => {
    while (!held.length) await page.evaluate(() => new Promise(requestAnimationFrame));
    await held.shift()();
  };
  await page.getByRole("button", { name: "CSV file" }).click();
  await page.locator("progress").waitFor();
  await letGo();
  await page.getByText("rows: 2").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), letGo()]);
  assert.equal(await readFile(await download.path(), "utf8"), parts[""] + parts.next);
  assert.match(await page.locator(".file .good").textContent(), /rows: 2\.$/);

  await page.getByRole("button", { name: "Excel file" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  assert.equal(await page.locator("progress").count(), 0);
});

test("the file has the type of event that the journal shows", async (t) => {
  const page = await open(t, "/cabinet?lang=en#/journal");
  await signIn(page);
  await settled(page);
  await page.locator("[name=type]").selectOption("payment.refunded");
  await page.locator(".filters button").click();
  await settled(page);
  const [request] = await Promise.all([
    page.waitForRequest("**/api/export_events?*"), page.getByRole("button", { name: "CSV file" }).click()]);
  assert.equal(new URL(request.url()).searchParams.get("type"), "payment.refunded");
  assert.match(await page.locator(".file .good").textContent(), /_payment\.refunded\.csv, rows: \d+\.$/);
});

test("a test shop says so before its first payment", async (t) => {
  const page = await open(t, "/cabinet?lang=en");
  await signIn(page, { id: "102", key: "test_key_456" });
  await settled(page);
  await page.getByText("Test mode: payments are for trying only").waitFor();
  await page.getByText("Test Do'kon 2").waitFor();
});

test("a lost connection is said, and what failed comes by itself when it is back", async (t) => {
  const page = await open(t, "/cabinet?lang=en", {}, (complaint) => NETWORK.test(complaint));
  await signIn(page);
  await settled(page);
  await page.context().setOffline(true);
  await page.locator(".offline").waitFor();
  await page.locator(".ways a[href^='#/payments']").click();
  await page.locator(".problem").getByText("The server cannot be reached.").waitFor();
  await page.context().setOffline(false);
  await page.locator("main .list").waitFor();
  assert.ok(!(await page.locator(".offline").isVisible()));
});

test("everything can be done from the keyboard", async (t) => {
  const page = await open(t, "/cabinet?lang=en");
  const focused = () => page.evaluate(() => document.activeElement.textContent || document.activeElement.name);
  const press = async (key, times = 1) => { for (let at = 0; at < times; at += 1) await page.keyboard.press(key); };
  const tabTo = async (name) => {
    for (let at = 0; at < 40; at += 1) {
      await press("Tab");
      if ((await focused()) === name) return;
    }
    assert.fail(`no way to ${name}`);
  };
  await press("Tab");
  assert.equal(await focused(), "Skip to the content");
  await tabTo("shopId");
  await page.keyboard.type(SHOP.id);
  await press("Tab");
  await page.keyboard.type(SHOP.key);
  await press("Enter");
  await page.locator(".ways").waitFor();
  assert.equal(await focused(), "Today", "a new view begins at its heading");
  await settled(page);
  await page.locator(".bar.now").focus();
  const last = await page.locator(".readout").textContent();
  await press("ArrowLeft");
  assert.notEqual(await page.locator(".readout").textContent(), last);
  await page.locator(".skip").focus();
  await tabTo("New link");
  await press("Enter");
  await tabTo("amount");
  await page.keyboard.type("7000");
  await press("Enter");
  await page.locator(".made").waitFor();
  assert.equal(await focused(), "New payment link");
  await tabTo("Copy the link");
  await tabTo("Payment details");
  await press("Enter");
  await tabTo("Cancel");
  await press("Enter");
  assert.equal(await focused(), "Yes, cancel it");
  await press("Enter");
  await page.locator("main .status.cancelled").waitFor();
  await page.locator(".skip").focus();
  await tabTo("Sign out");
  await press("Enter");
  await page.locator(".login").waitFor();
});

const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

async function checkView(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`), [], name);
  await checkWidth(page, name);
  const text = await page.locator("#app").innerText();
  assert.ok(!/undefined|\[object|null\b|NaN/.test(text), `${name}: ${text}`);
}

/** Nothing stands beyond the window, or is cut off in its own box. */
async function checkWidth(page, name) {
  const wide = await page.evaluate(() => {
    const beyond = document.documentElement.scrollWidth - innerWidth;
    const cut = [...document.querySelectorAll("main *")].filter((one) => {
      if (one.closest("pre, .scroll, .unseen, svg, select") || one.matches("input")) return false;
      return one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && getComputedStyle(one).display !== "inline";
    });
    return [...(beyond > 0 ? [`${beyond} pixels beyond the window`] : []), ...cut.map((one) => one.outerHTML.slice(0, 200))];
  });
  assert.deepEqual(wide, [], name);
}

/** Every view with something in it: the login, the six views, a payment's panel and a new link. */
async function eachView(page, order, look) {
  await look("login");
  await signIn(page);
  for (const view of VIEWS) {
    await goTo(page, view);
    await look(view);
  }
  await page.evaluate((id) => { location.hash = `#/payments/${id}`; }, order);
  await settled(page);
  await look("payment");
  await goTo(page, "link");
  await page.locator("[name=amount]").fill("999999999.99");
  await page.locator("[name=description]").fill("juda uzun ".repeat(13).trim());
  await page.locator("main form button").first().click();
  await page.locator(".made").waitFor();
  await page.waitForFunction(() => document.querySelector(".qr").complete);
  await look("made");
}

for (const lang of LANGUAGES) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [device, viewport] of Object.entries(DEVICES)) {
      test(`accessible and not too wide: ${lang}, ${colorScheme}, ${device}`, async (t) => {
        const receiver = await startReceiver(t);
        await api("set_webhook", { url: receiver.url });
        t.after(() => api("delete_webhook"));
        const order = await payNew({ merchant_order_id: "A-17", description: "Choy va kitob" });
        await receiver.received(({ body }) => body.includes(order));
        // The policy of the page forbids what axe does to measure.
        const page = await open(t, `/cabinet?lang=${lang}`, { viewport, colorScheme, bypassCSP: true, reducedMotion: "reduce" });
        await eachView(page, order, async (name) => {
          assert.equal(await page.locator("html").getAttribute("lang"), lang);
          if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/cabinet-${name}-${lang}-${device}-${colorScheme}.png`, fullPage: true });
          await checkView(page, `${name} ${lang}`);
        });
      });
    }
  }
}

for (const [name, viewport, size] of [["320 pixels", { width: 320, height: 568 }, ""], ["text at 200 %", PHONE, "200%"]]) {
  test(`nothing is cut off: ${name}`, async (t) => {
    const order = await payNew({ merchant_order_id: "A-17" });
    for (const lang of LANGUAGES) {
      const page = await open(t, `/cabinet?lang=${lang}`, { viewport });
      await page.evaluate((fontSize) => { document.documentElement.style.fontSize = fontSize; }, size);
      await eachView(page, order, async (view) => {
        if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/cabinet-${view}-${lang}-${name.replace(/\W+/g, "_")}.png`, fullPage: true });
        await checkWidth(page, `${view} ${lang}`);
      });
    }
  });
}
