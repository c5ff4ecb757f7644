// A new payment: its form, then the link to send to the buyer, which turns to paid by itself.
import { ApiProblem, BASE, ask, askStatus } from "../api.js";
import { copyButton } from "../copy.js";
import { announce, element, put, valuesOf } from "../dom.js";
import { money, typedAmount } from "../money.js";
import { statusBadge } from "../payment_list.js";
import { problemNotice, runFor } from "../problem.js";
import { randomKey } from "../random.js";
import { addView, linkTo, refresh } from "../router.js";
import { fillText, words } from "../texts.js";

const WATCH_MS = 3000;
const WATCH_LONG_MS = 15000;
const WATCH_LONG_AFTER_MS = 15 * 60000;

/** The payment that was made last, so that another language does not lose it. */
let made;

addView("link", ({ signal, place }) => {
  put(place, element("h1", { tabindex: -1 }, words().link.title));
  if (made) showMade(place, signal);
  else showForm(place, signal);
});

const showForm = (place, signal) => {
  const { link: w } = words();
  const outcome = element("div", {});
  const button = element("button", {}, w.create);
  const read = element("output", { class: "soft", for: "amount" });
  const amount = element("input", { id: "amount", name: "amount", inputmode: "decimal", autocomplete: "off", required: true, maxlength: 20 });
  // The same key until something is changed: repeating a request whose answer got lost makes no second payment.
  let key = randomKey();
  const form = element("form", {
    class: "card", novalidate: true,
    input: () => {
      key = randomKey();
      const typed = typedAmount(amount.value);
      read.textContent = typed ? `= ${money(typed)}` : "";
    },
    submit: (event) => {
      event.preventDefault();
      const values = valuesOf(form);
      const typed = typedAmount(values.amount ?? "");
      if (!typed) {
        outcome.replaceChildren(problemNotice(new ApiProblem("invalid_amount")));
        amount.focus();
        return;
      }
      runFor(button, outcome, async () => {
        made = await ask("create_payment", { ...values, amount: typed, idempotency_key: key }, { signal });
        refresh();
        document.querySelector("h1")?.focus();
        announce(words().link.ready);
      });
    },
  },
    element("label", { for: "amount" }, w.amount), amount, element("p", { class: "read" }, read),
    element("label", {}, w.description, element("input", { name: "description", maxlength: 140, autocomplete: "off" })),
    element("p", { class: "soft hint" }, w.description_hint),
    element("details", {}, element("summary", {}, w.more),
      element("label", {}, w.merchant_order_id, element("input", { name: "merchant_order_id", maxlength: 64, autocomplete: "off" })),
      element("label", {}, w.return_url, element("input", { name: "return_url", type: "url", maxlength: 500, placeholder: "https://", autocomplete: "off" })),
      element("p", { class: "soft hint" }, w.return_url_hint)),
    element("p", {}, button),
    outcome);
  put(place, element("p", { class: "lead" }, w.lead), form);
};

const showMade = (place, signal) => {
  const { link: w } = words();
  const { pay_url: address, order_id: id, amount, description } = made;
  const state = element("div", { class: "row between" });
  const share = { text: [description, money(amount)].filter(Boolean).join(" — "), url: address };
  put(place,
    element("section", { class: "card made" },
      state,
      element("p", { class: "figure" }, money(amount)),
      description && element("p", {}, element("bdi", {}, description)),
      element("p", { class: "address" }, element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address)),
      element("p", { class: "row not-printed" },
        copyButton(address, undefined, w.copy),
        element("a", {
          class: "button small", target: "_blank", rel: "noopener noreferrer",
          href: `https://t.me/share/url?${new URLSearchParams(share)}`,
        }, w.telegram),
        navigator.share && element("button", { type: "button", class: "quiet small", click: () => navigator.share(share).catch(() => {}) }, w.share),
        element("button", { type: "button", class: "quiet small", click: () => print() }, w.print)),
      element("img", { class: "qr", src: `${BASE}/pay/${id}/qr.svg`, alt: w.qr, width: 246, height: 246 })),
    element("p", { class: "row" },
      element("button", { type: "button", click: () => { made = undefined; refresh(); document.querySelector("h1")?.focus(); } }, w.another),
      element("a", { class: "button quiet", href: linkTo("payments", id) }, w.see)));
  watch(id, state, signal);
};

/** Asks for the status until it is final or the reader goes elsewhere. A page that nobody sees asks nothing. */
const watch = async (id, state, signal) => {
  const { link: w } = words();
  const begun = Date.now();
  const show = (status, sentence) => state.replaceChildren(
    statusBadge(status), element("span", { class: status === "paid" ? "good" : "soft" }, sentence));
  show("pending", w.watching);
  while (!signal.aborted) {
    await pause(Date.now() - begun < WATCH_LONG_AFTER_MS ? WATCH_MS : WATCH_LONG_MS, signal);
    if (document.hidden || signal.aborted) continue;
    try {
      const { status } = await askStatus(id, { signal });
      if (signal.aborted) return;
      if (status === "pending") {
        show(status, w.watching);
        continue;
      }
      const sentence = status === "paid" ? fillText(w.paid, { amount: money(made.amount) }) : w.closed;
      show(status, sentence);
      announce(sentence);
      return;
    } catch {
      if (!signal.aborted) show("pending", w.cannot_see);
    }
  }
};

/** Waits, or less if the reader goes elsewhere or comes back to the page. */
const pause = (milliseconds, signal) => new Promise((resolve) => {
  const end = () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", end);
    signal.removeEventListener("abort", end);
    resolve();
  };
  const timer = setTimeout(end, milliseconds);
  document.addEventListener("visibilitychange", end);
  signal.addEventListener("abort", end);
});
