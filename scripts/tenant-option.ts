import { EventEnvelopeSchema } from "@footfall/events";
import { InvalidArgumentError, Option } from "commander";

const tenantPattern = new RegExp(EventEnvelopeSchema.properties.tenant.pattern!);

/** `--tenant`, checked before it reaches a path or a query; the same in every command. */
export function tenantOption(description: string): Option {
  return new Option("--tenant <name>", description).argParser((text: string) => {
    if (tenantPattern.test(text)) return text;
    throw new InvalidArgumentError("A tenant is 1 to 64 lower-case letters, digits and hyphens.");
  });
}
