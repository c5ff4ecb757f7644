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
const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

let product;
let browser;

before(async () => {
  [product, browser] = await Promise.all([startProduct(), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await product?.stop();
});

const open = (t, path = "/", options = {}, expected = undefined) =>
  openPage(t, browser, product, path, { permissions: ["clipboard-read", "clipboard-write"], ...options }, expected);

const form = (page, endpoint) => page.locator(`form[data-endpoint=${endpoint}]`);

/** Presses the form's button and returns the answer that the page shows. */
async function answerOf(page, endpoint) {
  const tried = form(page, endpoint);
  if (!(await tried.isVisible())) await page.locator(`#${endpoint} summary`).first().click();
  await tried.locator("button:not([type])").click();
  return shown(tried);
}

const isInView = (one) => {
  const { top, bottom } = one.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
};

const scrolledTo = async (page, locator) => page.waitForFunction(isInView, await locator.elementHandle());

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
  // The pay page speaks the language of this page.
  assert.equal(await page.locator("[data-open]").getAttribute("href"), `${created.pay_url}?lang=uz`);

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
  assert.ok((await page.locator(".next").textContent()).includes("Toʻlov qabul qilinmadi"));
});

test("the other shop's keys go into every form", async (t) => {
  const page = await open(t);
  await page.locator("[data-use-shop='102']").click();
  // The first request goes out at once, and the reader is where its answer is.
  assert.equal((await shown(form(page, "check_shop"))).shop_id, "102");
  await scrolledTo(page, form(page, "check_shop").locator("button:not([type])"));
  assert.match(await page.locator(".picked").textContent(), /^102 /);
  for (const id of ["#check_shop-python", "#guide", "#get_balance"]) {
    const code = await page.locator(`${id} .code code, ${id} code`).first().textContent();
    assert.ok(!code.includes("test_key_123"), id);
  }
  assert.match(await page.locator("#check_shop-python code").textContent(), /"X-Shop-Id": "102",\n.*"X-Shop-Key": "test_key_456"/);
  await form(page, "get_balance").locator("[name=shop_key]").fill("wrong");
  const refused = await answerOf(page, "check_shop");
  assert.equal(refused.error, "Invalid shop key");
});

test("copied code runs", async (t) => {
  const page = await open(t);
  const { order_id } = await answerOf(page, "create_payment");
  await page.locator("#check_payment-javascript-tab").click();
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
  await page.getByRole("link", { name: /^RU/ }).click();
  await page.waitForURL(`${product.url}/?lang=ru`);
  await page.goto(`${product.url}/`);
  assert.equal(await page.locator("html").getAttribute("lang"), "ru");
  await page.getByRole("link", { name: /^UZ/ }).click();
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
  assert.equal(await page.locator("form:visible, button:visible, [role=tab]:visible").count(), 0);
  assert.ok(await page.locator("noscript").count());
  const names = await page.locator("#check_shop .samples .code").evaluateAll((blocks) =>
    blocks.map((block) => getComputedStyle(block, "::before").content));
  assert.deepEqual(names, ['"python"', '"curl"', '"php"', '"javascript"', '"go"']);
});

test("a refused payment takes the offer of the one before it away", async (t) => {
  const page = await open(t);
  await answerOf(page, "create_payment");
  assert.ok(await page.locator(".next").isVisible());
  await form(page, "create_payment").locator("[name=amount]").fill("500");
  assert.equal((await answerOf(page, "create_payment")).error_code, "amount_too_small");
  assert.ok(!(await page.locator(".next").isVisible()));
});

for (const [lang, word, meaning] of [["uz", "Xato", "Summa 1000 soʻmdan kam."], ["ru", "Ошибка", "Сумма меньше 1000 сумов."]]) {
  test(`a failure is told by words and in the reader's language: ${lang}`, async (t) => {
    const page = await open(t, `/?lang=${lang}`);
    await form(page, "create_payment").locator("[name=amount]").fill("500");
    await answerOf(page, "create_payment");
    const result = form(page, "create_payment").locator(".result");
    assert.match(await result.locator(".outcome").textContent(), new RegExp(`^${word} · HTTP 200 · `));
    assert.equal(await result.locator(".meaning").textContent(), `amount_too_small — ${meaning}`);
  });
}

test("a phone without AbortSignal.timeout tries the API, too", async (t) => {
  const page = await open(t, "/nowhere-yet", {}, (complaint) => complaint.includes("404"));
  await page.addInitScript(() => { delete AbortSignal.timeout; });
  await page.goto(`${product.url}/`);
  assert.equal(await page.evaluate(() => AbortSignal.timeout), undefined);
  assert.equal((await answerOf(page, "check_shop")).valid, true);
});

test("the keyboard's focus stays where the reader is, and is seen", async (t) => {
  const page = await open(t, "/", { colorScheme: "light" });
  const button = form(page, "create_payment").locator("button:not([type])");
  await button.focus();
  await page.keyboard.press("Enter");
  await page.locator(".next").waitFor();
  assert.ok(await button.evaluate((one) => one === document.activeElement));
  await page.locator("[data-then=check_payment]").focus();
  await page.keyboard.press("Enter");
  await shown(form(page, "check_payment"));
  const check = form(page, "check_payment").locator("button:not([type])");
  assert.ok(await check.evaluate((one) => one === document.activeElement));
  await scrolledTo(page, check);

  const contrast = await check.evaluate((one) => {
    const light = (color) => {
      const [red, green, blue] = color.match(/[\d.]+/g).slice(0, 3).map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ring = light(getComputedStyle(one).outlineColor);
    const paper = light(getComputedStyle(one.closest("form")).backgroundColor);
    return (Math.max(ring, paper) + 0.05) / (Math.min(ring, paper) + 0.05);
  });
  assert.ok(contrast >= 3, `the focus ring has a contrast of ${contrast}`);
});

test("a live payment is offered to its payer and not to the test button", async (t) => {
  const page = await open(t);
  const answer = {
    success: true, order_id: "ORD_1701234567_9c4e1m7k0v2p8s6w3j5t1b4xq", amount_formatted: "1000.00 UZS", mode: "live",
    pay_url: `${product.url}/pay/ORD_1701234567_9c4e1m7k0v2p8s6w3j5t1b4xq`,
  };
  await page.route("**/api/create_payment*", (route) => route.fulfill({ json: answer }));
  await page.route("**/qr.svg", (route) => route.fulfill({ contentType: "image/svg+xml", body: "<svg xmlns='http://www.w3.org/2000/svg'/>" }));
  await answerOf(page, "create_payment");
  assert.ok(await page.locator("[data-open]").isVisible());
  assert.ok(!(await page.locator("[data-pay]").isVisible()));
});

test("a key with a letter that is not Latin is named, and not sent", async (t) => {
  const page = await open(t);
  const calls = [];
  page.on("request", (request) => request.url().includes("/api/") && calls.push(request.url()));
  const tried = form(page, "check_shop");
  await tried.locator("[name=shop_key]").fill("kalit ўзбек");
  await tried.locator("button:not([type])").click();
  assert.match(await tried.locator(".result").textContent(), /Xato.*lotin boʻlmagan.*shop_key/s);
  assert.equal(await page.evaluate(() => document.activeElement.id), "check_shop-shop_key");
  assert.deepEqual(calls, []);
});

test("what is typed stands in the samples, and what is copied runs with it", async (t) => {
  const page = await open(t);
  const tried = form(page, "create_payment");
  await page.locator("#create_payment .try summary").click();
  await tried.locator("[name=amount]").fill("7777.50");
  await tried.locator("[name=description]").fill(`Choy "qora" & 'shakar'`);
  await tried.locator("[name=merchant_order_id]").fill("42");
  await page.locator("#create_payment-javascript-tab").click();
  await page.locator("#create_payment-javascript .copy").click();
  const code = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(code.includes('"7777.50"') && code.includes("X-Shop-Key") && code.includes("idempotency_key"), code);
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", code]);
  assert.match(stdout, /^✅ Toʻlov sahifasi: /);
  const keys = { "X-Shop-Id": "101", "X-Shop-Key": "test_key_123" };
  const sold = await (await fetch(`${product.url}/api/get_payment?merchant_order_id=42`, { headers: keys })).json();
  assert.deepEqual([sold.amount, sold.description], [7777.5, `Choy "qora" & 'shakar'`]);
  const other = { php: `'description' => 'Choy "qora" & \\'shakar\\''`, go: "description=Choy%20%22qora%22%20%26%20'shakar'", curl: `"description=Choy \\"qora\\" & 'shakar'"` };
  for (const [language, written] of Object.entries(other)) {
    await page.locator(`#create_payment-${language}-tab`).click();
    const shownCode = await page.locator(`#create_payment-${language} code`).textContent();
    assert.ok(shownCode.includes(written), shownCode);
  }
  assert.ok((await page.locator("#create_payment .shows").textContent()).includes(`"pay_url": "${product.url}/pay/`));
});

test("a key that is not published is copied, but not shown", async (t) => {
  const page = await open(t);
  await form(page, "check_shop").locator("[name=shop_key]").fill("tk_live_secret1");
  await page.locator("#check_shop-python .copy").click();
  await page.waitForFunction(() => document.querySelector("#check_shop-python code").textContent.includes("••••"));
  assert.ok(!(await page.locator("main").innerText()).includes("tk_live_secret1"));
  assert.ok((await page.evaluate(() => navigator.clipboard.readText())).includes('"X-Shop-Key": "tk_live_secret1"'));
});

test("a created payment is a link to copy, open, share and scan", async (t) => {
  const page = await open(t);
  await form(page, "create_payment").locator("[name=amount]").fill("485000");
  const { pay_url } = await answerOf(page, "create_payment");
  const card = page.locator(".link");
  assert.equal(await card.locator(".sum").textContent(), "485000.00 UZS");
  await card.locator("[data-copy-link]").click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), pay_url);
  assert.equal(await card.locator("[data-share]").getAttribute("href"), `https://t.me/share/url?url=${encodeURIComponent(pay_url)}`);
  await page.waitForFunction(() => document.querySelector(".link img").naturalWidth > 0);
});

test("copy buttons say what they copy, and code is no stop of the keyboard", async (t) => {
  const page = await open(t);
  const names = await page.locator(".copy").evaluateAll((buttons) => buttons.map((button) => button.getAttribute("aria-label")));
  assert.equal(new Set(names).size, names.length, "two copy buttons have one name");
  assert.equal(await page.locator("pre[tabindex]").count(), 0);
  assert.ok(await page.locator("#guide .copy").first().evaluate((one) => getComputedStyle(one).opacity === "1"));
});

test("the contents mark the section that is read, and find words", async (t) => {
  const page = await open(t, "/", { reducedMotion: "reduce" });
  await page.locator("#statuses h2").evaluate((title) => title.scrollIntoView());
  await page.locator(".contents [aria-current][href='#statuses']").waitFor();
  await page.locator(".contents input").fill("so'rovlar juda ko'p");
  assert.equal(await page.locator(".hits a").first().getAttribute("href"), "#rate_limited");
  await page.locator(".contents input").press("Enter");
  assert.ok(page.url().endsWith("#rate_limited"));
  await page.locator(".contents input").fill("qqqq");
  assert.ok(await page.locator(".nothing").isVisible());
  await page.locator("#errors h2").hover();
  assert.equal(await page.locator("#errors > .anchor").getAttribute("href"), "#errors");
});

test("a phone has a menu, and folds the endpoints until one is asked for", async (t) => {
  const page = await open(t, "/#get_report", { viewport: PHONE, reducedMotion: "reduce" });
  assert.ok(await form(page, "get_report").isVisible());
  assert.ok(!(await form(page, "get_events").isVisible()));
  const top = await form(page, "get_report").evaluate((one) => one.getBoundingClientRect().top);
  await page.locator(".menu").evaluate((button) => button.click());
  assert.equal(await form(page, "get_report").evaluate((one) => one.getBoundingClientRect().top), top, "the menu moves the page");
  await page.locator(".contents a[href='#get_events']").click();
  await form(page, "get_events").waitFor();
  assert.ok(!(await page.locator(".contents a[href='#get_events']").isVisible()));
  await page.locator("#create_payment summary").first().click();
  await page.locator("#create_payment .codes a[href='#amount_too_small']").click();
  await page.locator("tr#amount_too_small").waitFor();
  const other = await open(t, "/", { viewport: PHONE });
  const height = await other.evaluate(() => document.documentElement.scrollHeight);
  assert.ok(height < 16_000, `${height} pixels`);
});

test("a printed page has nothing to press", async (t) => {
  const page = await open(t);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  assert.equal(await page.locator("button:visible, [role=tab]:visible, form:visible, nav:visible").count(), 0);
});

test("an address that leads nowhere is a page in the reader's language", async (t) => {
  for (const [lang, title] of [["uz", "Bunday sahifa yoʻq"], ["ru", "Такой страницы нет"], ["en", "There is no such page"]]) {
    const page = await open(t, `/no/such/page?lang=${lang}`, {}, (complaint) => complaint.includes("404"));
    assert.equal(await page.locator("h1").textContent(), title);
    await page.evaluate(axe);
    assert.deepEqual((await page.evaluate(() => globalThis.axe.run())).violations.map(({ id }) => id), []);
    await page.locator(".button").click();
    await page.waitForURL(`${product.url}/?lang=${lang}`);
  }
});

test("the first screen of a phone says how payers pay and leads on", async (t) => {
  const page = await open(t, "/", { viewport: PHONE });
  for (const text of ["Payme", "Click", "Uzcard", "Humo"]) {
    assert.ok(await page.locator(".ways li", { hasText: text }).evaluate(isInView), text);
  }
  assert.ok(await page.locator(".hero .button").first().evaluate(isInView));
});

test("the page and all its resources are smaller than 170 KB", async (t) => {
  for (const lang of LANGUAGES) {
    const page = await open(t, "/");
    const bodies = [];
    page.on("response", (response) => bodies.push(response.body()));
    await page.goto(`${product.url}/?lang=${lang}`, { waitUntil: "networkidle" });
    const bytes = (await Promise.all(bodies)).reduce((sum, { length }) => sum + length, 0);
    assert.ok(bytes > 10_000 && bytes < 170 * 1024, `${lang}: ${bytes} bytes`);
  }
});

for (const lang of LANGUAGES) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [device, viewport] of [["phone", PHONE], ["desktop", DESKTOP]]) {
      test(`accessible and not too wide: ${lang}, ${colorScheme}, ${device}`, async (t) => {
        const page = await open(t, `/?lang=${lang}`, { viewport, colorScheme, reducedMotion: "reduce" });
        await answerOf(page, "create_payment");
        await answerOf(page, "cancel_payment");
        await page.locator("#create_payment .try summary").click();
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
