/** Times for people: ISO-like in the zone of the browser; UTC where one points. */
const pad = (value, length = 2) => String(Math.abs(value)).padStart(length, "0");

export function localTime(timeMs, withMs = true) {
  const at = new Date(timeMs);
  const date = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return `${date} ${time}${withMs ? `.${pad(at.getMilliseconds(), 3)}` : ""}`;
}

/** Offset of the browser's zone at a time: `UTC+01:00`. */
export function zoneAt(timeMs) {
  const minutes = -new Date(timeMs).getTimezoneOffset();
  if (minutes === 0) return "UTC";
  return `UTC${minutes < 0 ? "-" : "+"}${pad(Math.trunc(minutes / 60))}:${pad(minutes % 60)}`;
}

export function utcTime(timeMs) {
  return new Date(timeMs).toISOString();
}

/** What a field of type `datetime-local` holds. */
export function inputTime(timeMs) {
  return localTime(timeMs, false).replace(" ", "T");
}
