// A bar for each day, with the same figures as a table.
import { element, svgElement } from "./dom.js";
import { dayText } from "./day.js";
import { grouped, money, shortMoney, tiyin } from "./money.js";
import { fillText, words } from "./texts.js";

const HEIGHT = 160;
const STEP = 20;

/** Draws `days` of a report: the sum of what was paid on each. */
export const chartOfDays = (days) => {
  const { today: w } = words();
  const readout = element("p", { class: "readout", "aria-hidden": "true" });
  const bars = barsOf(days, (day) => { readout.textContent = figuresOf(day); });
  readout.textContent = figuresOf(days.at(-1));
  const table = tableOf(days);
  table.hidden = true;
  const picture = element("div", { class: "picture" }, bars, readout);
  const toggle = element("button", {
    type: "button", class: "quiet small", "aria-pressed": "false",
    click: () => {
      table.hidden = !table.hidden;
      picture.hidden = !table.hidden;
      toggle.setAttribute("aria-pressed", String(!table.hidden));
    },
  }, w.as_table);
  return element("section", { class: "card chart" },
    element("div", { class: "row between" }, element("h2", {}, fillText(w.days, { count: days.length })), toggle),
    picture, table);
};

const figuresOf = (day) => fillText(words().today.figures, { day: dayText(day.date), amount: money(day.paid), count: grouped(day.paid_count) });

/** The bars. One of them takes the keyboard's focus, and the arrows move it. */
const barsOf = (days, tell) => {
  const amounts = days.map((day) => tiyin(day.paid));
  const most = amounts.reduce((max, amount) => (amount > max ? amount : max), BigInt(0));
  const bars = days.map((day, at) => {
    const height = most ? Number((amounts[at] * BigInt(HEIGHT - 4)) / most) : 0;
    return svgElement("g", {
      class: at === days.length - 1 ? "bar now" : "bar", role: "img", "aria-label": figuresOf(day), tabindex: at === days.length - 1 ? 0 : -1,
      focus: () => tell(day), pointerenter: () => tell(day),
    },
      svgElement("rect", { class: "reach", x: at * STEP, y: 0, width: STEP, height: HEIGHT }),
      svgElement("rect", { class: "amount", x: at * STEP + 3, y: HEIGHT - Math.max(height, 2), width: STEP - 6, height: Math.max(height, 2), rx: 3 }));
  });
  const keydown = (event) => {
    const at = bars.indexOf(event.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 }[event.key];
    if (to === undefined || !bars[to]) return;
    event.preventDefault();
    bars[at].setAttribute("tabindex", -1);
    bars[to].setAttribute("tabindex", 0);
    bars[to].focus();
  };
  const svg = svgElement("svg", {
    viewBox: `0 0 ${days.length * STEP} ${HEIGHT}`, preserveAspectRatio: "none", role: "group",
    "aria-label": fillText(words().today.chart, { from: dayText(days[0].date), to: dayText(days.at(-1).date) }), keydown,
  }, bars);
  return element("div", {},
    element("p", { class: "scale soft", "aria-hidden": "true" }, most ? shortMoney(most, words().common) : ""),
    svg,
    element("p", { class: "row between soft axis", "aria-hidden": "true" }, element("span", {}, dayText(days[0].date).slice(0, 5)), element("span", {}, words().today.now)));
};

const tableOf = (days) => {
  const { today: w } = words();
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": w.as_table },
    element("table", {},
      element("thead", {}, element("tr", {}, [w.day, w.count, w.paid].map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, [...days].reverse().map((day) => element("tr", {},
        element("th", { scope: "row" }, dayText(day.date)), element("td", {}, grouped(day.paid_count)), element("td", {}, money(day.paid)))))));
};
