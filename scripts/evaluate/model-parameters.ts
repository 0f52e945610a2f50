import { type ModelKind, modelKinds, type ModelName, type ModelParameters } from "@footfall/similarity/models";
import { type Command, InvalidArgumentError } from "commander";

export const modelNames = Object.keys(modelKinds) as ModelName[];

/** Parses `--param name=value`, which may be repeated. */
export function addParameter(text: string, before: ModelParameters): ModelParameters {
  const [, name, value] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Not like k=500.");
  return { ...before, [name]: Number.isNaN(Number(value)) ? value : Number(value) };
}

/** Ends the command where the model does not have a parameter, or not with such a value. */
export function checkParameters(model: ModelName, parameters: ModelParameters, command: Command): void {
  const { defaults, space }: ModelKind = modelKinds[model];
  for (const [name, value] of Object.entries(parameters)) {
    if (!(name in defaults)) {
      command.error(`${model} has no parameter ${name}; it has ${Object.keys(defaults).join(", ")}.`);
    }
    const range = space[name];
    const choices = range !== undefined && "values" in range && typeof value === "string" ? range.values : undefined;
    const isRight = choices?.includes(String(value)) ?? typeof value === typeof defaults[name];
    if (!isRight) command.error(`${name}=${String(value)}: ${choices?.join(", ") ?? "not a number"}.`);
  }
}
