// The webhook: its address, its state, a test, its secret and the log of what was sent.
import { ApiProblem, ask } from "../api.js";
import { DELIVERY_STATES, EVENT_TYPES } from "../codes.js";
import { copyButton } from "../copy.js";
import { daysLater, momentText, timeOfEvent, today } from "../day.js";
import { announce, element, put, valuesOf } from "../dom.js";
import { grouped } from "../money.js";
import { moreButton } from "../more.js";
import { runFor, showIn } from "../problem.js";
import { addView } from "../router.js";
import { fillText, words } from "../texts.js";

const ROWS = 20;

addView("webhook", ({ signal, place }) => {
  const { webhook: w } = words();
  const settings = element("div", {});
  const log = element("div", {});
  put(place, element("h1", { tabindex: -1 }, w.title), element("p", { class: "lead" }, w.lead), settings, log);
  const showSettings = (secret) => showIn(settings, signal, async () => {
    const webhook = await present(signal);
    if (webhook && !log.childElementCount) showLog(log, signal);
    if (!webhook) log.replaceChildren();
    return settingsOf(webhook, secret, showSettings, signal);
  });
  showSettings();
});

/** The webhook, or `undefined` if there is none. */
const present = async (signal) => {
  try {
    return await ask("get_webhook", {}, { signal });
  } catch (problem) {
    if (problem instanceof ApiProblem && problem.code === "webhook_not_set") return undefined;
    throw problem;
  }
};

const settingsOf = (webhook, secret, again, signal) => [
  secret && secretCard(secret),
  webhook && stateCard(webhook, again, signal),
  addressCard(webhook, again, signal),
];

/** The secret is shown once and is kept nowhere on the page but here. */
const secretCard = (secret) => {
  const { webhook: w } = words();
  return element("section", { class: "card note" },
    element("h2", {}, w.secret),
    element("p", {}, w.secret_once),
    element("p", { class: "row" }, element("code", { class: "secret" }, secret), copyButton(secret, w.secret)));
};

const stateCard = (webhook, again, signal) => {
  const { webhook: w, failure } = words();
  const outcome = element("div", { role: "status" });
  const button = (name, style, work) => {
    const made = element("button", { type: "button", class: `${style} small`, click: () => runFor(made, outcome, work) }, name);
    return made;
  };
  const rows = [
    [w.waiting, grouped(webhook.waiting)],
    [w.last_success, webhook.last_success_at && momentText(webhook.last_success_at)],
    [w.last_failure, webhook.last_failure_at && [momentText(webhook.last_failure_at), webhook.last_failure && failureText(webhook.last_failure, failure)].filter(Boolean).join(" — ")],
    [w.disabled_at, webhook.disabled_at && `${momentText(webhook.disabled_at)} — ${w[`disabled_${webhook.disabled_reason}`]}`],
    [w.old_secret, webhook.old_secret_expires_at && momentText(webhook.old_secret_expires_at)],
  ];
  return element("section", { class: "card" },
    element("div", { class: "row between" }, element("h2", {}, w.state), element("span", { class: `status ${webhook.state}` }, w[`state_${webhook.state}`])),
    webhook.state !== "active" && element("p", { class: "note bad" }, w[`advice_${webhook.state}`]),
    element("dl", { class: "rows" }, rows.filter(([, value]) => value).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)))),
    element("p", { class: "row" },
      button(w.test, "", async () => outcome.replaceChildren(testResult(await ask("test_webhook", {}, { signal })))),
      twice(w.rotate, w.rotate_question, outcome, async () => {
        const { secret } = await ask("rotate_webhook_secret", {}, { signal });
        await again(secret);
        announce(w.secret_once);
      }),
      twice(w.delete, w.delete_question, outcome, async () => {
        await ask("delete_webhook", {}, { signal });
        await again();
        announce(w.deleted);
      })),
    outcome);
};

/** A button that asks `question` before it does `work`. */
const twice = (name, question, place, work) => {
  const { common } = words();
  const first = element("button", {
    type: "button", class: "quiet small",
    click: () => {
      const problem = element("div", {});
      const yes = element("button", { type: "button", class: "danger small", click: () => runFor(yes, problem, work) }, name);
      const no = element("button", { type: "button", class: "quiet small", click: () => { place.replaceChildren(); first.focus(); } }, common.no);
      place.replaceChildren(element("div", { class: "note" }, element("p", {}, question), element("p", { class: "row" }, yes, no), problem));
      yes.focus();
    },
  }, name);
  return first;
};

const failureText = ({ error_class: kind, http_status: status }, names) => `${names[kind]}${status ? ` (HTTP ${status})` : ""}`;

const testResult = ({ http_status: status, error_class: kind, milliseconds }) => {
  const { webhook: w, failure } = words();
  return kind
    ? element("p", { class: "note bad" }, `${w.test_failed}: ${failureText({ error_class: kind, http_status: status }, failure)}. ${fillText(w.took, { milliseconds: grouped(milliseconds) })}`)
    : element("p", { class: "good" }, `${w.test_done}: HTTP ${status}. ${fillText(w.took, { milliseconds: grouped(milliseconds) })}`);
};

const addressCard = (webhook, again, signal) => {
  const { webhook: w, event: names } = words();
  const outcome = element("div", {});
  const button = element("button", {}, webhook ? w.save : w.set);
  const form = element("form", {
    novalidate: true,
    submit: (event) => {
      event.preventDefault();
      const url = valuesOf(form).url;
      const events = new FormData(form).getAll("event");
      runFor(button, outcome, async () => {
        if (!events.length) throw new ApiProblem("no_event");
        const { secret } = await ask("set_webhook", { url, events: events.join(",") }, { signal });
        await again(secret);
        announce(w.saved);
      });
    },
  },
    element("label", {}, w.url, element("input", { name: "url", type: "url", value: webhook?.url ?? "", maxlength: 500, placeholder: "https://", autocomplete: "off", autocapitalize: "none", spellcheck: "false" })),
    element("fieldset", {}, element("legend", {}, w.events), EVENT_TYPES.map((code) => element("label", { class: "choice" },
      element("input", { type: "checkbox", name: "event", value: code, checked: !webhook || webhook.events.includes(code) }), element("span", {}, names[code])))),
    element("p", {}, button), outcome);
  return element("section", { class: "card" }, element("h2", {}, webhook ? w.address : w.new_address), form);
};

const showLog = (place, signal) => {
  const { webhook: w } = words();
  const list = element("div", {});
  const choose = element("select", { change: () => showDeliveries() }, element("option", { value: "" }, w.any), DELIVERY_STATES.map((state) => element("option", { value: state }, w[`delivery_${state}`])));
  const showDeliveries = () => showIn(list, signal, () => deliveriesOf(choose.value, signal));
  place.replaceChildren(element("section", { class: "card" },
    element("div", { class: "row between" }, element("h2", {}, w.log), element("button", { type: "button", class: "quiet small", click: showDeliveries }, words().today.refresh)),
    resendForm(signal, showDeliveries),
    element("p", {}, element("label", {}, w.show_only, choose)),
    list));
  showDeliveries();
};

const deliveriesOf = async (status, signal, cursor) => {
  const { webhook: w } = words();
  const answer = await ask("get_deliveries", { status, limit: ROWS, cursor }, { signal });
  const more = answer.next_cursor && moreButton((next) => deliveriesOf(status, signal, next), answer.next_cursor);
  if (!answer.deliveries.length) return [element("p", { class: "soft" }, more ? w.none_here : w.nothing_sent), more];
  return [element("ul", { class: "list plain" }, answer.deliveries.map((delivery) => element("li", {}, deliveryOf(delivery, signal)))), more];
};

const deliveryOf = (delivery, signal) => {
  const { webhook: w, event, failure } = words();
  const outcome = element("span", { role: "status" });
  const button = element("button", {
    type: "button", class: "quiet small", "aria-label": `${w.resend}: ${delivery.event_id}`,
    click: () => runFor(button, outcome, async () => {
      await ask("resend_event", { event_id: delivery.event_id }, { signal });
      outcome.replaceChildren(element("span", { class: "good" }, w.queued_one));
    }),
  }, w.resend);
  return element("details", {},
    element("summary", {}, element("span", { class: "row" },
      element("strong", {}, event[delivery.type]), element("span", { class: `status ${delivery.state}` }, w[`delivery_${delivery.state}`]),
      element("span", { class: "soft" }, momentText(timeOfEvent(delivery.event_id))))),
    element("p", { class: "row" }, element("code", {}, delivery.event_id), copyButton(delivery.event_id, "event_id")),
    element("ol", { class: "tries" }, delivery.tries.map((one) => element("li", {},
      `${momentText(one.at)} — ${one.error_class ? failureText(one, failure) : `HTTP ${one.http_status}`}, ${fillText(w.took, { milliseconds: grouped(one.milliseconds) })}`))),
    delivery.next_try_at && element("p", { class: "soft" }, `${w.next_try}: ${momentText(delivery.next_try_at)}`),
    element("p", { class: "row" }, button, outcome));
};

/** Sends everything of some days that did not arrive, a thousand events a call. */
const resendForm = (signal, again) => {
  const { webhook: w } = words();
  const outcome = element("div", { role: "status" });
  const button = element("button", { class: "quiet" }, w.resend_all);
  const form = element("form", {
    class: "row filters",
    submit: (event) => {
      event.preventDefault();
      const { from, to } = valuesOf(form);
      runFor(button, outcome, async () => {
        let queued = 0;
        let cursor;
        do {
          const answer = await ask("resend_event", { from, to, cursor }, { signal });
          queued += answer.queued;
          cursor = answer.next_cursor;
          outcome.replaceChildren(element("p", { class: "good" }, fillText(w.queued, { count: grouped(queued) })));
        } while (cursor);
        again();
      });
    },
  },
    element("label", {}, w.from, element("input", { type: "date", name: "from", value: daysLater(today(), -6), required: true })),
    element("label", {}, w.to, element("input", { type: "date", name: "to", value: today(), required: true })),
    button);
  return element("details", {}, element("summary", {}, w.missed), element("p", { class: "soft" }, w.missed_hint), form, outcome);
};
