import { type ClickLogFormat, microsecondsMax, millisecondsMax, secondsMax } from "@footfall/events/formats";

const dateAndTime = "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?";
const offset = "[+-](0[0-9]|1[0-4]):?[0-5][0-9]";

/** `clickLogTimeMs` in SQL: rows with column `time_ms`, NULL where the time has no form that SQL is sure of. */
export function timedRowsSql(format: ClickLogFormat, rowsSql: string): string {
  const time = `"${format.roles!.time}"`;
  const whole = `${time}::BIGINT`;
  const number = `${time}::DOUBLE`;
  const fraction = `rpad(regexp_extract(${time}, '\\.([0-9]{1,3})', 1), 3, '0')::INTEGER`;
  const local = `epoch_ms(try_cast(replace(substr(${time}, 1, 19), 'T', ' ') AS TIMESTAMP))
    + if(contains(${time}, '.'), ${fraction}, 0)`;
  const part = (index: number) => `regexp_extract(${time}, '([+-][0-9]{2}):?([0-9]{2})$', ${index})`;
  // `-01:30` is 90 minutes: the sign of the hours counts for the minutes too.
  const offsetMs = `(${part(1)}::INTEGER * 3600000 + if(starts_with(${part(1)}, '-'), -1, 1) * ${part(2)}::INTEGER * 60000)`;
  return `SELECT *, CASE
    WHEN regexp_full_match(${time}, '[0-9]{1,18}') THEN CASE
      WHEN ${whole} < ${secondsMax} THEN ${whole} * 1000
      WHEN ${whole} < ${millisecondsMax} THEN ${whole}
      ELSE ${whole} // if(${whole} < ${microsecondsMax}, 1000, 1000000) END
    WHEN regexp_full_match(${time}, '[0-9]{1,13}\\.[0-9]{1,9}') THEN
      round(if(${number} < ${secondsMax}, ${number} * 1000, ${number}))::BIGINT
    WHEN regexp_full_match(${time}, '${dateAndTime}( ?UTC|Z)?') THEN ${local}
    WHEN regexp_full_match(${time}, '${dateAndTime}${offset}') THEN ${local} - ${offsetMs}
  END AS time_ms FROM (${rowsSql})`;
}
