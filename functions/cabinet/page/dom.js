// Makes elements. The policy of the page forbids every way from a text to HTML, so this is the only one.

/** Makes an element. An attribute that is a function listens to the event of that name. */
export const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

/** Makes an SVG element. */
export const svgElement = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

const fill = (made, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") made.addEventListener(name, value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  return put(made, children);
};

/** Appends children to an element. Those that are `undefined`, `null` or `false` are left out. */
export const put = (parent, ...children) => {
  parent.append(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false));
  return parent;
};

/** Reads a form into an object of its trimmed values. Empty ones are left out. */
export const valuesOf = (form) => Object.fromEntries(
  [...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value !== ""));

const announcer = element("p", { class: "unseen", role: "status" });
document.body.append(announcer);

/** Says `text` to a screen reader. */
export const announce = (text) => { announcer.textContent = text; };

let lastId = 0;
/** An id that no other element has. */
export const freshId = () => `id-${lastId += 1}`;
