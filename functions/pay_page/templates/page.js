// Counts down to the end of the payment and shows its next state by itself.
(() => {
  "use strict";

  const FIRST_WAIT_MS = 2000;
  const LONGEST_WAIT_MS = 30000;
  const ANSWER_WITHIN_MS = 10000;

  const announcement = document.querySelector("[data-announcement]");
  let main = document.querySelector("main");
  let skew = 0;
  let overdue = false;
  let wait = FIRST_WAIT_MS;
  let timer = 0;
  let looking = false;

  const isOpen = () => ["pending", "held", "unavailable"].includes(main.dataset.view);

  const take = (page) => {
    main = page;
    // The payer's clock may be wrong: time is counted by the server's.
    skew = Number(main.dataset.now) - Date.now();
    overdue = false;
    for (const hint of main.querySelectorAll("[data-updates-itself]")) hint.hidden = false;
    tick();
  };

  const tick = () => {
    if (!main.dataset.deadline || overdue) return;
    const left = Math.max(0, Math.ceil((Number(main.dataset.deadline) - Date.now() - skew) / 1000));
    const clock = main.querySelector("[data-countdown]");
    if (clock) {
      const parts = [left / 3600, (left / 60) % 60, left % 60].map((part) => String(Math.floor(part)).padStart(2, "0"));
      clock.textContent = parts.join(":");
      main.querySelector("[data-time-left]").hidden = false;
      main.classList.toggle("hurry", left < 600);
    }
    if (left === 0) {
      overdue = true;
      lookSoon();
    }
  };

  const get = async (address) => {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (!answer.ok) throw new Error(answer.status);
    return answer;
  };

  // check_payment does not tell that a payment is held: a held page asks for itself.
  const mayHaveChanged = async () => {
    if (!main.dataset.check) return true;
    const payment = await (await get(main.dataset.check)).json();
    return payment.success && payment.status !== "pending";
  };

  const showAnew = async () => {
    const page = new DOMParser().parseFromString(await (await get(location.href)).text(), "text/html");
    const next = page.querySelector("main");
    if (!next || next.dataset.view === main.dataset.view) return;
    const hadFocus = main.contains(document.activeElement);
    main.replaceWith(next);
    document.title = page.title;
    take(next);
    const heading = next.querySelector("h1");
    announcement.textContent = heading.textContent;
    if (hadFocus) heading.focus();
    wait = FIRST_WAIT_MS;
  };

  const look = async (whole) => {
    clearTimeout(timer);
    if (looking || document.hidden || !isOpen()) return;
    looking = true;
    try {
      if (whole || (await mayHaveChanged())) await showAnew();
      wait *= 1.25;
    } catch {
      // No connection, or the service is busy: ask again, later each time.
      wait *= 2;
    }
    looking = false;
    wait = Math.min(wait, LONGEST_WAIT_MS);
    timer = setTimeout(look, wait);
  };

  const lookSoon = () => {
    wait = FIRST_WAIT_MS;
    clearTimeout(timer);
    timer = setTimeout(look, wait);
  };

  // Whoever comes back from the provider wants to know at once.
  const welcomeBack = () => {
    if (document.hidden) return;
    wait = FIRST_WAIT_MS;
    look(true);
  };
  document.addEventListener("visibilitychange", welcomeBack);
  window.addEventListener("pageshow", (event) => event.persisted && welcomeBack());

  take(main);
  setInterval(tick, 1000);
  lookSoon();
})();
