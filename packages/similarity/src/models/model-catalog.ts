import type { ParameterRange, ParameterSpace } from "../tuning/parameter-space.ts";
import { learnNeighbors } from "../learn-neighbors.ts";
import { buildSessionMatrix } from "../session-matrix.ts";
import type { SimilarityParameters } from "../similarity-model.ts";
import { defaultSimilarityParameters } from "../similarity-parameters.ts";
import { Blend } from "./blend.ts";
import { decayNames } from "./decay.ts";
import { type EaseParameters, learnEase } from "./ease.ts";
import { ListRecommender } from "./list-recommender.ts";
import { Popular } from "./popular.ts";
import type { ModelParameters, Recommender } from "./recommender.ts";
import {
  learnAssociationRules,
  learnSequentialRules,
  type OrderedSessions,
  type RuleParameters,
  type SequentialRuleParameters,
} from "./rules.ts";
import { withoutRareRepeats } from "./repeats.ts";
import { learnSlist, type SlistParameters } from "./slist.ts";
import { VmisKnn, type VmisKnnParameters } from "./vmis-knn.ts";
import { VSknn, type VSknnParameters } from "./v-sknn.ts";
import { defaultSessionBlend, sessionBlend, type SessionBlendParameters } from "./session-blend.ts";
import { Vstan, type VstanParameters, vstanSource } from "./vstan.ts";

/** A kind of model by its name: what it takes and how it learns. */
export interface ModelKind {
  readonly description: string;
  readonly defaults: ModelParameters;
  /** What `tune` searches: as the papers did, but that numbers are not confined to their grids. */
  readonly space: ParameterSpace;
  /** @param parameters  complete, as `defaults` has them */
  readonly learn: (sessions: OrderedSessions, parameters: ModelParameters, learnPart?: LearnPart) => Recommender;
}

/** Learns a part of a blend; who learns many blends may have the part already. */
export type LearnPart = (part: ModelKind, sessions: OrderedSessions, parameters: ModelParameters) => Recommender;

const learnAnew: LearnPart = (part, sessions, parameters) => part.learn(sessions, parameters);

function kind<Parameters extends object>(
  description: string,
  defaults: Parameters,
  space: { readonly [Name in keyof Parameters]?: ParameterRange },
  learn: (sessions: OrderedSessions, parameters: Parameters, learnPart: LearnPart) => Recommender,
): ModelKind {
  return {
    description,
    defaults: defaults as ModelParameters,
    space: space as ParameterSpace,
    learn: (sessions, parameters, learnPart = learnAnew) =>
      learn(sessions, parameters as unknown as Parameters, learnPart),
  };
}

/** The reference recommends the item just clicked, whether or not that ever happens. */
function unlessCompatible(
  sessions: OrderedSessions,
  recommender: Recommender,
  { isCompatible }: { readonly isCompatible: boolean },
): Recommender {
  return isCompatible ? recommender : withoutRareRepeats(sessions, recommender);
}

const number = (from: number, to: number): ParameterRange => ({ from, to, scale: "log" });
const count = (from: number, to: number): ParameterRange => ({ from, to, scale: "log", isWhole: true });
const share: ParameterRange = { from: 0, to: 1, scale: "linear" };
const decay: ParameterRange = { values: decayNames };
const idf: ParameterRange = { values: [0, 1, 2, 5, 10] };

interface ComparableVstanParameters extends VstanParameters {
  /** Counts an item's clicks instead of its sessions in idf, as session-rec does. */
  readonly isCompatible: boolean;
}

const vstanDefaults: ComparableVstanParameters = {
  k: 500,
  sampleSize: 5000,
  lastItems: 1e9,
  sessionDecay: 1.02,
  neighborDecayDays: 5,
  itemDecay: 2.05,
  sharedDecay: 1.02,
  idfWeighting: 5,
  isCompatible: false,
};

const slistDefaults: SlistParameters = {
  alpha: 0.8,
  lambda: 10,
  targetDecay: 1,
  queryDecay: 1,
  sessionDecayDays: 64,
  itemsMax: 4000,
  neighborsMax: 500,
};

/** Parameters of a blend's parts by prefix: `vstan.k`, `slist.alpha`; and the part's share. */
function partOf(parameters: ModelParameters, prefix: string): ModelParameters {
  const own = Object.entries(parameters).filter(([name]) => name.startsWith(`${prefix}.`));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length + 1), value]));
}

function prefixed<Value>(prefix: string, parameters: object): Record<string, Value> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`${prefix}.${name}`, value as Value]));
}

const stanSpace = {
  k: count(50, 1500),
  sampleSize: count(500, 10_000),
  sessionDecay: number(0.01, 20),
  neighborDecayDays: number(1, 200),
  itemDecay: number(0.2, 20),
};
const vstanSpace = { ...stanSpace, sharedDecay: number(0.2, 20), idfWeighting: idf };
const slistSpace = {
  alpha: share,
  lambda: number(1, 1000),
  targetDecay: number(0.2, 10),
  queryDecay: number(0.2, 10),
  sessionDecayDays: number(1, 500),
};

function learnComparableVstan(sessions: OrderedSessions, parameters: ComparableVstanParameters): Recommender {
  const { isCompatible } = parameters;
  return unlessCompatible(sessions, new Vstan(vstanSource(sessions, isCompatible), parameters), parameters);
}

const vstan = kind<ComparableVstanParameters>(
  "VSTAN: STAN, with the age of the shared click and rare items",
  vstanDefaults,
  vstanSpace,
  learnComparableVstan,
);

const slist = kind<SlistParameters>(
  "SLIST: linear item-item by session and order",
  slistDefaults,
  slistSpace,
  (sessions, parameters) => withoutRareRepeats(sessions, learnSlist(sessions, parameters)),
);

/** All kinds of models, from the simplest to the best. */
export const modelKinds = {
  popular: kind(
    "what is clicked most",
    { itemsMax: 1000 },
    {},
    (sessions, { itemsMax }) => new Popular(sessions, itemsMax),
  ),
  ar: kind<RuleParameters>(
    "association rules: what shares a session with the last click",
    { pruning: 20, isCompatible: false },
    { pruning: count(10, 200) },
    learnAssociationRules,
  ),
  sr: kind<SequentialRuleParameters>(
    "sequential rules: what follows the last click",
    { pruning: 20, steps: 20, weighting: "quadratic", isCompatible: false },
    { pruning: count(10, 200), steps: count(2, 30), weighting: decay },
    learnSequentialRules,
  ),
  "item-item": kind<SimilarityParameters & { queryDecay: number }>(
    "co-occurrence, selected by log-likelihood ratio, scored by damped conditional probability",
    { ...defaultSimilarityParameters, queryDecay: 1 },
    {
      llrMin: { from: 0, to: 10, scale: "linear" },
      alpha: share,
      shrinkage: number(0.1, 100),
      queryDecay: number(0.2, 10),
    },
    (sessions, parameters) => {
      const matrix = buildSessionMatrix(sessions, parameters.sessionItemsMax);
      return new ListRecommender(learnNeighbors(matrix, parameters), parameters.queryDecay);
    },
  ),
  ease: kind<EaseParameters>(
    "EASE: linear item-item, no item recommends itself",
    { lambda: 200, queryDecay: 1, itemsMax: 4000, neighborsMax: 500 },
    { lambda: number(1, 1000), queryDecay: number(0.2, 10) },
    learnEase,
  ),
  "v-sknn": kind<VSknnParameters>(
    "V-SkNN: similar sessions, weighted clicks",
    {
      k: 500,
      sampleSize: 5000,
      weighting: "quadratic",
      weightingScore: "div",
      idfWeighting: 5,
      isCompatible: false,
    },
    { k: count(50, 1500), sampleSize: count(500, 10_000), weighting: decay, weightingScore: decay, idfWeighting: idf },
    (sessions, parameters) => unlessCompatible(sessions, new VSknn(sessions, parameters), parameters),
  ),
  "vmis-knn": kind<VmisKnnParameters>(
    "VMIS-kNN, as Serenade has it",
    { m: 500, k: 500, lastItems: 2, lengthQuantile: 0.995, isCompatible: false },
    { m: count(100, 2500), k: count(50, 1500), lastItems: count(1, 20) },
    (sessions, parameters) => new VmisKnn(sessions, parameters),
  ),
  stan: kind<ComparableVstanParameters>(
    "STAN: similar sessions, by order and age",
    { ...vstanDefaults, sharedDecay: 1e9, idfWeighting: 0 },
    stanSpace,
    learnComparableVstan,
  ),
  vstan,
  slist,
  "session-blend": kind<SessionBlendParameters & SimilarityParameters>(
    "VSTAN and item-item together: what is served",
    { ...defaultSimilarityParameters, ...defaultSessionBlend },
    { sessionsShare: share, ...vstanSpace },
    (sessions, parameters) => {
      const lists = learnNeighbors(buildSessionMatrix(sessions, parameters.sessionItemsMax), parameters);
      return withoutRareRepeats(sessions, sessionBlend(lists, vstanSource(sessions), parameters));
    },
  ),
  blend: kind<ModelParameters>(
    "VSTAN and SLIST together",
    { share: 0.5, ...prefixed("vstan", vstanDefaults), ...prefixed("slist", slistDefaults) },
    { share, ...prefixed("vstan", vstanSpace), ...prefixed("slist", slistSpace) },
    (sessions, parameters, learnPart) => {
      const partShare = Number(parameters["share"]);
      return new Blend<Recommender>([
        { recommender: learnPart(vstan, sessions, partOf(parameters, "vstan")), weight: partShare },
        { recommender: learnPart(slist, sessions, partOf(parameters, "slist")), weight: 1 - partShare },
      ]);
    },
  ),
} satisfies Readonly<Record<string, ModelKind>>;

export type ModelName = keyof typeof modelKinds;
