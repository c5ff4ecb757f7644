// Fetches the journal as a file, part by part, and offers it in the way that the browser can.
import { readJson, send } from "./api.js";
import { copyButton } from "./copy.js";
import { partOf } from "./day.js";
import { announce, element } from "./dom.js";
import { grouped } from "./money.js";
import { runFor } from "./problem.js";
import { fillText, language, words } from "./texts.js";

/** Buttons that make the file of the events that `filters` returns. Leaving the view, `signal`, ends a download. */
export const downloadButtons = (filters, signal) => {
  const { file: w } = words();
  const outcome = element("div", { class: "file" });
  const button = (format, name, style) => {
    const made = element("button", { type: "button", class: style, click: () => runFor(made, outcome, () => make(format, filters(), outcome, signal)) }, name);
    return made;
  };
  return element("div", {}, element("p", { class: "row" }, button("excel", w.excel), button("csv", w.csv, "quiet")), outcome);
};

const make = async (format, { from, to, type }, outcome, signal) => {
  const { file: w } = words();
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort());
  const bar = element("progress", { max: 1, value: 0, "aria-label": w.progress });
  const count = element("span", { class: "soft" });
  outcome.replaceChildren(
    element("p", {}, w.progress, " ", count), bar,
    element("p", {}, element("button", { type: "button", class: "quiet small", click: () => { stop.abort(); outcome.replaceChildren(); } }, w.stop)));
  const parts = [];
  let rows = 0;
  let cursor;
  do {
    const begun = bar.value;
    const response = await send("/api/export_events", { from, to, type, format, lang: language(), cursor }, { signal: stop.signal });
    if (!response.headers.get("Content-Type")?.startsWith("text/csv")) await readJson(response);
    const part = await bytesOf(response, (share) => { bar.value = begun + (1 - begun) * share; });
    parts.push(part);
    rows += linesIn(part);
    cursor = response.headers.get("X-Next-Cursor");
    // The last row of a part tells how far it is. A part of a rare type may have no row.
    const last = lastDay(part);
    if (cursor && last) bar.value = partOf(from, to, last);
    count.textContent = fillText(w.rows, { count: grouped(rows) });
  } while (cursor);
  // The header line is none.
  offer(new File(parts, `tophamyon_${from}_${to}${type && `_${type}`}.csv`, { type: "text/csv" }), Math.max(0, rows - 1), outcome);
};

/** Reads a response, and tells which part of it is there, if its length is known. */
const bytesOf = async (response, tell) => {
  const length = Number(response.headers.get("Content-Length"));
  if (!length || !response.body || response.headers.get("Content-Encoding")) return new Uint8Array(await response.arrayBuffer());
  const chunks = [];
  let size = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
    tell(size / length);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
};

const linesIn = (bytes) => bytes.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);

/** The day of the last row, which begins with its time in either form of the file. */
const lastDay = (bytes) => {
  const last = new TextDecoder().decode(bytes.slice(-4000)).trimEnd().split("\n").at(-1);
  const [, year, month, day] = last.match(/^"?(\d{4})-(\d\d)-(\d\d)/) ?? [];
  return year ? `${year}-${month}-${day}` : undefined;
};

const offer = (file, rows, outcome) => {
  const { file: w } = words();
  const save = () => {
    const address = URL.createObjectURL(file);
    const link = element("a", { href: address, download: file.name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  };
  const ready = fillText(w.ready, { name: file.name, count: grouped(rows) });
  const text = element("div", {});
  const canShare = navigator.canShare?.({ files: [file] });
  outcome.replaceChildren(
    element("p", { class: "good" }, ready),
    element("p", { class: "row" },
      element("button", { type: "button", class: "small", click: save }, w.save),
      canShare && element("button", { type: "button", class: "quiet small", click: () => navigator.share({ files: [file] }).catch(() => {}) }, w.share),
      element("button", { type: "button", class: "quiet small", click: async () => text.replaceChildren(copyButton(await file.text(), undefined, w.copy)) }, w.as_text)),
    text,
    // The browsers inside Instagram and Telegram save nothing and say nothing.
    element("p", { class: "soft hint" }, w.not_saved));
  announce(ready);
  save();
};
