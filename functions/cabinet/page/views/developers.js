// For developers: samples with the shop's own id. The key is masked; the copy button puts it in.
import { BASE } from "../api.js";
import { copyButton } from "../copy.js";
import { element, put } from "../dom.js";
import { randomKey } from "../random.js";
import { addView } from "../router.js";
import { shopId, shopKey } from "../session.js";
import { fillText, language, words } from "../texts.js";

/** The beginning of a key that tells its kind, and dots for the rest. */
const masked = (key) => `${key.match(/^tk_(?:test|live)_/)?.[0] ?? ""}••••`;

addView("developers", ({ place }) => {
  const { developers: w } = words();
  put(place,
    element("h1", { tabindex: -1 }, w.title),
    element("p", { class: "lead" }, w.lead),
    element("ul", { class: "links" },
      element("li", {}, element("a", { href: `${BASE}/?lang=${language()}` }, w.documentation)),
      element("li", {}, element("a", { href: `${BASE}/openapi.json` }, w.contract))),
    element("section", { class: "card" }, element("dl", { class: "rows" },
      [[w.address, BASE], ["shop_id", shopId()], ["shop_key", masked(shopKey())]].map(([term, value]) =>
        element("div", {}, element("dt", {}, term), element("dd", {}, element("code", {}, value)))))),
    SAMPLES.map(([name, write]) => sample(name, write)));
});

const sample = (name, write) => {
  const { developers: w } = words();
  return element("section", { class: "card" },
    element("div", { class: "row between" }, element("h2", {}, name), copyButton(() => write(shopKey(), randomKey()), fillText(w.with_key, { name }))),
    element("pre", { tabindex: 0, role: "region", "aria-label": name }, element("code", {}, write(masked(shopKey()), EXAMPLE_KEY))));
};

/** Shown only: each copy of the sample for curl gets a fresh key, so that two make two payments. */
const EXAMPLE_KEY = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

const SAMPLES = [
  ["curl", (key, unique) => [
    `curl '${BASE}/api/create_payment?amount=1000.00' \\`,
    `  -H 'X-Shop-Id: ${shopId()}' -H 'X-Shop-Key: ${key}' \\`,
    `  -H 'Idempotency-Key: ${unique}'`,
  ].join("\n")],
  ["Python", (key) => [
    `import uuid`,
    `import requests`,
    ``,
    `answer = requests.get(`,
    `    "${BASE}/api/create_payment",`,
    `    params={"amount": "1000.00", "idempotency_key": str(uuid.uuid4())},`,
    `    headers={"X-Shop-Id": "${shopId()}", "X-Shop-Key": "${key}"},`,
    `    timeout=15,`,
    `).json()`,
    `print(answer["pay_url"] if answer["success"] else answer["error_code"])`,
  ].join("\n")],
  ["JavaScript", (key) => [
    `const query = new URLSearchParams({ amount: "1000.00", idempotency_key: crypto.randomUUID() });`,
    `const response = await fetch("${BASE}/api/create_payment?" + query, {`,
    `  headers: { "X-Shop-Id": "${shopId()}", "X-Shop-Key": "${key}" },`,
    `});`,
    `const answer = await response.json();`,
    `console.log(answer.success ? answer.pay_url : answer.error_code);`,
  ].join("\n")],
  ["PHP", (key) => [
    `$query = http_build_query(["amount" => "1000.00", "idempotency_key" => bin2hex(random_bytes(16))]);`,
    `$context = stream_context_create(["http" => ["header" => "X-Shop-Id: ${shopId()}\\r\\nX-Shop-Key: ${key}", "timeout" => 15]]);`,
    `$answer = json_decode(file_get_contents("${BASE}/api/create_payment?$query", false, $context), true);`,
    `echo $answer["success"] ? $answer["pay_url"] : $answer["error_code"];`,
  ].join("\n")],
];
