import { errorCodes } from "@footfall/base";

/** docs/errors.md: the closed list of codes. */
export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `# Error codes

Generated from packages/base/src/errors.ts by \`npm run docs\`. HTTP answers carry the code in problem+json, receipts and
rejected events carry it per event, logs and \`footfall_errors_total\` count it.

| code | meaning |
|---|---|
${rows.join("\n")}
`;
}
