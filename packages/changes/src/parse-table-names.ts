import { AppError } from "@footfall/base";
import type { TableName } from "./change-event.ts";
import { changesTopic } from "./topics.ts";

/**
 * Reads a setting of tables, `schema.table` with commas between them.
 * @throws AppError CONFIG_INVALID  a name without a schema, a table twice, two tables with one topic
 */
export function parseTableNames(variable: string, list: string): readonly TableName[] {
  const names = list.split(",").map((name) => name.trim());
  const tables = names.map((name) => {
    const dot = name.indexOf(".");
    if (dot <= 0 || dot === name.length - 1) {
      throw new AppError("CONFIG_INVALID", `${variable}: "${name}" is no schema.table, such as public.products.`);
    }
    return { schema: name.slice(0, dot), table: name.slice(dot + 1) };
  });
  const byTopic = new Map<string, string>();
  for (const [index, table] of tables.entries()) {
    const topic = changesTopic(table);
    const other = byTopic.get(topic);
    if (other !== undefined) {
      throw new AppError("CONFIG_INVALID", `${variable}: ${other} and ${names[index]} would share ${topic}.`);
    }
    byTopic.set(topic, names[index]!);
  }
  return tables;
}
