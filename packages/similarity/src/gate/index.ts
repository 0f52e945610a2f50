export { type GateInput, type GateVerdict, judgeChallenger } from "./judge-challenger.ts";
