import type { TopicRetention, TopicSpec } from "./event-log.ts";

/** What a topic is to keep; undefined where the spec leaves that to whoever made it. */
export function statedRetention({ retentionMs, retentionBytesMax }: TopicSpec): TopicRetention | undefined {
  if (retentionMs === undefined && retentionBytesMax === undefined) return undefined;
  return {
    ...(retentionMs === undefined ? {} : { retentionMs }),
    ...(retentionBytesMax === undefined ? {} : { retentionBytesMax }),
  };
}
