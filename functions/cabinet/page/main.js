// The merchant's cabinet: a client of the merchant API, and nothing more.
import { onEnded } from "./api.js";
import { announce, element } from "./dom.js";
import { frame } from "./frame.js";
import { refresh, start } from "./router.js";
import { signOut, signedIn } from "./session.js";
import { words } from "./texts.js";
import { showLogin } from "./views/login.js";
import "./views/today.js";
import "./views/payments.js";
import "./views/payment.js";
import "./views/link.js";
import "./views/journal.js";
import "./views/webhook.js";
import "./views/developers.js";

const app = element("div", { id: "app" });
document.body.prepend(app);

/** What the next login says first. */
let reason;
let drawnView;

const leaveWith = (why) => () => {
  signOut();
  reason = why;
  history.replaceState(null, "", `${location.pathname}${location.search}`);
  refresh();
};
onEnded(leaveWith("ended"));

start(({ name, id, filters }, signal, show) => {
  const view = signedIn() ? name : "login";
  const { main, parts } = frame(view, leaveWith("left"));
  app.replaceChildren(...parts);
  if (signedIn()) {
    reason = undefined;
    show({ id, filters, signal, place: main });
  } else {
    showLogin(main, signal, reason);
  }
  const heading = main.querySelector("h1");
  document.title = `${heading?.textContent ?? words().frame.cabinet} · TopHamyon`;
  // A new view begins at its heading, for a keyboard and a screen reader too.
  const drawn = `${view}/${id ?? ""}`;
  if (drawnView !== undefined && drawnView !== drawn) {
    scrollTo(0, 0);
    heading?.focus({ preventScroll: true });
    announce(heading?.textContent ?? "");
  }
  drawnView = drawn;
});
