// One payment: everything that the API tells of it, and what can still be done.
import { BASE, ask } from "../api.js";
import { copyButton } from "../copy.js";
import { momentText, timeOfEvent } from "../day.js";
import { announce, element, put } from "../dom.js";
import { money } from "../money.js";
import { statusBadge } from "../payment_list.js";
import { runFor, showIn } from "../problem.js";
import { linkTo, refresh } from "../router.js";
import { language, words } from "../texts.js";

/** The address of a payment's page for the payer, in the reader's language. */
export const payAddress = (orderId) => `${BASE}/pay/${orderId}`;

export const showPayment = ({ id, signal, place }) => {
  const { payment: w } = words();
  const panel = element("div", {});
  put(place, element("p", {}, element("a", { href: linkTo("payments") }, `← ${w.back}`)), element("h1", { tabindex: -1 }, w.title), panel);
  showIn(panel, signal, async () => panelOf(await ask("get_payment", { order_id: id }, { signal }), signal));
};

const panelOf = (payment, signal) => {
  const { payment: w } = words();
  return [
    element("section", { class: "card" },
      element("div", { class: "row between" }, element("p", { class: "figure" }, money(payment.amount)), statusBadge(payment.status)),
      payment.mode === "test" && element("p", { class: "note" }, w.test),
      payment.status === "expired" && payment.may_still_be_paid && element("p", { class: "note" }, w.may_still_be_paid),
      actions(payment, signal)),
    element("section", { class: "card" }, element("h2", {}, w.details), facts(payment)),
    receipts(payment),
    element("section", { class: "card" }, element("h2", {}, w.events), events(payment)),
  ];
};

const actions = (payment, signal) => {
  const { payment: w } = words();
  const address = payAddress(payment.order_id);
  const outcome = element("div", {});
  return element("div", {},
    element("p", { class: "address" }, element("a", { href: `${address}?lang=${language()}`, target: "_blank", rel: "noopener noreferrer" }, address)),
    element("p", { class: "row" },
      copyButton(address, w.link),
      element("a", { class: "button quiet small", href: `${address}?lang=${language()}`, target: "_blank", rel: "noopener noreferrer" }, w.open),
      payment.may_still_be_paid && cancelButton(payment, outcome, signal)),
    outcome);
};

/** Cancels after a second press. */
const cancelButton = (payment, outcome, signal) => {
  const { payment: w } = words();
  const ask_first = element("button", {
    type: "button", class: "danger small",
    click: () => {
      outcome.replaceChildren(question);
      yes.focus();
    },
  }, w.cancel);
  const problem = element("div", {});
  const yes = element("button", {
    type: "button", class: "danger small",
    click: () => runFor(yes, problem, async () => {
      await ask("cancel_payment", { order_id: payment.order_id }, { signal });
      refresh();
      announce(words().status.cancelled);
      document.querySelector("h1")?.focus();
    }),
  }, w.cancel_yes);
  const no = element("button", { type: "button", class: "quiet small", click: () => { outcome.replaceChildren(); ask_first.focus(); } }, w.cancel_no);
  const question = element("div", { class: "note", role: "group", "aria-label": w.cancel }, element("p", {}, w.cancel_question), element("p", { class: "row" }, yes, no), problem);
  return ask_first;
};

const facts = (payment) => {
  const { payment: w, provider } = words();
  const time = (name) => payment[name] && momentText(payment[name]);
  const amount = (name) => payment[name] && money(payment[name]);
  const rows = [
    ["created_at", time("created_at")], ["expires_at", time("expires_at")], ["paid_at", time("paid_at")],
    ["cancelled_at", time("cancelled_at")], ["refunded_at", time("refunded_at")],
    ["returned_by", payment.returned_by && w[`returned_by_${payment.returned_by}`]],
    ["merchant_order_id", payment.merchant_order_id], ["description", payment.description], ["return_url", payment.return_url],
    ["provider", payment.provider && provider[payment.provider]], ["provider_transaction", payment.provider_transaction],
    ["fee", amount("fee")], ["net", amount("net")],
    ["order_id", payment.order_id, true], ["payment_id", payment.payment_id, true],
  ];
  return element("dl", { class: "rows" }, rows.filter(([, value]) => value).map(([name, value, copied]) => element("div", {},
    element("dt", {}, w[name]), element("dd", {}, element("bdi", {}, value), copied && copyButton(value, w[name])))));
};

/** The fiscal receipts as Payme sent them. Only https addresses become links. */
const receipts = (payment) => {
  const { payment: w } = words();
  const made = [["fiscal_perform", w.receipt], ["fiscal_cancel", w.refund_receipt]].filter(([name]) => payment[name]);
  if (!made.length) return undefined;
  return element("section", { class: "card" }, made.map(([name, title]) => [
    element("h2", {}, title),
    element("dl", { class: "rows" }, Object.entries(payment[name]).map(([field, value]) => element("div", {},
      element("dt", {}, field),
      element("dd", {}, /^https:\/\//.test(value)
        ? element("a", { href: value, target: "_blank", rel: "noopener noreferrer" }, value)
        : element("bdi", {}, typeof value === "object" ? JSON.stringify(value) : String(value)))))),
  ]));
};

const events = ({ event_ids: ids }) => {
  const { payment: w, event } = words();
  if (!ids.length) return element("p", { class: "soft" }, w.no_events);
  return element("ul", { class: "list plain" }, ids.map((id) => element("li", {},
    element("p", {}, element("strong", {}, event[`payment.${id.split("_").at(-1)}`]), " ", element("span", { class: "soft" }, momentText(timeOfEvent(id)))),
    element("p", { class: "row" }, element("code", {}, id), copyButton(id, "event_id")))));
};
