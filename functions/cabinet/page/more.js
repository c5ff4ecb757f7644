// The button below a page of a list.
import { element } from "./dom.js";
import { runFor } from "./problem.js";
import { words } from "./texts.js";

/** A button that puts the next page in its own place. */
export const moreButton = (load, cursor) => {
  const outcome = element("div", {});
  const button = element("button", {
    type: "button", class: "quiet more",
    click: () => runFor(button, outcome, async () => {
      const next = [await load(cursor)].flat().filter(Boolean);
      const first = next[0];
      row.replaceWith(...next);
      const link = first.querySelector?.("a, summary, button");
      link?.focus();
    }),
  }, words().common.more);
  const row = element("div", {}, button, outcome);
  return row;
};
