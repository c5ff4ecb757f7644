// Today: how much came, how much is there, and whether all is well.
import { ask } from "../api.js";
import { chartOfDays } from "../chart.js";
import { element, put } from "../dom.js";
import { daysLater, firstOfMonth, today } from "../day.js";
import { grouped, money, sumOf } from "../money.js";
import { paymentList } from "../payment_list.js";
import { showIn } from "../problem.js";
import { addView, linkTo, refresh } from "../router.js";
import { words } from "../texts.js";

const CHART_DAYS = 30;

addView("today", ({ signal, place }) => {
  const { today: w } = words();
  const part = (name) => element("div", { class: name });
  const [mode, balance, sums, webhook, newest] = ["mode", "balance", "sums", "webhook", "newest"].map(part);
  const name = element("bdi", { class: "soft" });
  put(place,
    element("div", { class: "row between" },
      element("div", { class: "row" }, element("h1", { tabindex: -1 }, w.title), name),
      element("button", { type: "button", class: "quiet small", click: refresh }, w.refresh)),
    mode, webhook, balance, sums, newest);

  const to = today();
  const from = [firstOfMonth(to), daysLater(to, 1 - CHART_DAYS)].sort()[0];
  showIn(balance, signal, async () => balanceCard(await ask("get_balance", {}, { signal })));
  showIn(sums, signal, async () => {
    const report = await ask("get_report", { from, to }, { signal });
    name.textContent = report.shop_name;
    if (report.mode === "test") mode.replaceChildren(element("p", { class: "note" }, w.test_mode));
    return sumsOf(report, to);
  });
  showIn(newest, signal, async () => newestCard((await ask("get_payments", { limit: 5 }, { signal })).payments));
  // Silent about its own failure: the view of the webhook tells.
  ask("get_webhook", {}, { signal }).then((answer) => webhook.replaceChildren(...webhookWarning(answer)), () => {});
});

const balanceCard = ({ balance }) => element("section", { class: "card hero" },
  element("h2", {}, words().today.balance),
  element("p", { class: "figure" }, money(balance)));

const sumsOf = ({ days }, day) => {
  const { today: w } = words();
  const month = days.filter(({ date }) => date >= firstOfMonth(day));
  return [
    element("div", { class: "pair" }, sumCard(w.today, days.slice(-1)), sumCard(w.month, month)),
    chartOfDays(days.slice(-CHART_DAYS)),
  ];
};

const sumCard = (name, days) => {
  const { today: w } = words();
  const sum = (field) => money(sumOf(days.map((day) => day[field])));
  const count = days.reduce((all, day) => all + day.paid_count, 0);
  return element("section", { class: "card" },
    element("h2", {}, name),
    element("p", { class: "figure" }, sum("paid")),
    element("dl", { class: "facts" },
      [[w.count, grouped(count)], [w.fee, sum("fee")], [w.net, sum("net")]].map(([term, value]) =>
        element("div", {}, element("dt", {}, term), element("dd", {}, value)))));
};

const webhookWarning = ({ state, waiting }) => {
  const { today: w } = words();
  if (state === "active") return [];
  return [element("p", { class: "note bad" }, w[`webhook_${state}`], " ", `${w.waiting}: ${grouped(waiting)}. `, element("a", { href: linkTo("webhook") }, w.see))];
};

const newestCard = (payments) => {
  const { today: w } = words();
  return element("section", { class: "card" },
    element("div", { class: "row between" }, element("h2", {}, w.newest), element("a", { href: linkTo("payments") }, w.all)),
    payments.length
      ? paymentList(payments)
      : element("p", {}, w.nothing_yet, " ", element("a", { href: linkTo("link") }, w.first_link)));
};
