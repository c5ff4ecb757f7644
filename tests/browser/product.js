// Starts the product and the browser for the tests.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const ROOT = new URL("../..", import.meta.url).pathname;

/** Starts `cargo local` with an empty store and returns its `url`. Uses the product at `TOPHAMYON_URL` instead if that is set. */
export async function startProduct() {
  if (process.env.TOPHAMYON_URL) return { url: process.env.TOPHAMYON_URL, stop() {} };
  const child = spawn("cargo", ["local", "--port", "0", "--store-port", "0", "--data", ":memory:"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = line.match(/^listening on (\S+)$/)?.[1];
    if (url) {
      child.stdout.resume();
      return { url, stop: () => child.kill("SIGINT") };
    }
  }
  throw new Error("cargo local ended before it listened");
}

/** Starts Debian's Chromium, or the program that `CHROMIUM` names, without its own background requests. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 900 };

/**
 * Opens the page at `path` in a new context. The test fails if the browser reports an error or a warning that is not
 * `expected`, or if the page sends a request to another host than the product.
 */
export async function openPage(t, browser, product, path, options = {}, expected = () => false) {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(product.url) && !asked.startsWith("data:")) complaints.push(`asked ${asked}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints.filter((complaint) => !expected(complaint)), []);
  });
  await page.goto(product.url + path);
  return page;
}
