// The product and the browser that the tests use.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const ROOT = new URL("../..", import.meta.url).pathname;

/** Starts `cargo local` with nothing in its store; `url` is its address. `TOPHAMYON_URL` names one that already runs. */
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

/** Debian's Chromium, or the one that `CHROMIUM` names. It may ask nobody but the product. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}
