// Money as whole numbers of tiyin, never as floating point. The API writes it as a number with two decimals, which
// api.js hands on as a text.
import { language } from "./texts.js";

/** Reads the API's form, such as "1234.50" or "-0.07", into tiyin. */
export const tiyin = (text) => {
  const [, sign, whole, decimals] = text.match(/^(-?)(\d+)\.(\d\d)$/) ?? [];
  if (whole === undefined) throw new RangeError(`not money: ${text}`);
  return BigInt(`${sign}${whole}${decimals}`);
};

export const sumOf = (amounts) => amounts.reduce((sum, amount) => sum + tiyin(amount), BigInt(0));

const NO_BREAK = "\u00a0";
const FORMS = {
  uz: { group: NO_BREAK, decimal: ",", currency: "soʻm" },
  ru: { group: NO_BREAK, decimal: ",", currency: "сум" },
  en: { group: ",", decimal: ".", currency: "soʻm" },
};

/** A whole number in groups of three. */
export const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, FORMS[language()].group);

/** An amount as people write it: `485 000 soʻm`, and decimals only if there are any. It may break before the currency. */
export const money = (amount) => `${bareMoney(amount)} ${FORMS[language()].currency}`;

/** The same without its currency. */
export const bareMoney = (amount) => {
  const all = typeof amount === "string" ? tiyin(amount) : amount;
  const positive = all < 0 ? -all : all;
  const rest = positive % BigInt(100);
  const decimals = rest ? FORMS[language()].decimal + String(rest).padStart(2, "0") : "";
  return `${all < 0 ? "−" : ""}${grouped(positive / BigInt(100))}${decimals}`;
};

/** A large amount in few letters, for the scale of a chart: `1,2 mln`. */
export const shortMoney = (amount, names) => {
  const som = amount / BigInt(100);
  for (const [size, name] of [[1e9, names.billion], [1e6, names.million], [1e3, names.thousand]]) {
    const unit = BigInt(size);
    if (som < unit) continue;
    const tenths = som * BigInt(10) / unit;
    const fraction = tenths % BigInt(10);
    const whole = grouped(tenths / BigInt(10));
    return `${whole}${fraction && tenths < BigInt(1000) ? FORMS[language()].decimal + fraction : ""}${NO_BREAK}${name}`;
  }
  return grouped(som);
};

/**
 * Reads an amount as people type it: `250 000`, `250000,50`, `250,000.50`. Three digits behind a point or a comma are a
 * group, one or two are decimals. Returns the API's form, or `undefined`.
 */
export const typedAmount = (typed) => {
  const text = typed.replace(/[\s\u00a0\u202f]|soʻm|so'm|сум|UZS/gi, "");
  const [, whole, decimals = ""] = text.match(/^(\d+|\d{1,3}(?:[.,]\d{3})+)(?:[.,](\d{1,2}))?$/) ?? [];
  if (whole === undefined) return undefined;
  return `${whole.replace(/[.,]/g, "").replace(/^0+(?=\d)/, "")}.${decimals.padEnd(2, "0")}`;
};
