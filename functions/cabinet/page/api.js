// Asks the merchant API, as any program of a merchant would. Credentials go in headers, to the own server only.
import { shopId, shopKey, signedIn } from "./session.js";

/** The address of the API: this page's without `/cabinet`. */
export const BASE = location.origin + location.pathname.replace(/\/cabinet\/?$/, "");

const ANSWER_WITHIN_MS = 20000;

/** Why there is no answer. `code` is an error_code of the API, or `offline`, `timed_out`, `too_many`, `unavailable`. */
export class ApiProblem extends Error {
  constructor(code, { requestId, sentence, waitSeconds } = {}) {
    super(code);
    Object.assign(this, { code, requestId, sentence, waitSeconds });
  }
}

/**
 * Sends a request and returns the response. An error answer is thrown as an `ApiProblem`, a request that `signal` ended
 * as an `AbortError`. `credentials` stand for those of the session.
 */
export const send = async (path, parameters = {}, { signal, credentials } = {}) => {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ""));
  const { shopId: id, shopKey: key } = credentials ?? { shopId: shopId(), shopKey: shopKey() };
  // AbortSignal.timeout and AbortSignal.any are too new for many phones.
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ANSWER_WITHIN_MS);
  signal?.addEventListener("abort", () => stop.abort());
  try {
    return await fetch(`${BASE}${path}${String(query) && "?"}${query}`, {
      headers: id === undefined ? {} : { "X-Shop-Id": id, "X-Shop-Key": key },
      cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", signal: stop.signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(error.name === "AbortError" ? "timed_out" : "offline");
  } finally {
    clearTimeout(timer);
  }
};

/** Calls an endpoint and returns its answer. Money in it is a text, such as "1234.50". */
export const ask = async (endpoint, parameters, options) =>
  readJson(await send(`/api/${endpoint}`, parameters, options));

/** Tells the status of a payment, as its open pay page asks for it: without a key. */
export const askStatus = async (orderId, { signal }) =>
  readJson(await send(`/pay/${orderId}/status`, {}, { signal, credentials: {} }));

let sayEnded = () => {};

/** Sets what happens when the API no longer knows the key of the session. */
export const onEnded = (listener) => { sayEnded = listener; };

/** Reads the JSON of a response, and throws the `ApiProblem` that it tells. */
export const readJson = async (response) => {
  let answer;
  try {
    answer = JSON.parse(moneyAsText(await response.text()));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (!(error instanceof SyntaxError)) throw new ApiProblem("offline");
  }
  if (response.ok && answer?.success) return answer;
  if (answer?.error_code === "invalid_shop_key" && signedIn()) sayEnded();
  throw new ApiProblem(answer?.error_code ?? (response.status === 429 ? "too_many" : "unavailable"), {
    requestId: answer?.request_id ?? response.headers.get("X-Request-Id") ?? undefined,
    sentence: answer?.error,
    waitSeconds: Number(response.headers.get("Retry-After")) || undefined,
  });
};

/** Puts every number with two decimals into quotes. Texts are matched first, so that none is changed. */
const moneyAsText = (json) =>
  json.replace(/"(?:[^"\\]|\\.)*"|-?\d+\.\d\d(?!\d)/g, (token) => (token[0] === '"' ? token : `"${token}"`));
