// What went wrong, in the reader's language, with what to do.
import { ApiProblem } from "./api.js";
import { copyButton } from "./copy.js";
import { element } from "./dom.js";
import { fillText, words } from "./texts.js";

/** The sentence for a problem. */
export const problemText = (problem) => {
  const { problems, common } = words();
  if (!(problem instanceof ApiProblem)) return common.unexpected;
  const sentence = problems[problem.code] ?? common.unexpected;
  return problem.waitSeconds ? `${sentence} ${fillText(common.wait, { seconds: problem.waitSeconds })}` : sentence;
};

/** A notice of a problem. `retry`, if there is one, gets a button, and is called when the connection is back. */
export const problemNotice = (problem, retry) => {
  const { common } = words();
  if (!(problem instanceof ApiProblem)) console.error(problem);
  const notice = element("div", { class: "problem", role: "alert" },
    element("p", {}, problemText(problem)),
    problem.sentence && element("p", { class: "soft", lang: "en" }, problem.sentence),
    (problem.requestId || retry) && element("p", { class: "row" },
      retry && element("button", { type: "button", click: () => retry() }, common.retry),
      problem.requestId && element("span", { class: "soft" }, "request_id ", element("code", {}, problem.requestId)),
      problem.requestId && copyButton(problem.requestId, "request_id")));
  if (retry && problem.code === "offline") {
    addEventListener("online", () => notice.isConnected && retry(), { once: true });
  }
  return notice;
};

/** Shows in `place` what `work` returns, or its problem with a button to try again. */
export const showIn = async (place, signal, work) => {
  place.setAttribute("aria-busy", "true");
  if (!place.childElementCount) place.replaceChildren(element("p", { class: "waiting soft" }, words().common.loading));
  try {
    const made = await work();
    if (!signal.aborted) place.replaceChildren(...[made].flat(2).filter(Boolean));
  } catch (problem) {
    if (!signal.aborted) place.replaceChildren(problemNotice(problem, () => showIn(place, signal, work)));
  }
  place.removeAttribute("aria-busy");
};

/**
 * Runs `work` for a button that can be pressed once at a time. It stays focused meanwhile. A problem is shown in
 * `place`, which is emptied first.
 */
export const runFor = async (button, place, work) => {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  place.replaceChildren();
  try {
    await work();
  } catch (problem) {
    if (problem.name !== "AbortError") place.replaceChildren(problemNotice(problem));
  }
  button.removeAttribute("aria-disabled");
};
