// The view that the address names behind its `#`. The address never holds more than a view, an order id and filters.

const routes = {};
let leave = new AbortController();
let draw = () => {};

/** Adds a view: `show({ id, filters, signal, place })` draws it. `signal` ends when the reader goes elsewhere. */
export const addView = (name, show) => { routes[name] = show; };

/** The parts of the address: `#/payments/ORD_1?status=paid`. */
export const route = () => {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, id] = path.split("/");
  return {
    name: Object.keys(routes).includes(name) ? name : "today",
    id: id && decodeURIComponent(id),
    filters: Object.fromEntries(new URLSearchParams(query)),
  };
};

/** The address of a view. */
export const linkTo = (name, id, filters = {}) => {
  const query = String(new URLSearchParams(Object.entries(filters).filter(([, value]) => value)));
  return `#/${name}${id ? `/${encodeURIComponent(id)}` : ""}${query && `?${query}`}`;
};

/** Goes to a view, or draws it again if the reader is there already. */
export const goTo = (...parts) => {
  const link = linkTo(...parts);
  if (location.hash === link) refresh();
  else location.hash = link;
};

/** Draws the present view anew. */
export const refresh = () => {
  leave.abort();
  leave = new AbortController();
  draw(route(), leave.signal, routes[route().name]);
};

/** Draws with `drawing` now and whenever the address changes. */
export const start = (drawing) => {
  draw = drawing;
  addEventListener("hashchange", refresh);
  refresh();
};
