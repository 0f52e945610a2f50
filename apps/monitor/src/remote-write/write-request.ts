import protobuf from "protobufjs/light.js";
import snappy from "snappyjs";
import type { RemoteSample, RemoteSeries } from "./remote-sample.ts";

/** Remote write 1.0: the part of `prometheus.WriteRequest` that samples need. */
const schema = protobuf.Root.fromJSON({
  nested: {
    prometheus: {
      nested: {
        WriteRequest: { fields: { timeseries: { rule: "repeated", type: "TimeSeries", id: 1 } } },
        TimeSeries: {
          fields: {
            labels: { rule: "repeated", type: "Label", id: 1 },
            samples: { rule: "repeated", type: "Sample", id: 2 },
          },
        },
        Label: { fields: { name: { type: "string", id: 1 }, value: { type: "string", id: 2 } } },
        Sample: { fields: { value: { type: "double", id: 1 }, timestamp: { type: "int64", id: 2 } } },
      },
    },
  },
});

const writeRequest = schema.lookupType("prometheus.WriteRequest");

interface TimeSeries {
  readonly labels: RemoteSeries["labels"];
  readonly samples: { readonly value: number; readonly timestamp: number }[];
}

/**
 * A body of remote write 1.0: protobuf in a snappy block.
 * @param samples  of one series in order of time, each time once
 */
export function encodeWriteRequest(samples: readonly RemoteSample[]): Uint8Array<ArrayBuffer> {
  const timeseries = new Map<string, TimeSeries>();
  for (const { series, value, timeMs } of samples) {
    const sample = { value, timestamp: timeMs };
    const known = timeseries.get(series.id);
    if (known) known.samples.push(sample);
    else timeseries.set(series.id, { labels: series.labels, samples: [sample] });
  }
  return new Uint8Array(snappy.compress(writeRequest.encode({ timeseries: [...timeseries.values()] }).finish()));
}
