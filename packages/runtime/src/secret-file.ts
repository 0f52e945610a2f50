import { readFileSync } from "node:fs";

/** What of a `Setting` counts here. */
interface Setting {
  readonly variable: string;
  readonly isSecret?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What a setting is given as; for a secret that is also `<VARIABLE>_FILE`, the path of a file that holds it. */
export function variablesOf({ variable, isSecret }: Setting): readonly string[] {
  return isSecret ? [variable, fileVariableOf(variable)] : [variable];
}

/** A setting's text, from its variable or, for a secret, the file that is named instead. An empty name is none. */
export function rawValueOf(
  setting: Setting,
  environment: Environment,
): { readonly value?: string | undefined; readonly problem?: string } {
  const value = environment[setting.variable];
  const [, fileVariable] = variablesOf(setting);
  const file = fileVariable === undefined ? "" : (environment[fileVariable] ?? "");
  if (file === "") return { value };
  if (value !== undefined && value !== "") {
    return { problem: `${setting.variable} and ${fileVariable} are both given: keep one of them` };
  }
  try {
    // Editors and `echo` end a file with a line break; no secret ends with one.
    return { value: readFileSync(file, "utf8").replace(/\r?\n$/, "") };
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return {
      problem: `${fileVariable}: ${file} cannot be read (${code}): give the path of a file that holds the secret`,
    };
  }
}

function fileVariableOf(variable: string): string {
  return `${variable}_FILE`;
}
