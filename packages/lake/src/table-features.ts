import type { TableMetadata } from "./table-metadata.ts";

/** What Delta's `protocol` action asks of whoever reads or writes a table. */
export interface TableProtocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  /** From reader version 3 on. */
  readonly readerFeatures?: readonly string[] | null;
  /** From writer version 7 on. */
  readonly writerFeatures?: readonly string[] | null;
}

/** What tables of this program are made with. */
export const ownProtocol: TableProtocol = { minReaderVersion: 1, minWriterVersion: 2 };

/** The newest versions; from these on, the features of a table are listed by name. */
const readerVersionMax = 3;
const writerVersionMax = 7;

type IsInUse = (table: TableMetadata) => boolean;

const isOn =
  (property: string): IsInUse =>
  ({ configuration }) =>
    configuration[property]?.toLowerCase() === "true";
const hasField =
  (key: string): IsInUse =>
  ({ fields }) =>
    [...fields.values()].some(({ metadata }) => Object.keys(metadata).some((name) => name.startsWith(key)));

/**
 * Features that versions below those imply whether a table uses them or not: its properties and columns tell. One that
 * is not in use asks nothing of us.
 */
const features: Readonly<Record<string, IsInUse>> = {
  invariants: (table) =>
    hasField("delta.invariants")(table) || [...table.fields.values()].some(({ nullable }) => !nullable),
  checkConstraints: ({ configuration }) =>
    Object.keys(configuration).some((property) => property.startsWith("delta.constraints.")),
  changeDataFeed: isOn("delta.enableChangeDataFeed"),
  generatedColumns: hasField("delta.generationExpression"),
  columnMapping: ({ configuration }) => (configuration["delta.columnMapping.mode"] ?? "none") !== "none",
  identityColumns: hasField("delta.identity."),
};
const isAppendOnly = isOn("delta.appendOnly");

/** What a table uses that this program cannot read; undefined where it can read all of it. */
export function unreadable(protocol: TableProtocol, table: TableMetadata): string | undefined {
  const { minReaderVersion, readerFeatures } = protocol;
  const isUnlisted = minReaderVersion === readerVersionMax && !readerFeatures;
  if (minReaderVersion > readerVersionMax || isUnlisted) return `Delta reader version ${minReaderVersion}`;
  if (features["columnMapping"]!(table)) return "Delta feature columnMapping";
  return firstUnknown(readerFeatures);
}

/** What a table uses that this program cannot keep to when it writes. */
export function unwritable(
  protocol: TableProtocol,
  table: TableMetadata,
  { removesRows }: { readonly removesRows: boolean },
): string | undefined {
  const { minWriterVersion, writerFeatures } = protocol;
  const isUnlisted = minWriterVersion === writerVersionMax && !writerFeatures;
  if (minWriterVersion > writerVersionMax || isUnlisted) return `Delta writer version ${minWriterVersion}`;
  const used = Object.entries(features).find(([, isInUse]) => isInUse(table));
  if (used !== undefined) return `Delta feature ${used[0]}`;
  if (removesRows && isAppendOnly(table)) return "Delta feature appendOnly, while rows are replaced";
  return firstUnknown(writerFeatures);
}

function firstUnknown(names: readonly string[] | null | undefined): string | undefined {
  const unknown = names?.find((name) => !(name in features) && name !== "appendOnly");
  return unknown === undefined ? undefined : `Delta feature ${unknown}`;
}
