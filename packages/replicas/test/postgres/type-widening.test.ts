import { expect, it } from "vitest";
import { holdsAll } from "../../src/postgres/type-widening.ts";

it.each([
  ["integer", "smallint", true],
  ["smallint", "integer", false],
  ["numeric", "bigint", true],
  ["numeric(10,2)", "bigint", false],
  ["numeric", "numeric(10,2)", true],
  ["numeric(12,2)", "numeric(10,2)", true],
  ["numeric(10,3)", "numeric(10,2)", false],
  ["numeric(10,2)", "numeric", false],
  ["double precision", "real", true],
  ["real", "double precision", false],
  ["character varying(9)", "character varying(5)", true],
  ["character varying(5)", "character varying", false],
  ["text", "jsonb", true],
  ["json", "jsonb", true],
  ["jsonb", "json", false],
  ["text", "integer[]", false],
  ["text[]", "mood[]", true],
  ["date", "timestamp without time zone", false],
])("%s holds each %s: %s", (to, from, expected) => expect(holdsAll(to, from)).toBe(expected));
