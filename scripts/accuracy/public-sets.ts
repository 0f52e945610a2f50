import { join } from "node:path";
import type { EvaluationFiles } from "@footfall/trainer/evaluation";

/** A public click log, small enough to be at hand. */
export interface PublicSet {
  readonly title: string;
  /** Learnt from and judged on. */
  readonly files: EvaluationFiles;
  /** What parameters are chosen on: nothing of what is judged. */
  readonly tuning: EvaluationFiles;
}

/** @param data  folder of the data sets */
export function publicSets(data: string): readonly PublicSet[] {
  const rsc15 = (part: string): string => join(data, `rsc15-100k-sessionrec/yoochoose-clicks-100k_${part}.txt`);
  const serenade = (part: string): string => join(data, `serenade-toy/${part}.txt`);
  const retailrocket = { format: "retailrocket", file: join(data, "retailrocket-8days/events_8days.csv") } as const;
  return [
    {
      title: "YooChoose, 100,000 clicks",
      files: { format: "session-rec", train: rsc15("train_full"), test: rsc15("test") },
      tuning: { format: "session-rec", train: rsc15("train_tr"), test: rsc15("train_valid") },
    },
    {
      title: "RetailRocket, eight days",
      files: { ...retailrocket, split: "last-day" },
      tuning: { ...retailrocket, split: "day-before-last" },
    },
    {
      title: "Serenade's toy set",
      files: { format: "session-rec", train: serenade("train"), test: serenade("test") },
      tuning: { format: "session-rec", train: serenade("train"), test: serenade("valid") },
    },
  ];
}
