"use strict";
// The page without this script is a document that can be read. With it: code names this server and what is typed into
// the forms, samples have tabs, and every endpoint can be tried. Words come from the document, so that this file is the
// same in every language.

const words = document.body.dataset;
const { lang } = document.documentElement;
const base = location.origin + location.pathname.replace(/\/+$/, "");
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};
const set = (made, attributes) => Object.entries(attributes).forEach((one) => made.setAttribute(...one));

// AbortSignal.timeout is too new for phones that are still in use.
const send = async (path, options = {}) => {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), 15000);
  try {
    const response = await fetch(base + path, { cache: "no-store", credentials: "omit", signal: abort.signal, ...options });
    return { response, text: await response.text() };
  } finally {
    clearTimeout(timer);
  }
};

// The language is remembered when the address names it.

if (new URLSearchParams(location.search).has("lang")) {
  document.cookie = `lang=${lang};path=/;max-age=31536000;samesite=lax`;
}
for (const link of all(".languages a")) {
  link.addEventListener("click", () => { link.hash = location.hash; });
}

// Code. Each block keeps its source: text, and the values that the forms fill in. It is written anew when one changes.

const EXAMPLE = { origin: "https://sizning-domeningiz.uz", shopId: "101", shopKey: "test_key_123" };
const typed = { shop_id: "", shop_key: "", order_id: "" };
const freshKey = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
let idempotencyKey = freshKey();

// A key that is no published one is shown as dots. Copied code has it.
const isPublished = (key) => all("[data-use-key]").some((button) => button.dataset.useKey === key);
const plain = (text, form) => (form.test(text) ? text : "");

const fillIn = (text, copying) => {
  const shop = plain(typed.shop_id, /^\w{1,18}$/) || EXAMPLE.shopId;
  const key = plain(typed.shop_key, /^[\w.~-]{1,100}$/) || EXAMPLE.shopKey;
  return text
    .replaceAll(EXAMPLE.origin, base)
    .replaceAll(words.orderId, plain(typed.order_id, /^\w{1,60}$/) || words.orderId)
    .replaceAll(EXAMPLE.shopKey, copying || key === EXAMPLE.shopKey || isPublished(key) ? key : "•".repeat(8))
    .replace(/((?:SHOP_ID=|["']|X-Shop-Id: ))101(?=["'\\ ])/g, `$1${shop}`);
};

// What a value looks like between the quotes of a programming language, or in an address.
const quoted = (value, before, language) => {
  if (/[?&]\w+=$/.test(before)) return encodeURIComponent(value);
  if (language === "php" && before.endsWith("'")) return value.replace(/[\\']/g, "\\$&");
  if (language === "curl") return value.replace(/[\\"$`]/g, "\\$&");
  return JSON.stringify(value).slice(1, -1);
};

const blocks = new Map();
const sourceOf = (code) => [...code.childNodes].map((node) => ({ text: node.textContent, name: node.dataset?.v }));

const textOf = (code, copying) => {
  const { source, form, language } = blocks.get(code);
  return source.reduce((before, { text, name }) => {
    if (!name) return before + fillIn(text, copying);
    const value = form?.elements[name]?.value || (name === "idempotency_key" ? idempotencyKey : "");
    return before + (value ? quoted(value, before, language) : text);
  }, "");
};

// Colours comments, texts and the names of members.
const coloured = (text, comment) => {
  const made = [];
  const token = new RegExp(`(${comment ? `${comment}.*|` : ""}"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*')`, "g");
  let at = 0;
  for (const { 0: found, index } of text.matchAll(token)) {
    made.push(text.slice(at, index));
    at = index + found.length;
    const isComment = comment && found.startsWith(comment);
    made.push(element(!isComment && text[at] === ":" ? "b" : "i", { className: isComment ? "c" : "" }, found));
  }
  return [...made, text.slice(at)];
};

const write = (code) => {
  const text = textOf(code);
  const block = blocks.get(code);
  if (block.written === text) return;
  block.written = text;
  code.replaceChildren(...coloured(text, block.comment));
};
const isShown = (code) => !code.closest("[hidden]");
let planned = false;
const writeAll = () => {
  planned = false;
  for (const code of blocks.keys()) if (isShown(code)) write(code);
};
const plan = () => {
  if (!planned) requestAnimationFrame(writeAll);
  planned = true;
};

// Copy buttons. Each names what it copies.

const copyFrom = (button, label, text, shown) => {
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = words.copied;
    } catch {
      if (shown) getSelection().selectAllChildren(shown);
      button.textContent = words.copyByHand;
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });
};
const addCopyButton = (block, name, text) => {
  const button = element("button", { type: "button", className: "copy", textContent: words.copy });
  set(button, { "aria-label": `${words.copy}: ${name}` });
  copyFrom(button, words.copy, text, block.querySelector("code"));
  block.append(button);
};

// Tabs of the code samples: one choice for the whole page, kept for the next visit. Samples without the chosen language
// show their first one.

const NAMES = { python: "Python", curl: "curl", php: "PHP", javascript: "JavaScript", go: "Go" };
const addTabs = (samples) => {
  const tabs = all("[data-language]", samples).map((panel) => {
    const { language } = panel.dataset;
    const tab = element("button", { type: "button", id: `${panel.id}-tab` }, NAMES[language]);
    tab.dataset.language = language;
    set(tab, { role: "tab", "aria-controls": panel.id });
    set(panel, { role: "tabpanel", "aria-labelledby": tab.id });
    return tab;
  });
  const list = element("div", {}, ...tabs);
  set(list, { role: "tablist", "aria-label": `${words.samples}: ${samples.closest("section").id}` });
  samples.prepend(list);
};
all(".samples").forEach(addTabs);

const choose = (language) => {
  for (const list of all("[role=tablist]")) {
    const tabs = all("[role=tab]", list);
    const shown = tabs.find((tab) => tab.dataset.language === language) ?? tabs[0];
    for (const tab of tabs) {
      set(tab, { "aria-selected": tab === shown });
      tab.tabIndex = tab === shown ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== shown;
    }
  }
  writeAll();
};
const chooseAndStay = (tab) => {
  const before = tab.getBoundingClientRect().top;
  choose(tab.dataset.language);
  scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
  try { localStorage.setItem("sample", tab.dataset.language); } catch { /* storage is switched off */ }
};
for (const list of all("[role=tablist]")) {
  const tabs = all("[role=tab]", list);
  list.addEventListener("click", ({ target }) => target.dataset.language && chooseAndStay(target));
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = tabs.at(to % tabs.length);
    tab.focus();
    chooseAndStay(tab);
  });
}

// An answer is set out from its own text, never from parsed numbers: 50000.00 stays 50000.00.

const setOut = (json) => {
  let out = "";
  let depth = 0;
  const line = () => { out += "\n" + "  ".repeat(depth); };
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+|[{}[\],:]/g) ?? [];
  tokens.forEach((token, at) => {
    const closes = "}]".includes(token);
    if (closes) { depth -= 1; if (!"{[".includes(tokens[at - 1])) line(); }
    out += token === ":" ? ": " : token;
    if (token === ",") line();
    if ("{[".includes(token)) { depth += 1; if (!"}]".includes(tokens[at + 1])) line(); }
  });
  return element("code", {}, ...coloured(out));
};

// Each form has a field for each parameter that is described above it. Without this script there is no form.

const HEADERS = { shop_id: "X-Shop-Id", shop_key: "X-Shop-Key" };
const SHARED = Object.keys(typed);

const addField = (to, form, name, value, keys) => {
  const id = `${form.dataset.endpoint}-${name}`;
  const label = element("label", { htmlFor: id }, element("code", {}, name));
  const input = element("input", { id, name, value, autocomplete: "off", autocapitalize: "none", spellcheck: false });
  if (keys) input.inputMode = keys;
  to.append(element("div", {}, label, input));
};
const addFields = (form) => {
  const usual = element("div", { className: "fields" });
  const more = element("div", { className: "fields" });
  const described = all(".parameters dt", form.closest("section"));
  if ("authorised" in form.dataset) described.unshift(...all("#endpoints .parameters dt"));
  for (const { dataset, firstChild } of described) {
    const name = firstChild.textContent;
    const value = HEADERS[name] && !("testShops" in words) ? "" : dataset.value ?? "";
    addField("value" in dataset ? usual : more, form, name, value, dataset.keys);
  }
  const send = element("p", {}, element("button", {}, words.try));
  if ("authorised" in form.dataset) send.append(" ", element("small", {}, words.keys));
  const result = element("div", { className: "result" });
  set(result, { role: "status" });
  form.prepend(
    element("h4", {}, words.try),
    usual,
    ...(more.children.length ? [element("details", {}, element("summary", {}, words.more), more)] : []),
    send,
  );
  form.append(result);
  form.noValidate = true;
  set(form, { "aria-label": `${words.try}: ${form.dataset.endpoint}` });
  form.hidden = false;
};
all("form.try").forEach(addFields);

const formOf = (endpoint) => document.querySelector(`form[data-endpoint=${endpoint}]`);
const submitOf = (form) => form.querySelector("button:not([type])");

// Credentials and the order that are typed in one form are those of every form, and of the code.

const share = (name, value) => {
  typed[name] = value;
  for (const input of all(`input[name=${name}]`)) if (input.value !== value) input.value = value;
  plan();
};
document.addEventListener("input", ({ target }) => {
  if (SHARED.includes(target.name)) share(target.name, target.value);
  else if (target.form) plan();
});

const COMMENT = { python: "#", bot: "#", telegram: "#", curl: "#", php: "//", shop: "//", javascript: "//", go: "//" };
for (const code of all(".code code")) {
  const panel = code.closest(".code");
  const section = code.closest("section");
  const kind = panel.dataset.language ?? panel.id.split("-")[1] ?? (panel.closest(".steps") ? "curl" : "");
  blocks.set(code, { source: sourceOf(code), form: section.querySelector("form"), language: kind, comment: COMMENT[kind] });
  const number = all(".code:not([data-language])", section).indexOf(panel) + 1;
  addCopyButton(panel, `${section.id}, ${NAMES[panel.dataset.language] ?? number}`, () => textOf(code, true));
}
for (const section of all("section[id]")) {
  const link = element("a", { className: "anchor", href: `#${section.id}`, tabIndex: -1 }, "#");
  set(link, { "aria-hidden": true });
  section.prepend(link);
}
for (const address of all("code[data-runs]")) address.textContent = base;
let remembered;
try { remembered = localStorage.getItem("sample"); } catch { /* storage is switched off */ }
choose(remembered);

// Trying an endpoint. Keys go in headers, to this server only; an empty field is left out.

const show = (result, request, outcome, ok, ...body) => {
  result.replaceChildren(
    element("p", { className: "sent" }, request),
    element("p", {}, element("span", { className: ok ? "outcome" : "outcome bad" }, outcome)),
    ...body,
  );
};
const answerBlock = (name, json) => {
  const code = setOut(json);
  const block = element("div", { className: "code" }, element("pre", {}, code));
  addCopyButton(block, name, () => code.textContent);
  return block;
};

// The meaning of an error in the reader's language, from the table of errors.
const meaningOf = (json) => {
  const name = json.match(/"error_code":\s*"(\w+)"/)?.[1];
  const row = name && document.getElementById(name);
  if (!row?.matches("#errors tr")) return [];
  const link = element("a", { href: `#${name}` }, element("code", {}, name));
  const said = row.lastElementChild.cloneNode(true).childNodes;
  return [element("p", { className: "meaning" }, link, " — ", ...said)];
};

const attempt = async (form) => {
  const query = new URLSearchParams();
  const headers = {};
  for (const [name, value] of new FormData(form)) {
    if (value === "") continue;
    if (HEADERS[name]) headers[HEADERS[name]] = value;
    else query.append(name, value);
  }
  const path = `/api/${form.dataset.endpoint}${[...query].length ? `?${query}` : ""}`;
  const request = [`GET ${path}`, ...Object.entries(headers).map(([name, value]) =>
    `${name}: ${name === "X-Shop-Key" ? "•".repeat(8) : value}`)].join("\n");
  const result = form.querySelector(".result");
  const foreign = Object.keys(HEADERS).find((name) => /[^\x20-\x7e]/.test(headers[HEADERS[name]] ?? ""));
  if (foreign) {
    show(result, request, words.error, false, element("p", {}, words.notLatin, " ", element("code", {}, foreign)));
    form.elements[foreign].focus();
    return null;
  }
  const button = submitOf(form);
  set(button, { "aria-disabled": true });
  result.replaceChildren(element("p", {}, words.running));
  const start = performance.now();
  try {
    const { response, text } = await send(path, { headers });
    const time = `${Math.round(performance.now() - start)} ${words.ms}`;
    const success = response.ok && /"success":\s*true/.test(text);
    const isJson = /json/.test(response.headers.get("content-type"));
    const ok = success || (response.ok && !isJson);
    const outcome = `${ok ? "" : `${words.error} · `}HTTP ${response.status} · ${time}`;
    show(result, request, outcome, ok, ...(ok ? [] : meaningOf(text)),
      isJson ? answerBlock(form.dataset.endpoint, text) : element("pre", { className: "file" }, element("code", {}, text)));
    return success ? text : null;
  } catch {
    show(result, request, words.error, false, element("p", {}, words.failed));
    return null;
  } finally {
    button.removeAttribute("aria-disabled");
  }
};

const next = document.querySelector(".next");

for (const form of all("form.try")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submitOf(form).hasAttribute("aria-disabled")) return;
    const creates = form.dataset.endpoint === "create_payment";
    if (creates) next.hidden = true;
    const answer = await attempt(form);
    if (answer && creates) offer(JSON.parse(answer), answer);
  });
}

// The published keys of a test shop: into every form and sample, then the first request with them.

for (const button of all("[data-use-shop]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    share("shop_id", button.dataset.useShop);
    share("shop_key", button.dataset.useKey);
    for (const card of all(".keys .card")) card.classList.toggle("chosen", card.contains(button));
    document.querySelector(".picked").textContent = `${button.dataset.useShop} ${words.picked}`;
    run("check_shop");
  });
}
const run = (endpoint) => {
  const form = formOf(endpoint);
  unfold(form);
  form.scrollIntoView({ block: "center" });
  form.requestSubmit();
  submitOf(form).focus({ preventScroll: true });
};

// The rest of the story: give the link to a payer, pay a test payment, see its status and the new balance.

const said = next.querySelector("[data-said]");
const created = said.textContent;
const pay = next.querySelector("[data-pay]");
const address = next.querySelector(".address");
copyFrom(next.querySelector("[data-copy-link]"), next.querySelector("[data-copy-link]").textContent, () => address.textContent, address);

const offer = (payment, answer) => {
  share("order_id", payment.order_id);
  idempotencyKey = freshKey();
  const link = payment.pay_url;
  // The amount as the API wrote it: parsed and written again, it would lose its decimals.
  next.querySelector(".sum").textContent = answer.match(/"amount_formatted":\s*"([^"]*)"/)?.[1] ?? "";
  Object.assign(address, { textContent: link, href: `${link}?lang=${lang}` });
  next.querySelector("[data-open]").href = `${link}?lang=${lang}`;
  next.querySelector("[data-share]").href = `https://t.me/share/url?url=${encodeURIComponent(link)}`;
  next.querySelector("img").src = `${base}/pay/${payment.order_id}/qr.svg`;
  said.textContent = created;
  pay.hidden = payment.mode !== "test";
  next.hidden = false;
};

pay.addEventListener("click", async () => {
  if (pay.hasAttribute("aria-disabled")) return;
  set(pay, { "aria-disabled": true });
  try {
    // The answer is a redirect to the payment's page, paid or not; it is not followed here, the status is asked for.
    await send(`/pay/${typed.order_id}/test`, { method: "POST", redirect: "manual" });
    const { text } = await send(`/api/check_payment?order_id=${typed.order_id}`);
    said.textContent = JSON.parse(text).status === "paid" ? next.dataset.paid : next.dataset.notPaid;
  } catch {
    said.textContent = words.failed;
  } finally {
    pay.removeAttribute("aria-disabled");
  }
});
for (const button of all("[data-then]")) button.addEventListener("click", () => run(button.dataset.then));

// On a phone an endpoint is folded until it is asked for.

const phone = matchMedia("(max-width: 800px)");
const unfold = (within) => {
  for (let one = within?.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
};
const unfoldTarget = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.tagName === "SECTION") unfold(target.querySelector(".fold > summary"));
  else unfold(target);
  target.scrollIntoView();
};
if (phone.matches) for (const fold of all(".fold")) fold.open = false;
addEventListener("hashchange", unfoldTarget);
if (location.hash) unfoldTarget();

// The contents: a menu on a phone, a search, and a mark at the section that is read.

const contents = document.querySelector(".contents");
const links = all(".contents a");
const menu = element("button", { type: "button", className: "menu quiet" }, words.menu);
const openMenu = (open) => {
  contents.classList.toggle("open", open);
  set(menu, { "aria-expanded": open });
};
openMenu(false);
menu.addEventListener("click", () => openMenu(!contents.classList.contains("open")));
const search = element("input", { type: "search", autocomplete: "off", placeholder: words.hint });
set(search, { "aria-label": words.search });
const hits = element("ul", { className: "hits", hidden: true });
const hint = element("p", { className: "nothing", textContent: words.nothing, hidden: true });
set(hint, { role: "status" });
contents.firstElementChild.before(menu, search, hits, hint);
contents.addEventListener("click", ({ target }) => target.closest("a") && openMenu(false));
contents.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") { openMenu(false); search.value = ""; find(); menu.focus(); }
});

// Writings of the Uzbek apostrophe count as the same.
const folded = (text) => text.toLowerCase().replace(/[ʻʼ’‘`']/g, "'");
const places = all("main section[id], main tr[id], main dt[id], .parameters dt").map((place) => {
  const section = place.closest("section");
  const title = section.querySelector("h2, h3").firstChild.textContent.trim();
  const row = place === section ? "" : place.querySelector("code").textContent;
  const says = place.tagName === "DT" ? place.nextElementSibling : place;
  return { id: place.id || section.id, title, row, text: folded(`${row} ${says.textContent}`), name: folded(`${row} ${title}`) };
});
const find = () => {
  const wanted = folded(search.value.trim());
  const found = wanted.length < 2 ? [] : places.filter(({ text }) => text.includes(wanted));
  const rank = ({ name, row }) => 2 * name.includes(wanted) + (row !== "");
  found.sort((one, other) => rank(other) - rank(one));
  hits.replaceChildren(...found.slice(0, 12).map(({ id, title, row }) =>
    element("li", {}, element("a", { href: `#${id}` }, ...(row ? [element("code", {}, row), " "] : []), title))));
  hits.hidden = !found.length;
  hint.hidden = wanted.length < 2 || found.length > 0;
  contents.lastElementChild.hidden = found.length > 0;
};
search.addEventListener("input", find);
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  hits.querySelector("a")?.click();
});

const spy = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    const link = links.find(({ hash }) => hash === `#${target.id}`);
    if (!isIntersecting || !link) continue;
    for (const other of links) other.removeAttribute("aria-current");
    set(link, { "aria-current": "location" });
    menu.textContent = `${words.menu} · ${link.textContent}`;
    if (!phone.matches) contents.scrollTop = link.offsetTop - contents.clientHeight / 2;
  }
}, { rootMargin: "-15% 0px -80% 0px" });
all("main > section[id]").forEach((section) => spy.observe(section));
