"use strict";
// The page without this script is a document that can be read. With it: copies work as they stand, samples have tabs,
// and every endpoint can be tried. Words come from the document, so that this file is the same in every language.

const words = document.body.dataset;
const base = location.origin + location.pathname.replace(/\/+$/, "");
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};
const set = (made, attributes) => Object.entries(attributes).forEach((one) => made.setAttribute(...one));

// What is copied and run names this very server and, once a payment was created, that payment.

const replaceInCode = (from, to) => {
  for (const code of all("[data-runs]")) {
    const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) walker.currentNode.data = walker.currentNode.data.replaceAll(from, to);
  }
};
replaceInCode("https://sizning-domeningiz.uz", base);

let orderId = words.orderId;
const useOrder = (id) => {
  replaceInCode(orderId, id);
  orderId = id;
  for (const input of all("input[name=order_id]")) input.value = id;
};

// The language is remembered when the address names it.

if (new URLSearchParams(location.search).has("lang")) {
  document.cookie = `lang=${document.documentElement.lang};path=/;max-age=31536000;samesite=lax`;
}
for (const link of all(".languages a")) {
  link.addEventListener("click", () => { link.hash = location.hash; });
}

// Code that is wider than its box is scrolled with the keyboard.

for (const block of all("pre")) block.tabIndex = 0;

// Copy buttons.

const addCopyButton = (block) => {
  const button = element("button", { type: "button", className: "copy", textContent: words.copy });
  button.addEventListener("click", async () => {
    const code = block.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = words.copied;
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = words.copyByHand;
    }
    setTimeout(() => { button.textContent = words.copy; }, 2000);
  });
  block.append(button);
};
all(".code").forEach(addCopyButton);

// Tabs of the code samples: one choice for the whole page, kept for the next visit. Samples without the chosen language
// show their first one.

const NAMES = { python: "Python", curl: "curl", php: "PHP", javascript: "JavaScript", go: "Go" };
const addTabs = (samples) => {
  const panels = all("[data-language]", samples);
  const tabs = panels.map((panel) => {
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
let remembered;
try { remembered = localStorage.getItem("sample"); } catch { /* storage is switched off */ }
choose(remembered);

// An answer is set out from its own text, never from parsed numbers: 50000.00 stays 50000.00.

const setOut = (json) => {
  const code = element("code");
  let depth = 0;
  const line = () => code.append("\n" + "    ".repeat(depth));
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+|[{}[\],:]/g) ?? [];
  tokens.forEach((token, at) => {
    const closes = "}]".includes(token);
    const empty = closes && "{[".includes(tokens[at - 1]);
    if (closes) { depth -= 1; if (!empty) line(); }
    if (token[0] === '"') code.append(element(tokens[at + 1] === ":" ? "b" : "i", {}, token));
    else code.append(token === ":" ? ": " : token);
    if (token === ",") line();
    if ("{[".includes(token)) { depth += 1; if (!"}]".includes(tokens[at + 1])) line(); }
  });
  return code;
};

// Trying an endpoint. Keys go in headers, to this server only; an empty field is left out.

const HEADERS = { shop_id: "X-Shop-Id", shop_key: "X-Shop-Key" };

const show = (result, request, outcome, ok, body) => {
  const block = element("div", { className: "code" }, element("pre", { tabIndex: 0 }, body));
  addCopyButton(block);
  result.replaceChildren(
    element("pre", { className: "sent", tabIndex: 0 }, request),
    element("p", {}, element("span", { className: ok ? "outcome" : "outcome bad" }, outcome)),
    block,
  );
};

const attempt = async (form) => {
  const query = new URLSearchParams();
  const headers = {};
  for (const [name, value] of new FormData(form)) {
    if (value === "") continue;
    if (HEADERS[name]) headers[HEADERS[name]] = value;
    else query.append(name, value);
  }
  const path = `/api/${form.dataset.endpoint}${query.size ? "?" + query : ""}`;
  const request = [`GET ${path}`, ...Object.entries(headers).map(([name, value]) =>
    `${name}: ${name === "X-Shop-Key" ? "•".repeat(8) : value}`)].join("\n");
  const result = form.querySelector(".result");
  const button = form.querySelector("button:not([type])");
  button.disabled = true;
  result.replaceChildren(element("p", {}, words.running));
  const start = performance.now();
  try {
    const response = await fetch(base + path, {
      headers, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(15000),
    });
    const text = await response.text();
    const time = `${Math.round(performance.now() - start)} ${words.ms}`;
    const success = response.ok && /"success":\s*true/.test(text);
    show(result, request, `HTTP ${response.status} · ${time}`, success, setOut(text));
    return success ? text : null;
  } catch (error) {
    show(result, request, words.failed, false, element("code", {}, error.message));
    return null;
  } finally {
    button.disabled = false;
  }
};

// Each form has a field for each parameter that is described above it. Without this script there is no form.

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
    addField("value" in dataset ? usual : more, form, firstChild.textContent, dataset.value ?? "", dataset.keys);
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
    result,
  );
  form.noValidate = true;
  set(form, { "aria-label": `${words.try}: ${form.dataset.endpoint}` });
  form.hidden = false;
};
all("form.try").forEach(addFields);

const formOf = (endpoint) => document.querySelector(`form[data-endpoint=${endpoint}]`);

for (const form of all("form.try")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await attempt(form);
    if (answer && form.dataset.endpoint === "create_payment") offerToPay(JSON.parse(answer).order_id);
  });
}

// Credentials and the order that are typed in one form are those of every form.

for (const input of all("input[name=shop_id], input[name=shop_key], input[name=order_id]")) {
  input.addEventListener("input", () => {
    for (const same of all(`input[name=${input.name}]`)) same.value = input.value;
  });
}
for (const button of all("[data-use-shop]")) {
  const label = button.textContent;
  button.addEventListener("click", () => {
    for (const input of all("input[name=shop_id]")) input.value = button.dataset.useShop;
    for (const input of all("input[name=shop_key]")) input.value = button.dataset.useKey;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

// The rest of the story: pay the payment that was just created, see its state and the new balance.

const next = document.querySelector(".next");
const [said, , then] = next.children;
const created = said.textContent;
const pay = next.querySelector("[data-pay]");

const offerToPay = (id) => {
  useOrder(id);
  next.hidden = false;
  then.hidden = true;
  said.textContent = created;
  pay.disabled = false;
  next.querySelector("[data-open]").href = `${base}/pay/${id}`;
};

pay.addEventListener("click", async () => {
  pay.disabled = true;
  try {
    const options = { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(15000) };
    // The answer is a redirect to the payment's page, paid or not; it is not followed here, the state is asked for.
    await fetch(`${base}/pay/${orderId}/test`, { ...options, method: "POST", redirect: "manual" });
    const state = await fetch(`${base}/api/check_payment?order_id=${orderId}`, options);
    const paid = (await state.json()).status === "paid";
    said.textContent = paid ? next.dataset.paid : next.dataset.notPaid;
    then.hidden = false;
  } catch {
    said.textContent = words.failed;
    pay.disabled = false;
  }
});

for (const button of all("[data-then]")) {
  button.addEventListener("click", () => {
    const form = formOf(button.dataset.then);
    form.closest("section").scrollIntoView();
    form.requestSubmit();
    form.querySelector("button:not([type])").focus({ preventScroll: true });
  });
}
