const meanLength = 5.5;

/** A click log with the columns of the lake's table `sessions`. */
export interface SessionShape {
  readonly clicks: number;
  readonly items: number;
  readonly seed: number;
}

/**
 * SQL that yields sessions for one tenant: lengths 1 + geometric (mean 5.5, at most 50), item frequencies falling like
 * Zipf's law with exponent 0.6, and half of a session's clicks near its topic. Every draw is a hash of seed, session,
 * position and purpose, so the same seed gives the same rows.
 */
export function sessionsSql({ clicks, items, seed }: SessionShape): string {
  const hashOf = (position: string, purpose: number) =>
    `hash(((number * 64 + ${position}) * 8 + ${purpose} + ${seed}::bigint * 1000000000000)::bigint)`;
  const uniform = (position: string, purpose: number) =>
    `(${hashOf(position, purpose)}::double / 18446744073709551616.0)`;
  const item = (draw: string) => `floor(${items} * pow(${draw}, 2.5))::bigint`;
  const sessions = Math.ceil(clicks / meanLength);
  const stepUs = Math.floor((40 * 86_400_000_000) / sessions);
  return `
    with session as (
      select number, least(50, 1 + floor(ln(1 - ${uniform("0", 0)}) / ln(1 - 1 / ${meanLength})))::integer as length,
        ${item(uniform("0", 1))} as topic, make_timestamp(1764547200000000 + number * ${stepUs}) as start
      from range(${sessions}) as r(number)
    ), click as (
      select number, length, topic, start, unnest(range(1, length + 1))::integer as position from session
    )
    select
      'bench' as tenant, start::date as date,
      to_hex(${hashOf("0", 2)}) as session_id, to_hex(${hashOf("0", 3)}) as visitor_id,
      start as session_start, start + to_seconds(30 * length) as session_end, position,
      'item-' || case when ${uniform("position", 4)} < 0.5
        then (topic + floor(40 * pow(${uniform("position", 5)}, 2))::bigint) % ${items}
        else ${item(uniform("position", 6))} end as item_id,
      'view_item' as event_name, start + to_seconds(30 * position) as occurred_at,
      to_hex(${hashOf("position", 7)}) as event_id, 1::integer as quantity, null::double as price
    from click`;
}
