// Copy buttons.
import { announce, element } from "./dom.js";
import { words } from "./texts.js";

/** A button that copies `text`, or what `text` returns when it is called. `what` tells a screen reader what it copies. */
export const copyButton = (text, what, label) => {
  const name = label ?? words().common.copy;
  const button = element("button", {
    type: "button", class: "quiet small", "aria-label": what && `${name}: ${what}`,
    click: async () => {
      const done = await copied(typeof text === "function" ? text() : text);
      button.textContent = done ? words().common.copied : words().common.copy_by_hand;
      announce(button.textContent);
      setTimeout(() => { button.textContent = name; }, 2000);
    },
  }, name);
  return button;
};

const copied = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedFromField(text);
  }
};

/** The old way, for browsers inside other programs. The field is gone at once. */
const copiedFromField = (text) => {
  const field = element("textarea", { class: "unseen" });
  field.value = text;
  document.body.append(field);
  field.select();
  let done = false;
  try { done = document.execCommand("copy"); } catch { /* Not even the old way. */ }
  field.remove();
  return done;
};
