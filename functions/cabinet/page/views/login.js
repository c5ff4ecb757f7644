// Signing in: the shop's id and key, which check_shop accepts or refuses.
import { ApiProblem, BASE, ask } from "../api.js";
import { element, put, valuesOf } from "../dom.js";
import { problemNotice, runFor } from "../problem.js";
import { refresh } from "../router.js";
import { signIn } from "../session.js";
import { language, words } from "../texts.js";

/** Draws the form. `reason` is `ended` or `left` if somebody was signed in before. */
export const showLogin = (place, signal, reason) => {
  const { login: w } = words();
  const outcome = element("div", {});
  const button = element("button", {}, w.sign_in);
  const form = element("form", {
    class: "card login", novalidate: true,
    submit: (event) => {
      event.preventDefault();
      runFor(button, outcome, () => enter(form, outcome, signal));
    },
  },
    element("label", {}, w.shop_id,
      element("input", { name: "shopId", inputmode: "numeric", autocomplete: "off", spellcheck: "false", required: true, maxlength: 18 })),
    element("label", {}, w.shop_key,
      element("input", { name: "shopKey", type: "password", autocomplete: "off", autocapitalize: "none", spellcheck: "false", required: true, maxlength: 64 })),
    element("label", { class: "choice" }, element("input", { type: "checkbox", name: "stay" }), element("span", {}, w.stay)),
    element("p", { class: "soft" }, w.stay_hint),
    button,
    outcome);
  put(place,
    element("h1", { tabindex: -1 }, w.title),
    element("p", { class: "lead" }, w.lead),
    reason && element("p", { class: "note", role: "status" }, w[reason]),
    form,
    element("div", { class: "card quiet-card" },
      element("h2", {}, w.no_keys),
      element("p", {}, w.no_keys_text),
      element("p", {}, element("a", { href: `${BASE}/?lang=${language()}#test_keys` }, w.test_keys))));
};

const enter = async (form, outcome, signal) => {
  const { shopId, shopKey, stay } = valuesOf(form);
  const wrong = (code, field) => {
    outcome.replaceChildren(problemNotice(new ApiProblem(code)));
    form.elements[field].focus();
  };
  if (!shopId) return wrong("no_shop_id", "shopId");
  if (!shopKey) return wrong("no_shop_key", "shopKey");
  // A header takes only such characters, and a Cyrillic letter looks like a Latin one.
  if (!/^[\x20-\x7e]*$/.test(shopKey)) return wrong("foreign_letter", "shopKey");
  if (!/^[1-9]\d*$/.test(shopId)) return wrong("invalid_shop_key", "shopId");
  const credentials = { shopId, shopKey };
  await ask("check_shop", {}, { signal, credentials });
  form.reset();
  signIn(credentials, stay === "on");
  refresh();
};
