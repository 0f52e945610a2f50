import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import protobuf from "protobufjs";
import snappy from "snappyjs";

/** A sample as it arrived; equal texts are equal samples. */
export interface ReceivedSample {
  /** `up{instance="a:1",job="shop"}` */
  readonly series: string;
  readonly timeMs: number;
  readonly value: number;
}

export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
  readonly samples: readonly ReceivedSample[];
}

export interface Verdict {
  readonly status: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeReceiver {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Samples of the requests that were taken, in order. */
  readonly taken: readonly ReceivedSample[];
  /** Decides on requests from now on. */
  judge(judgement: (request: ReceivedRequest) => Verdict): void;
  /** Takes no connection any more, until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** The message in its authors' own notation: another source than that of the code under test. */
const { root } = protobuf.parse(`
syntax = "proto3";
package prometheus;
message WriteRequest { repeated TimeSeries timeseries = 1; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }`);
const writeRequest = root.lookupType("prometheus.WriteRequest");

interface Message {
  readonly timeseries: readonly {
    readonly labels: readonly { readonly name: string; readonly value: string }[];
    readonly samples: readonly { readonly value: number; readonly timestamp: number }[];
  }[];
}

/** The samples of a body, series by series. */
export function decodeBody(body: Uint8Array): { readonly bytes: number; readonly samples: ReceivedSample[] } {
  const bytes = snappy.uncompress(body);
  const message = writeRequest.toObject(writeRequest.decode(bytes), { longs: Number, defaults: true }) as Message;
  const samples = message.timeseries.flatMap(({ labels, samples: of }) => {
    const series = labels.map(({ name, value }) => `${name}=${JSON.stringify(value)}`).join(",");
    return of.map(({ value, timestamp }) => ({ series, timeMs: timestamp, value }));
  });
  return { bytes: bytes.length, samples };
}

/**
 * Judges as Prometheus 2.42 does without `out_of_order_time_window`: a request with one sample that is older than the
 * newest of its series, or another value of it, is refused as a whole.
 */
export function inOrderOnly(): (request: ReceivedRequest) => Verdict {
  const newest = new Map<string, ReceivedSample>();
  return ({ samples }) => {
    for (const { series, timeMs, value } of samples) {
      const last = newest.get(series);
      if (last === undefined || timeMs > last.timeMs || (timeMs === last.timeMs && Object.is(value, last.value)))
        continue;
      const text = timeMs < last.timeMs ? "out of order sample" : "duplicate sample for timestamp";
      return { status: 400, text };
    }
    for (const sample of samples) newest.set(sample.series, sample);
    return { status: 204 };
  };
}

/** A receiver of remote writes on the loopback. It takes everything until it is told otherwise. */
export async function startFakeReceiver(): Promise<FakeReceiver> {
  const requests: ReceivedRequest[] = [];
  const taken: ReceivedSample[] = [];
  let judgement: (request: ReceivedRequest) => Verdict = () => ({ status: 204 });
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const received = { headers: request.headers, ...decodeBody(body) };
      requests.push(received);
      const { status, text = "", headers = {} } = judgement(received);
      if (status < 300) taken.push(...received.samples);
      response.writeHead(status, headers).end(text);
    });
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}/api/v1/write`,
    requests,
    taken,
    judge: (next) => (judgement = next),
    async stop() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
    async start() {
      await listen(port);
    },
  };
}
