// Shows the next state of the payment by itself, counts down, and helps to keep the receipt. Written for browsers since
// about iOS 12 and Chrome 70: what is newer is asked for before it is used.
(() => {
  "use strict";

  const ANSWER_WITHIN_MS = 10000;
  // A payer who has just opened the page or come back to it waits for the result. Later he may have left it open.
  const EAGER_MS = 15 * 60000;
  const EAGER_WAIT_MS = 3000;
  const LATER_WAIT_MS = 20000;
  const LONGEST_WAIT_MS = 60000;
  const COUNTDOWN_FROM_S = 3600;
  const HURRY_FROM_S = 600;
  const RETURN_AFTER_S = 8;
  const SAY_ONLINE_MS = 5000;

  const one = (selector, inside) => (inside || document).querySelector(selector);
  const connection = one(".connection");
  const announcement = one("[data-announcement]");
  let main = one("main");
  let skew = 0;
  let overdue = false;
  let eagerSince = Date.now();
  let wait = EAGER_WAIT_MS;
  let failures = 0;
  let ended = false;
  let timer = 0;
  let looking = false;
  let owed = false;

  const view = () => main.dataset.view;
  const mayChange = () => !ended && ["pending", "held", "expired", "unavailable"].includes(view());

  // The tab remembers that it has seen the payment open. Private windows may have no memory.
  const memory = (change) => {
    try {
      return change(sessionStorage, `open:${main.dataset.order}`);
    } catch (error) {
      return null;
    }
  };

  const take = (page) => {
    main = page;
    // The payer's clock may be wrong: time is counted by the server's.
    skew = Number(main.dataset.now) - Date.now();
    overdue = false;
    ended = false;
    main.classList.add("runs");
    if (view() === "pending" || view() === "held") memory((tab, key) => tab.setItem(key, "1"));
    offerToKeep();
    if (view() === "paid") returnToShop();
    tick();
  };

  // The countdown.

  const tick = () => {
    if (!main.dataset.deadline || overdue) return;
    const left = Math.max(0, Math.ceil((Number(main.dataset.deadline) - Date.now() - skew) / 1000));
    const clock = one("[data-countdown]", main);
    if (clock && left < COUNTDOWN_FROM_S) {
      clock.textContent = [left / 60, left % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
      one("[data-time-left]", main).hidden = false;
      main.classList.toggle("hurry", left < HURRY_FROM_S);
    }
    if (left === 0) {
      overdue = true;
      lookSoon();
    }
  };

  // The connection.

  const say = (text) => {
    if (connection.textContent !== text) connection.textContent = text;
  };

  const sayOffline = () => {
    if (mayChange()) say(connection.dataset.offline);
  };

  const sayOnline = () => {
    if (!connection.textContent || connection.textContent === connection.dataset.online) return;
    say(connection.dataset.online);
    setTimeout(() => connection.textContent === connection.dataset.online && say(""), SAY_ONLINE_MS);
  };

  const get = (address) => {
    const abort = typeof AbortController === "function" ? new AbortController() : null;
    let timeout = 0;
    const late = new Promise((_, reject) => {
      timeout = setTimeout(() => {
        reject(new TypeError("no answer"));
        if (abort) abort.abort();
      }, ANSWER_WITHIN_MS);
    });
    const options = { cache: "no-store" };
    if (abort) options.signal = abort.signal;
    // The text is read within the time, too.
    const answer = fetch(address, options).then((response) => {
      if (!response.ok && response.status !== 404) throw new Error(response.status);
      return response.text();
    });
    const stop = () => clearTimeout(timeout);
    const first = Promise.race([answer, late]);
    first.then(stop, stop);
    return first;
  };

  // The state of the payment.

  const hasChanged = async () => {
    if (!main.dataset.order) return true;
    const answer = JSON.parse(await get(`${main.dataset.order}/status`));
    if (!answer.success) throw new Error(answer.error_code);
    const next = answer.next_poll_s * 1000;
    ended = next === 0;
    wait = Math.max(next, Date.now() - eagerSince < EAGER_MS ? EAGER_WAIT_MS : LATER_WAIT_MS);
    const shown = answer.status === "pending" && answer.held ? "held" : answer.status;
    return shown !== view();
  };

  const showAnew = async () => {
    const page = new DOMParser().parseFromString(await get(location.href), "text/html");
    const next = one("main", page);
    if (!next || next.dataset.mark === main.dataset.mark) return;
    const hadFocus = main.contains(document.activeElement);
    main.parentNode.replaceChild(next, main);
    document.title = page.title;
    take(next);
    const news = one("[data-announced] h2", next) || one("h1", next);
    announcement.textContent = news.textContent;
    if (hadFocus) one("h1", next).focus();
    scrollTo(0, 0);
  };

  const look = async (whole) => {
    clearTimeout(timer);
    if (document.hidden || !mayChange()) return;
    owed = owed || whole === true;
    if (looking) return;
    looking = true;
    try {
      // A failed attempt changes the page and not the status.
      const changed = await hasChanged();
      if (changed || owed) await showAnew();
      owed = false;
      failures = 0;
      sayOnline();
    } catch (error) {
      failures += 1;
      wait = Math.min(EAGER_WAIT_MS * Math.pow(1.5, failures - 1), LONGEST_WAIT_MS);
      // fetch throws a TypeError if there is no connection. A busy server is none of the payer's business.
      if (error instanceof TypeError && (failures > 1 || navigator.onLine === false)) sayOffline();
    }
    looking = false;
    if (mayChange()) timer = setTimeout(look, wait);
  };

  const lookSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, EAGER_WAIT_MS);
  };

  // Whoever comes back from the provider wants to know at once.
  const welcomeBack = () => {
    if (document.hidden) return;
    eagerSince = Date.now();
    look(true);
  };

  // The receipt.

  const lines = () => {
    const rows = Array.from(main.querySelectorAll("dl > div"), (row) => `${one("dt", row).textContent}: ${(one("dd a[href^=https]", row) || {}).href || one("dd", row).textContent}`);
    return ["TopHamyon", one("h1", main).textContent, one(".amount", main).textContent].concat(rows).join("\n");
  };

  const save = (name) => {
    // The mark at its beginning tells simple editors that the text is UTF-8.
    const address = URL.createObjectURL(new Blob(["\ufeff", lines(), "\n"], { type: "text/plain;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  };

  const offerToKeep = () => {
    const button = one("[data-save]", main);
    if (!button) return;
    button.onclick = () => save(button.dataset.save);
    one("[data-print]", main).onclick = () => print();
    if (!navigator.share) return;
    const share = one("[data-share]", main);
    share.hidden = false;
    share.onclick = () => navigator.share({ title: document.title, text: lines(), url: location.href }).catch(() => {});
  };

  // Only for a payer who has seen the payment open in this tab: whoever looks at a receipt later stays.
  const returnToShop = () => {
    const notice = one("[data-returning]", main);
    if (!notice || !memory((tab, key) => tab.getItem(key))) return;
    memory((tab, key) => tab.removeItem(key));
    let left = RETURN_AFTER_S;
    const touches = ["pointerdown", "touchstart", "keydown", "wheel"];
    const stay = () => {
      clearInterval(count);
      notice.hidden = true;
      for (const touch of touches) removeEventListener(touch, stay);
    };
    const count = setInterval(() => {
      if (document.hidden) return;
      left -= 1;
      one("b", notice).textContent = left;
      if (left > 0) return;
      stay();
      location.assign(one("[data-back]", main).href);
    }, 1000);
    for (const touch of touches) addEventListener(touch, stay, { passive: true });
    one("b", notice).textContent = left;
    notice.hidden = false;
  };

  document.addEventListener("visibilitychange", welcomeBack);
  addEventListener("pageshow", (event) => event.persisted && welcomeBack());
  addEventListener("offline", sayOffline);
  addEventListener("online", () => look());

  take(main);
  setInterval(tick, 1000);
  lookSoon();
})();
