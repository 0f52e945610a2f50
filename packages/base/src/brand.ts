declare const brand: unique symbol;

/** A primitive that the type checker keeps apart from others of the same shape. Costs nothing at run time. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A UUID in canonical lower-case form; version 7 when our own tracker made it. */
export type EventId = Brand<string, "EventId">;
/** A shop. 1 to 64 characters of `a-z0-9-`, so that it is safe in paths and labels. */
export type TenantId = Brand<string, "TenantId">;
export type VisitorId = Brand<string, "VisitorId">;
export type SessionId = Brand<string, "SessionId">;
export type ItemId = Brand<string, "ItemId">;
/** Identifies one answer of the recommender, so that impressions and clicks join to it. */
export type RequestId = Brand<string, "RequestId">;
export type ModelVersion = Brand<string, "ModelVersion">;
