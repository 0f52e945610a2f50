/**
 * Whether `FOOTFALL_REQUIRE` names a part (it is a list with commas): a test that lacks the part fails then, where it
 * would skip otherwise.
 */
export function isRequired(part: string, environment: NodeJS.ProcessEnv): boolean {
  return (environment["FOOTFALL_REQUIRE"] ?? "").split(",").includes(part);
}
