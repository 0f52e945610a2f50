import { readFile } from "node:fs/promises";
import { AppError } from "@footfall/base";
import { replaceFile } from "@footfall/runtime";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

const TableProgressSchema = Type.Object({
  oid: Type.Integer(),
  state: Type.Union([Type.Literal("copying"), Type.Literal("done")]),
  /** Rows before are ghosts perhaps: a truncation goes before the first row of the copy. */
  isReset: Type.Boolean(),
  primaryKey: Type.Array(Type.String()),
  /** Texts of the last key that was copied; absent before the first chunk. */
  lastKey: Type.Optional(Type.Array(Type.String())),
  rows: Type.Integer(),
});

const ProgressSchema = Type.Object({
  version: Type.Literal(1),
  /** Of the server: another one's places in its log mean nothing here. */
  systemId: Type.String(),
  database: Type.String(),
  /** All before it is in the topics. */
  confirmedLsn: Type.String({ pattern: "^\\d+$" }),
  tables: Type.Record(Type.String(), TableProgressSchema),
});

export type TableProgress = Static<typeof TableProgressSchema>;
export type CaptureProgress = Static<typeof ProgressSchema>;

/**
 * How far the capture has come, in one small file that is replaced at once. What it says is in the topics already. The
 * confirmed place is written here before the server hears of it: a slot that is further on was moved by others.
 */
export class ProgressFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws AppError CDC_PROGRESS_CORRUPT */
  async read(): Promise<CaptureProgress | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    try {
      const value: unknown = JSON.parse(text);
      if (Value.Check(ProgressSchema, value)) return value;
    } catch {
      // Told below, as any other content that is not ours.
    }
    throw new AppError(
      "CDC_PROGRESS_CORRUPT",
      `${this.path} is no progress that this release reads. Restore it, or copy all tables anew by --resnapshot.`,
    );
  }

  write(progress: CaptureProgress): Promise<void> {
    return replaceFile(this.path, JSON.stringify(progress));
  }
}
