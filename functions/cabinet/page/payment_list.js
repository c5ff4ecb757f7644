// Payments in a list, each a link to its own view.
import { momentText } from "./day.js";
import { element } from "./dom.js";
import { money } from "./money.js";
import { linkTo } from "./router.js";
import { words } from "./texts.js";

export const statusBadge = (status) => element("span", { class: `status ${status}` }, words().status[status]);

/** Payments as a list of links to their panels. */
export const paymentList = (payments) => element("ul", { class: "list" }, payments.map((payment) => element("li", {},
  element("a", { href: linkTo("payments", payment.order_id) },
    element("span", { class: "amount" }, money(payment.amount)),
    statusBadge(payment.status),
    element("span", { class: "soft when" }, momentText(payment.created_at)),
    element("bdi", { class: "number" }, payment.merchant_order_id ?? "")))));
