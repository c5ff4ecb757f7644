// Tests of the pay page: a payer opens it, pays and sees that it is paid. Each view fits a phone and a desktop.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { DESKTOP, openPage, PHONE, startBrowser, startProduct } from "./product.js";

const SHOP = "shop_id=101&shop_key=test_key_123";
const WIDTHS = { phone: PHONE, desktop: DESKTOP };
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

async function api(endpoint, parameters) {
  const answer = await fetch(`${product.url}/api/${endpoint}?${SHOP}&${parameters}`);
  return answer.json();
}

async function create(parameters = "amount=50000") {
  return (await api("create_payment", parameters)).order_id;
}

// The browser reports the 404 of an unknown order's page as an error. That one is expected.
const open = (t, path, options = {}) =>
  openPage(t, browser, product, path, { locale: "uz-UZ", ...options }, (complaint) => complaint.includes("404 (Not Found)"));

const view = (page) => page.locator("main").getAttribute("data-view");

test("the test button pays, and the shop's balance grows", async (t) => {
  const before = (await api("get_balance", "")).balance;
  const order = await create("amount=50000&description=Choy");
  const page = await open(t, `/pay/${order}`);
  assert.equal(await page.locator("html").getAttribute("lang"), "uz");
  assert.ok((await page.locator("main").textContent()).includes("50\u00a0000,00\u00a0soʻm"));
  await page.locator("button.test").click();
  await page.locator("main[data-view=paid]").waitFor();
  assert.ok((await page.locator("main").textContent()).includes("Toʻlov muvaffaqiyatli"));
  assert.equal((await api("check_payment", `order_id=${order}`)).status, "paid");
  assert.equal((await api("get_balance", "")).balance, before + 50000);
});

test("an open page shows paid by itself", async (t) => {
  const order = await create();
  const page = await open(t, `/pay/${order}?lang=en`);
  assert.equal(await view(page), "pending");
  await fetch(`${product.url}/pay/${order}/test`, { method: "POST", redirect: "manual" });
  await page.locator("main[data-view=paid]").waitFor({ timeout: 30_000 });
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
});

test("without JavaScript the test button works too, and the language stays", async (t) => {
  const order = await create();
  const page = await open(t, `/pay/${order}?lang=ru`, { javaScriptEnabled: false });
  await page.locator("button.test").click();
  assert.equal(await view(page), "paid");
  assert.equal(await page.locator("html").getAttribute("lang"), "ru");
});

test("each view fits a phone and a desktop in each language, and is accessible", async (t) => {
  const [pending, paid, cancelled] = [await create(`amount=999999999.99&description=${"juda uzun ".repeat(13)}`), await create(), await create()];
  await fetch(`${product.url}/pay/${paid}/test`, { method: "POST", redirect: "manual" });
  await api("cancel_payment", `order_id=${cancelled}`);
  const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
  for (const [name, path] of Object.entries({ pending, paid, cancelled, unknown: "ORD_1" })) {
    for (const lang of ["uz", "ru", "en"]) {
      for (const [width, viewport] of Object.entries(WIDTHS)) {
        for (const colorScheme of ["light", "dark"]) {
          const page = await open(t, `/pay/${path}?lang=${lang}`, { viewport, colorScheme, bypassCSP: true });
          assert.equal(await view(page), name);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${name} ${lang} ${width} is ${overflow} px too wide`);
          if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}-${lang}-${width}-${colorScheme}.png`, fullPage: true });
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => axe.run());
          assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), [], `${name} ${lang} ${width} ${colorScheme}`);
        }
      }
    }
  }
});
