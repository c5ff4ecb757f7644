// Payments: the list with filters and a search, a page at a time.
import { ApiProblem, ask } from "../api.js";
import { STATUSES } from "../codes.js";
import { element, put, valuesOf } from "../dom.js";
import { moreButton } from "../more.js";
import { paymentList } from "../payment_list.js";
import { showIn } from "../problem.js";
import { addView, goTo, linkTo } from "../router.js";
import { words } from "../texts.js";
import { showPayment } from "./payment.js";

const PAGE = 25;

addView("payments", (request) => (request.id ? showPayment(request) : showPayments(request)));

const showPayments = ({ filters, signal, place }) => {
  const { payments: w } = words();
  const list = element("div", { class: "card" });
  put(place, element("h1", { tabindex: -1 }, w.title), searchForm(filters), filterForm(filters), list);
  showIn(list, signal, () => (filters.search ? found(filters.search, signal) : page(filters, signal)));
};

const searchForm = ({ search = "" }) => {
  const { payments: w } = words();
  const form = element("form", {
    class: "row search", role: "search",
    submit: (event) => {
      event.preventDefault();
      goTo("payments", undefined, valuesOf(form));
    },
  },
    element("label", { class: "grow" }, w.search,
      element("input", { type: "search", name: "search", value: search, maxlength: 64, autocomplete: "off", autocapitalize: "none", spellcheck: "false" })),
    element("button", {}, w.find));
  return form;
};

const filterForm = ({ status = "", from = "", to = "", merchant_order_id: number = "" }) => {
  const { payments: w, status: names } = words();
  const chosen = Boolean(status || from || to || number);
  const form = element("form", {
    class: "row filters",
    submit: (event) => {
      event.preventDefault();
      goTo("payments", undefined, valuesOf(form));
    },
  },
    element("label", {}, w.status, element("select", { name: "status" },
      element("option", { value: "" }, w.any),
      STATUSES.map((code) => element("option", { value: code, selected: code === status }, names[code])))),
    element("label", {}, w.from, element("input", { type: "date", name: "from", value: from })),
    element("label", {}, w.to, element("input", { type: "date", name: "to", value: to })),
    element("label", {}, w.merchant_order_id, element("input", { name: "merchant_order_id", value: number, maxlength: 64, autocomplete: "off" })),
    element("button", { class: "quiet" }, w.filter),
    chosen && element("a", { class: "button quiet", href: linkTo("payments") }, w.clear));
  return element("details", { open: chosen }, element("summary", {}, w.filters), form);
};

/** One page of the list, and a button for the next one. */
const page = async (filters, signal, cursor) => {
  const { payments: w } = words();
  const { status, from, to, merchant_order_id } = filters;
  const answer = await ask("get_payments", { status, from, to, merchant_order_id, limit: PAGE, cursor }, { signal });
  const more = answer.next_cursor && moreButton((next) => page(filters, signal, next), answer.next_cursor);
  if (answer.payments.length) return [paymentList(answer.payments), more];
  // A page looks at 1,000 payments at most, so an empty one need not be the last.
  return [element("p", {}, more ? w.none_here : w.none), more];
};

/** What the API finds by an order id, a number of the merchant or an idempotency key. */
const found = async (search, signal) => {
  const { payments: w } = words();
  const one = async (by) => {
    try {
      return [await ask("get_payment", by, { signal })];
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.code === "order_not_found") return [];
      throw problem;
    }
  };
  let payments;
  if (/^ORD_/.test(search)) payments = await one({ order_id: search });
  else {
    ({ payments } = await ask("get_payments", { merchant_order_id: search, limit: PAGE }, { signal }));
    if (!payments.length && /^[\x20-\x7e]+$/.test(search)) payments = await one({ idempotency_key: search });
  }
  return [
    payments.length ? paymentList(payments) : element("p", {}, w.not_found),
    element("p", {}, element("a", { href: linkTo("payments") }, w.show_all)),
  ];
};
