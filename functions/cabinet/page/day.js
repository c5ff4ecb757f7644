// Days and times of Tashkent, which is UTC+5 all year. A day is a text like the API's: "2026-11-24".

const HOUR_MS = 3600000;
const DAY_MS = 24 * HOUR_MS;

/** Today in Tashkent, wherever the reader's clock stands. */
export const today = () => new Date(Date.now() + 5 * HOUR_MS).toISOString().slice(0, 10);

/** The day `count` days later, or earlier if it is negative. */
export const daysLater = (day, count) => new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);

export const firstOfMonth = (day) => `${day.slice(0, 8)}01`;

/** Which part of the days from `from` to `to` is over at the end of `day`: 0 to 1. */
export const partOf = (from, to, day) => {
  const all = Date.parse(to) - Date.parse(from) + DAY_MS;
  return Math.min(1, Math.max(0, (Date.parse(day) - Date.parse(from)) / all));
};

/** `24.11.2026`. */
export const dayText = (day) => day.split("-").reverse().join(".");

/** The API's `2026-11-24 15:04:05` as `24.11.2026 15:04`. */
export const momentText = (moment) => `${dayText(moment.slice(0, 10))} ${moment.slice(11, 16)}`;

/** The time in an event's id, as the API writes times. */
export const timeOfEvent = (eventId) =>
  new Date(Number(eventId.split("_")[1]) + 5 * HOUR_MS).toISOString().slice(0, 19).replace("T", " ");
