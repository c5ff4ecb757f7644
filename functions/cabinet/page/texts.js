// The texts of the page in the reader's language.

export const LANGUAGES = [["uz", "Oʻzbekcha"], ["ru", "Русский"], ["en", "English"]];

const ALL = JSON.parse(document.getElementById("texts").textContent);

const known = (code) => (Object.hasOwn?.(ALL, code) ?? code in ALL) ? code : undefined;

const remembered = () => document.cookie.match(/(?:^|; )lang=([a-z]{2})(?:;|$)/)?.[1];

/** The language that the address names, else the one of the cookie `lang`, else Uzbek. */
let current = known(new URLSearchParams(location.search).get("lang") ?? "") ?? known(remembered() ?? "") ?? "uz";

/** The texts, as the tree of texts/LANGUAGE.toml. */
export const words = () => ALL[current];

export const language = () => current;

/** Changes the language and remembers it, for the documentation page too. */
export const chooseLanguage = (code) => {
  current = known(code) ?? current;
  document.documentElement.lang = current;
  document.cookie = `lang=${current};path=/;max-age=31536000;samesite=lax`;
};

/** Puts `values` in the place of their `{names}`. */
export const fillText = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

document.documentElement.lang = current;
