import type { ColumnValue, Row } from "./change-event.ts";

/** As far as we read Kafka Connect's schemas. */
interface ConnectSchema {
  readonly field?: string;
  readonly type?: string;
  readonly name?: string;
  readonly fields?: readonly ConnectSchema[];
  readonly items?: ConnectSchema;
  readonly parameters?: Readonly<Record<string, string>>;
}

/**
 * A row as our own envelope has it, by the schema beside it.
 * @param schema  Connect's; undefined leaves the values as they are
 * @param part    field of the envelope that holds the row
 */
export function readConnectRow(row: Row, schema: unknown, part?: string): Row {
  const whole = schema as ConnectSchema | undefined;
  const own = part === undefined ? whole : whole?.fields?.find(({ field }) => field === part);
  if (own?.fields === undefined) return row;
  const byName = new Map(own.fields.map((field) => [field.field, field]));
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, readValue(value, byName.get(name))]));
}

function readValue(value: ColumnValue, schema: ConnectSchema | undefined): ColumnValue {
  if (schema === undefined || value === null) return value;
  if (Array.isArray(value)) return value.map((item: ColumnValue) => readValue(item, schema.items));
  switch (schema.name) {
    case "org.apache.kafka.connect.data.Decimal":
      return typeof value === "string" ? decimalText(value, Number(schema.parameters?.["scale"] ?? 0)) : value;
    case "io.debezium.data.VariableScaleDecimal": {
      const { scale, value: digits } = value as { scale?: number; value?: string };
      return typeof digits === "string" ? decimalText(digits, scale ?? 0) : value;
    }
    default:
      return value;
  }
}

/** Connect writes a decimal as the two's complement of its digits, in base64; the scale is in the schema. */
function decimalText(base64: string, scale: number): string {
  const bytes = Buffer.from(base64, "base64");
  const digits = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString("hex")}`));
  if (scale <= 0) return `${digits * 10n ** BigInt(-scale)}`;
  const text = `${digits < 0n ? -digits : digits}`.padStart(scale + 1, "0");
  return `${digits < 0n ? "-" : ""}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}
