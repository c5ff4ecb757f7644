// What stands around every view: the name, the language, the way between the views, and signing out.
import { BASE } from "./api.js";
import { element, svgElement } from "./dom.js";
import { linkTo, refresh } from "./router.js";
import { shopId, signedIn } from "./session.js";
import { LANGUAGES, chooseLanguage, fillText, language, words } from "./texts.js";

const VIEWS = ["today", "payments", "link", "journal", "webhook", "developers"];

// One path each, in a square of 24 units.
const ICONS = {
  today: "M4 20V10m5 10V4m5 16v-8m5 8V7",
  payments: "M4 6h16M4 12h16M4 18h10",
  link: "M12 5v14M5 12h14",
  journal: "M6 3h9l4 4v14H6zM9 12h7m-7 4h7",
  webhook: "M18 16v-5a6 6 0 0 0-12 0v5l-2 2h16zM10 21h4",
  developers: "m8 7-5 5 5 5m8-10 5 5-5 5",
};

const brand = () => element("a", { class: "brand", href: linkTo("today") },
  document.getElementById("mark").content.firstElementChild.cloneNode(true),
  "TopHamyon");

const languageButtons = () => element("div", { class: "languages", role: "group", "aria-label": words().frame.language },
  LANGUAGES.map(([code, name]) => element("button", {
    type: "button", lang: code, title: name, "aria-label": `${code.toUpperCase()} ${name}`, "aria-pressed": String(code === language()),
    click: () => {
      chooseLanguage(code);
      refresh();
      document.querySelector(`.languages [lang=${code}]`).focus();
    },
  }, code.toUpperCase())));

const icon = (name) => svgElement("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svgElement("path", { d: ICONS[name] }));

const ways = (current) => element("nav", { class: "ways", "aria-label": words().frame.views },
  element("ul", {}, VIEWS.map((name) => element("li", {},
    element("a", { href: linkTo(name), "aria-current": name === current && "page" }, icon(name), element("span", {}, words().frame[name]))))));

/** The frame with an empty `main`, for the view `current`. */
export const frame = (current, leave) => {
  const { frame: w } = words();
  const main = element("main", { id: "main", tabindex: -1, "data-route": location.hash });
  const parts = [
    element("a", { class: "skip", href: "#main", click: (event) => { event.preventDefault(); main.focus(); } }, w.skip),
    element("header", { class: "top" },
      brand(),
      element("div", { class: "row end" },
        signedIn() && element("span", { class: "shop" }, fillText(w.shop, { id: shopId() })),
        languageButtons(),
        signedIn() && element("button", { type: "button", class: "quiet small leave", click: leave }, w.sign_out))),
    element("p", { class: "offline", role: "status", hidden: navigator.onLine }, w.offline),
    element("div", { class: signedIn() ? "body" : "body alone" }, signedIn() && ways(current), main),
    element("footer", {}, element("a", { href: `${BASE}/?lang=${language()}` }, w.documentation), element("span", {}, w.times)),
  ].filter(Boolean);
  return { main, parts };
};

/** Shows that the connection is lost until it is back. */
const showConnection = () => {
  const notice = document.querySelector(".offline");
  if (notice) notice.hidden = navigator.onLine;
};
addEventListener("online", showConnection);
addEventListener("offline", showConnection);
