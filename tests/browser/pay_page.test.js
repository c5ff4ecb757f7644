// Tests of the pay page: a payer opens it, pays and sees that it is paid. Each view fits a phone and a desktop.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { DESKTOP, openPage, PHONE, startBrowser, startProduct } from "./product.js";
import { heldByClick, heldByPayme, liveShop, operate, payme } from "./providers.js";

const SHOP = "shop_id=101&shop_key=test_key_123";
const WIDTHS = { phone: PHONE, desktop: DESKTOP };
const SCREENSHOTS = process.env.SCREENSHOTS;
const RETURN_URL = encodeURIComponent("https://kitob.uz/orders/1204");
const FISCAL = { receipt_id: 121, status_code: 0, qr_code_url: "https://ofd.soliq.uz/check?t=EP1&r=2" };
const MINUTE = 60_000;

let product;
let browser;
let live;

before(async () => {
  [product, browser] = await Promise.all([startProduct(), startBrowser()]);
  live = await liveShop(product, "Registon kitoblari", "+998 90 123-45-67");
});

after(async () => {
  await browser?.close();
  await product?.stop();
});

async function api(endpoint, parameters, shop = SHOP) {
  const answer = await fetch(`${product.url}/api/${endpoint}?${shop}&${parameters}`);
  return answer.json();
}

async function create(parameters = "amount=50000", shop = SHOP) {
  return (await api("create_payment", parameters, shop)).order_id;
}

const pressTest = (order) => fetch(`${product.url}/pay/${order}/test`, { method: "POST", redirect: "manual" });

// The browser reports the 404 of an unknown order's page, and a connection that is lost, as errors. Those are expected.
const expected = (complaint) => complaint.includes("404 (Not Found)") || complaint.includes("ERR_INTERNET_DISCONNECTED");

const open = (t, path, options = {}) => openPage(t, browser, product, path, { locale: "uz-UZ", ...options }, expected);

const view = (page) => page.locator("main").getAttribute("data-view");

const text = (page) => page.locator("main").innerText();

/** Payments in every view that real time allows. A payment expires after five minutes at the soonest. */
async function everyView() {
  const order = `merchant_order_id=A-1204&description=${encodeURIComponent("Ikki kitob va daftar")}&return_url=${RETURN_URL}`;
  const made = async (shop, more = "amount=485000") => create(`${more}&${order}`, shop);
  const views = {
    pending: await made(live),
    pending_test: await made(SHOP),
    pending_large: await create(`amount=999999999.99&description=${"juda uzun ".repeat(13)}`),
    failed: await made(live),
    held: await made(live),
    held_click: await made(live),
    paid: await made(live),
    paid_test: await made(SHOP),
    cancelled: await made(live),
    refunded: await made(live),
    unknown: "ORD_1",
  };
  await payme(product, "live", "CancelTransaction", { id: await heldByPayme(product, "live", views.failed, 485000), reason: 3 });
  await heldByPayme(product, "live", views.held, 485000);
  await heldByClick(product, views.held_click, 485000);
  for (const paid of [views.paid, views.refunded]) {
    const id = await heldByPayme(product, "live", paid, 485000);
    await payme(product, "live", "PerformTransaction", { id });
    await payme(product, "live", "SetFiscalData", { id, type: "PERFORM", fiscal_data: FISCAL });
    if (paid === views.refunded) await payme(product, "live", "CancelTransaction", { id, reason: 5 });
  }
  await pressTest(views.paid_test);
  await api("cancel_payment", `order_id=${views.cancelled}`, live);
  return views;
}

test("the test button pays, and the shop's balance grows", async (t) => {
  const before = (await api("get_balance", "")).balance;
  const order = await create("amount=50000&description=Choy");
  const page = await open(t, `/pay/${order}`);
  assert.equal(await page.locator("html").getAttribute("lang"), "uz");
  assert.ok((await text(page)).includes("50\u00a0000 soʻm"));
  assert.ok(!(await text(page)).includes(",00"));
  await page.locator("button.test").click();
  await page.locator("main[data-view=paid]").waitFor();
  assert.ok((await text(page)).includes("Toʻlov muvaffaqiyatli oʻtdi"));
  assert.equal((await api("check_payment", `order_id=${order}`)).status, "paid");
  assert.equal((await api("get_balance", "")).balance, before + 50000);
});

test("an open page shows paid by itself, and asks only its own route", async (t) => {
  const order = await create();
  const page = await open(t, `/pay/${order}?lang=en`);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  assert.equal(await view(page), "pending");
  await page.waitForResponse(/status$/);
  await pressTest(order);
  await page.locator("main[data-view=paid]").waitFor({ timeout: 10_000 });
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.deepEqual(new Set(asked), new Set([`/pay/${order}/status`, `/pay/${order}`]));
});

test("a phone that knows nothing newer than 2018 sees the result, too", async (t) => {
  const order = await create();
  const page = await open(t, "/pay");
  await page.context().addInitScript(() => {
    delete AbortSignal.timeout;
    delete AbortSignal.any;
    delete window.AbortController;
    delete Array.prototype.at;
    delete String.prototype.replaceAll;
    delete Element.prototype.replaceChildren;
    delete Promise.any;
    delete Promise.allSettled;
    delete window.structuredClone;
    delete Navigator.prototype.share;
  });
  await page.goto(`${product.url}/pay/${order}`);
  await page.waitForResponse(/status$/);
  await pressTest(order);
  await page.locator("main[data-view=paid]").waitFor({ timeout: 10_000 });
});

test("the page asks every few seconds for a quarter of an hour, and seldom after", async (t) => {
  const order = await create();
  const page = await open(t, "/pay");
  await page.clock.install();
  await page.goto(`${product.url}/pay/${order}`);
  let asked = 0;
  page.on("request", (request) => { asked += request.url().endsWith("/status"); });
  const asksIn = async (milliseconds) => {
    asked = 0;
    // The clock goes on only when each answer is here.
    for (let gone = 0; gone < milliseconds; gone += 500) {
      await page.clock.runFor(500);
      await page.waitForTimeout(15);
    }
    return asked;
  };
  const first = await asksIn(30_000);
  assert.ok(first >= 6 && first <= 15, `${first} questions in half a minute`);
  await page.clock.fastForward(15 * MINUTE);
  await page.waitForTimeout(200);
  const later = await asksIn(60_000);
  assert.ok(later >= 1 && later <= 4, `${later} questions in a minute, later`);
});

test("the page says that the connection is lost, and that it is back", async (t) => {
  const order = await create();
  const page = await open(t, `/pay/${order}`);
  const notice = page.locator(".connection");
  assert.equal(await notice.textContent(), "");
  await page.context().setOffline(true);
  await notice.filter({ hasText: "Internet aloqasi yoʻq" }).waitFor();
  await pressTest(order);
  await page.context().setOffline(false);
  await page.locator("main[data-view=paid]").waitFor({ timeout: 10_000 });
  assert.equal(await notice.textContent(), "Aloqa tiklandi.");
});

test("a held page names the provider, leads on to it and back to the shop", async (t) => {
  const order = await create(`amount=50000&return_url=${RETURN_URL}`, live);
  const page = await open(t, `/pay/${order}`);
  await heldByPayme(product, "live", order, 50000);
  await page.locator("main[data-view=held]").waitFor({ timeout: 10_000 });
  assert.match(await text(page), /Toʻlov Payme orqali boshlangan/);
  assert.match(await page.locator("a.back", { hasText: "Payme orqali davom ettirish" }).getAttribute("href"), /^https:\/\/checkout\.paycom\.uz\/bT0/);
  assert.equal(await page.locator("a[data-back]").getAttribute("href"), "https://kitob.uz/orders/1204");
  assert.match(await text(page), /shu vaqtdan keyin qayta toʻlang[\s\S]*Toshkent vaqti/);

  const clicked = await create("amount=50000", live);
  await heldByClick(product, clicked, 50000);
  await page.goto(`${product.url}/pay/${clicked}?lang=ru`);
  assert.match(await page.locator("a.back", { hasText: "Продолжить в Click" }).getAttribute("href"), /^https:\/\/my\.click\.uz\//);
});

test("a failed attempt is told, and both ways are offered again", async (t) => {
  const order = await create("amount=50000", live);
  const page = await open(t, `/pay/${order}`);
  assert.equal(await page.locator(".failed").count(), 0);
  const id = await heldByPayme(product, "live", order, 50000);
  await page.locator("main[data-view=held]").waitFor({ timeout: 10_000 });
  await payme(product, "live", "CancelTransaction", { id, reason: 3 });
  await page.locator("main[data-view=pending]").waitFor({ timeout: 10_000 });
  assert.match(await page.locator(".failed").innerText(), /Payme orqali toʻlov oʻtmadi/);
  assert.equal(await page.locator("[data-announcement]").textContent(), "Payme orqali toʻlov oʻtmadi");
  assert.equal(await page.locator("a.way").count(), 2);
  assert.equal(await page.locator(".failed .contact a").getAttribute("href"), "tel:+998901234567");
});

test("a receipt can be saved, printed and shared, and leads to the fiscal receipt", async (t) => {
  const { paid, refunded } = await everyView();
  const page = await open(t, "/pay");
  await page.addInitScript(() => {
    navigator.share = (what) => {
      window.shared = what;
      return Promise.resolve();
    };
  });
  await page.goto(`${product.url}/pay/${paid}`);
  assert.equal(await page.locator("dd a", { hasText: "ofd.soliq.uz" }).getAttribute("href"), FISCAL.qr_code_url);
  const download = page.waitForEvent("download");
  await page.locator("[data-save]").click();
  const saved = await readFile(await (await download).path(), "utf8");
  for (const line of ["TopHamyon", "485\u00a0000 soʻm", "Registon kitoblari", "Payme", FISCAL.qr_code_url, paid]) assert.ok(saved.includes(line), `${line} is not in ${saved}`);
  await page.evaluate(() => { window.print = () => { window.printed = true; }; });
  await page.locator("[data-print]").click();
  assert.equal(await page.evaluate(() => window.printed), true);
  await page.locator("[data-share]").click();
  const shared = await page.evaluate(() => window.shared);
  assert.ok(shared.url === page.url() && shared.text.includes(paid), JSON.stringify(shared));
  // Whoever opens a receipt stays.
  assert.equal(await page.locator("[data-returning]").isVisible(), false);

  await page.goto(`${product.url}/pay/${refunded}`);
  assert.match(await text(page), /Toʻlov usuli\s+Payme[\s\S]*Toʻlangan vaqti[\s\S]*Qaytarilgan vaqti/);
});

test("a payer who has just paid goes back to the shop, unless he touches the page", async (t) => {
  const back = `${product.url}/pay/`;
  for (const touched of [false, true]) {
    const order = await create(`amount=50000&return_url=${RETURN_URL}`);
    const page = await open(t, `/pay/${order}`);
    let left = false;
    await page.route("https://kitob.uz/**", (route) => { left = true; return route.fulfill({ body: "shop" }); });
    page.removeAllListeners("request");
    await page.locator("button.test").click();
    await page.locator("[data-returning]").filter({ hasText: /\d/ }).waitFor();
    if (touched) {
      await page.locator("h1").click();
      assert.equal(await page.locator("[data-returning]").isVisible(), false);
      await page.waitForTimeout(1500);
      assert.ok(!left && page.url().startsWith(back));
    } else {
      await page.waitForURL("https://kitob.uz/orders/1204", { timeout: 15_000 });
    }
  }
});

test("every view leads back to the shop and tells its contact", async (t) => {
  const { pending_large, unknown, pending_test, paid_test, ...views } = await everyView();
  const closed = await liveShop(product, "Yopiq", "@yopiq_dokon");
  views.closed = await create(`amount=50000&return_url=${RETURN_URL}`, closed);
  await operate(product, { command: "disable_shop", shop_id: closed.match(/\d+/)[0] });
  const page = await open(t, "/pay");
  for (const [name, order] of Object.entries(views)) {
    await page.goto(`${product.url}/pay/${order}`);
    assert.equal(await page.locator("a[data-back]").getAttribute("href"), "https://kitob.uz/orders/1204", name);
    assert.ok(await page.locator("a[href^='tel:'], a[href^='https://t.me/']").count(), `${name} tells no contact`);
  }
  // Nothing is counted down where nothing can be paid.
  assert.match(await text(page), /Doʻkon hozir toʻlov qabul qilmayapti/);
  assert.equal(await page.locator("[data-countdown]").count(), 0);
});

test("the clock shows in the last hour only, and moves nothing", async (t) => {
  const [soon, later] = [await create("amount=50000&expires_in=30"), await create()];
  const page = await open(t, "/pay", { viewport: PHONE });
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.shift += entry.value; })).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(`${product.url}/pay/${soon}`);
  await page.locator("[data-countdown]").filter({ hasText: /^(29|30):\d\d$/ }).waitFor();
  assert.equal(await page.evaluate(() => window.shift), 0);
  await page.goto(`${product.url}/pay/${later}`);
  assert.equal(await page.locator("[data-time-left]").isVisible(), false);
});

test("a test shop's page offers the test button first, and marks Payme as its sandbox", async (t) => {
  const page = await open(t, `/pay/${await create()}`);
  const ways = await page.locator(".way").allInnerTexts();
  assert.match(ways[0], /Test toʻlovi/);
  assert.match(ways[1], /sandbox[\s\S]*test\.paycom\.uz/);
});

test("the QR code has at least 164 pixels and a whole number of them a module", async (t) => {
  const page = await open(t, `/pay/${await create()}`);
  const { width, height, side } = await page.locator(".qr").evaluate((qr) => ({ ...qr.getBoundingClientRect().toJSON(), side: qr.viewBox.baseVal.width }));
  assert.ok(width >= 164 && width === height && Number.isInteger(width / side), `${width} px, ${side} modules`);
});

test("every path below /pay is a page, in three languages", async (t) => {
  const page = await open(t, "/pay");
  for (const path of ["/pay", "/pay/", "/pay/ORD_1", "/pay/ORD_1/where", "/pay/a/b/c"]) {
    for (const [lang, heading] of [["uz", "Toʻlov topilmadi"], ["ru", "Платёж не найден"], ["en", "Payment not found"]]) {
      const answer = await page.goto(`${product.url}${path}?lang=${lang}`);
      assert.equal(answer.status(), 404);
      assert.equal(await page.locator("h1").innerText(), heading, path);
    }
  }
});

test("the language that another page of ours keeps is kept", async (t) => {
  const order = await create();
  const page = await open(t, "/pay", { locale: "en-US" });
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.context().addCookies([{ name: "lang", value: "ru", url: product.url }]);
  await page.goto(`${product.url}/pay/${order}`);
  assert.equal(await page.locator("html").getAttribute("lang"), "ru");
  await page.goto(`${product.url}/pay/${order}?lang=uz`);
  assert.equal(await page.locator("html").getAttribute("lang"), "uz");
});

test("without JavaScript the test button works too, and the language stays", async (t) => {
  const order = await create();
  const page = await open(t, `/pay/${order}?lang=ru`, { javaScriptEnabled: false });
  assert.equal(await page.locator("[data-time-left]").isVisible(), false);
  await page.locator("button.test").click();
  assert.equal(await view(page), "paid");
  assert.equal(await page.locator("html").getAttribute("lang"), "ru");
  assert.equal(await page.locator("[data-print]").isVisible(), false);
});

test("the amount is whole at every width, in large text and in a wide font", async (t) => {
  const amounts = ["1000", "485000", "12345678", "999999999.99"];
  const orders = await Promise.all(amounts.map((amount) => create(`amount=${amount}`)));
  await pressTest(orders[3]);
  const page = await open(t, "/pay", { bypassCSP: true });
  for (const order of [...orders, await create("amount=999999999.99")]) {
    for (const lang of ["uz", "ru", "en"]) {
      for (const style of ["", "html { font-size: 200% }"]) {
        await page.goto(`${product.url}/pay/${order}?lang=${lang}`);
        await page.addStyleTag({ content: `body { font-family: "DejaVu Sans" !important } ${style}` });
        for (const width of [320, 360, 390, 412, 511, 512, 600, 799, 800, 820, 911, 1024, 1440, 2560]) {
          await page.setViewportSize({ width, height: 800 });
          const seen = await page.locator(".amount").evaluate((amount) => {
            const text = amount.firstChild;
            const number = text.data.match(/[\d\u00a0.,]*\d/);
            const range = document.createRange();
            range.setStart(text, number.index);
            range.setEnd(text, number.index + number[0].length);
            const lines = new Set(Array.from(range.getClientRects(), (rect) => rect.top)).size;
            range.selectNodeContents(amount);
            const [ink, box] = [range.getBoundingClientRect(), amount.closest(".bill").getBoundingClientRect()];
            const page = document.documentElement.scrollWidth - innerWidth;
            return { lines, left: ink.left - box.left, right: box.right - ink.right, page };
          });
          const what = `${order} ${lang} ${width} px ${style}: ${JSON.stringify(seen)}`;
          assert.ok(seen.left >= 8 && seen.right >= 8 && seen.page <= 0, what);
          assert.equal(seen.lines, 1, what);
        }
      }
    }
  }
});

test("on paper a page has the brand, the contact and, to pay it, the QR code, and no dark colour", async (t) => {
  const { pending, paid } = await everyView();
  const page = await open(t, `/pay/${paid}`, { viewport: PHONE, colorScheme: "dark" });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  for (const shown of [".brand", "dd a[href^='tel:']", ".amount"]) assert.ok(await page.locator(shown).isVisible(), shown);
  for (const hidden of ["nav", "[data-print]", "a[data-back]"]) assert.ok(!(await page.locator(hidden).isVisible()), hidden);
  const fill = await page.locator(".sign circle").evaluate((disc) => getComputedStyle(disc).fill);
  assert.equal(fill, "rgb(255, 255, 255)");
  await page.goto(`${product.url}/pay/${pending}`);
  assert.ok(await page.locator(".qr").isVisible());
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/print.png`, fullPage: true });
});

test("each view fits a phone and a desktop in each language, and is accessible", async (t) => {
  const views = Object.entries(await everyView());
  const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
  for (const [width, viewport] of Object.entries(WIDTHS)) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open(t, "/pay", { viewport, colorScheme, bypassCSP: true });
      for (const lang of ["uz", "ru", "en"]) {
        for (const [name, path] of views) {
          const what = `${name}-${lang}-${width}-${colorScheme}`;
          await page.goto(`${product.url}/pay/${path}?lang=${lang}`);
          assert.equal(await view(page), name === "failed" ? "pending" : name.split("_")[0]);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${what} is ${overflow} px too wide`);
          if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${what}.png`, fullPage: true });
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => axe.run());
          assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), [], what);
        }
      }
    }
  }
});
