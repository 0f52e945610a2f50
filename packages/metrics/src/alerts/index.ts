export { testRules } from "./rule-tests/test-rules.ts";
