// The journal and the report of some days, and both as a file.
import { ask } from "../api.js";
import { EVENT_TYPES } from "../codes.js";
import { dayText, daysLater, firstOfMonth, momentText, today } from "../day.js";
import { element, put, valuesOf } from "../dom.js";
import { downloadButtons } from "../download.js";
import { grouped, money } from "../money.js";
import { moreButton } from "../more.js";
import { showIn } from "../problem.js";
import { addView, goTo, linkTo } from "../router.js";
import { words } from "../texts.js";

const EVENTS_AT_ONCE = 25;

addView("journal", ({ filters, signal, place }) => {
  const { journal: w } = words();
  const { from = firstOfMonth(today()), to = today(), type = "" } = filters;
  const report = element("div", {});
  const list = element("div", {});
  put(place,
    element("h1", { tabindex: -1 }, w.title),
    presets(from, to),
    daysForm(from, to, type),
    element("section", { class: "card" }, element("h2", {}, w.file), element("p", { class: "soft" }, w.file_hint), downloadButtons(() => ({ from, to, type }), signal)),
    element("section", { class: "card" }, element("h2", {}, w.report), report),
    element("section", { class: "card" }, element("h2", {}, w.events), list));
  showIn(report, signal, async () => reportOf(await ask("get_report", { from, to }, { signal })));
  showIn(list, signal, () => eventsOf({ from, to, type }, signal));
});

/** The days that people ask for most. */
const presets = (from, to) => {
  const { journal: w } = words();
  const now = today();
  const month = firstOfMonth(now);
  const lastMonth = firstOfMonth(daysLater(month, -1));
  const choices = [["today", now, now], ["yesterday", daysLater(now, -1), daysLater(now, -1)], ["this_month", month, now], ["last_month", lastMonth, daysLater(month, -1)]];
  return element("p", { class: "row presets" }, choices.map(([name, first, last]) => element("a", {
    class: "button quiet small", href: linkTo("journal", undefined, { from: first, to: last }), "aria-current": first === from && last === to && "true",
  }, w[name])));
};

const daysForm = (from, to, type) => {
  const { journal: w, event: names } = words();
  const form = element("form", {
    class: "row filters",
    submit: (event) => {
      event.preventDefault();
      goTo("journal", undefined, valuesOf(form));
    },
  },
    element("label", {}, w.from, element("input", { type: "date", name: "from", value: from, required: true })),
    element("label", {}, w.to, element("input", { type: "date", name: "to", value: to, required: true })),
    element("label", {}, w.type, element("select", { name: "type" },
      element("option", { value: "" }, w.any),
      EVENT_TYPES.map((code) => element("option", { value: code, selected: code === type }, names[code])))),
    element("button", { class: "quiet" }, w.show));
  return form;
};

const COLUMNS = ["paid", "fee", "refunded", "paid_out", "adjusted", "net"];

const reportOf = ({ days, totals, opening_balance: opening, closing_balance: closing }) => {
  const { journal: w } = words();
  const moved = days.filter((day) => COLUMNS.some((name) => day[name] !== "0.00") || day.paid_count || day.refunded_count);
  return [
    element("dl", { class: "rows" },
      [["opening_balance", money(opening)], ["paid_count", grouped(totals.paid_count)], ...COLUMNS.map((name) => [name, money(totals[name])]), ["closing_balance", money(closing)]]
        .map(([name, value]) => element("div", { class: name.endsWith("balance") && "strong" }, element("dt", {}, w[name]), element("dd", {}, value)))),
    moved.length ? tableOfDays(moved) : element("p", { class: "soft" }, w.nothing),
  ];
};

/** The days on which something happened, newest first. */
const tableOfDays = (days) => {
  const { journal: w } = words();
  return element("details", {}, element("summary", {}, w.by_day),
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": w.by_day }, element("table", {},
      element("thead", {}, element("tr", {}, ["day", "paid_count", ...COLUMNS].map((name) => element("th", { scope: "col" }, w[name])))),
      element("tbody", {}, [...days].reverse().map((day) => element("tr", {},
        element("th", { scope: "row" }, dayText(day.date)), element("td", {}, grouped(day.paid_count)), COLUMNS.map((name) => element("td", {}, money(day[name])))))))));
};

const eventsOf = async (filters, signal, cursor) => {
  const { journal: w } = words();
  const answer = await ask("get_events", { ...filters, limit: EVENTS_AT_ONCE, cursor }, { signal });
  const more = answer.next_cursor && moreButton((next) => eventsOf(filters, signal, next), answer.next_cursor);
  if (!answer.events.length) return [element("p", { class: "soft" }, more ? w.none_here : w.nothing), more];
  return [element("ul", { class: "list" }, answer.events.map((event) => element("li", {}, eventRow(event)))), more];
};

/** An event of a payment leads to it. */
const eventRow = (event) => {
  const { event: names, journal: w } = words();
  const parts = [
    element("span", { class: "amount" }, money(event.net)),
    element("span", { class: "name" }, names[event.type]),
    element("span", { class: "soft when" }, momentText(event.occurred_at)),
    element("bdi", { class: "number" }, event.merchant_order_id ?? event.reference ?? event.reason ?? ""),
    event.fee !== "0.00" && element("span", { class: "soft fee" }, `${w.fee}: ${money(event.fee)}`),
  ];
  return event.order_id ? element("a", { href: linkTo("payments", event.order_id) }, parts) : element("div", {}, parts);
};
