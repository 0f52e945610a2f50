import { cpus, loadavg } from "node:os";
import type { MetricSample } from "@footfall/metrics";
import { fsSize, mem, networkStats } from "systeminformation";

const counter = (name: string, value: number, labels: Record<string, string> = {}): MetricSample => ({
  name,
  kind: "counter",
  labels,
  value,
});
const gauge = (name: string, value: number, labels: Record<string, string> = {}): MetricSample => ({
  ...counter(name, value, labels),
  kind: "gauge",
});

/** Processor, memory, disks and network of this host, by the names of Prometheus' node exporter. */
export async function hostSamples(): Promise<readonly MetricSample[]> {
  const [memory, disks, interfaces] = await Promise.all([mem(), fsSize(), networkStats("*")]);
  return [
    ...cpuSamples(),
    gauge("node_load1", loadavg()[0]!),
    gauge("node_memory_MemTotal_bytes", memory.total),
    gauge("node_memory_MemAvailable_bytes", memory.available),
    ...disks.flatMap(({ mount: mountpoint, type: fstype, size, available }) => [
      gauge("node_filesystem_size_bytes", size, { mountpoint, fstype }),
      gauge("node_filesystem_avail_bytes", available, { mountpoint, fstype }),
    ]),
    ...interfaces.flatMap(({ iface: device, rx_bytes: received, tx_bytes: sent }) => [
      counter("node_network_receive_bytes_total", received, { device }),
      counter("node_network_transmit_bytes_total", sent, { device }),
    ]),
  ];
}

/** Seconds of each mode, of all processors together. */
function cpuSamples(): MetricSample[] {
  const secondsByMode = new Map<string, number>();
  for (const { times } of cpus()) {
    for (const [mode, ms] of Object.entries(times)) {
      secondsByMode.set(mode, (secondsByMode.get(mode) ?? 0) + ms / 1_000);
    }
  }
  const names: Readonly<Record<string, string>> = { sys: "system" };
  return [...secondsByMode].map(([mode, seconds]) =>
    counter("node_cpu_seconds_total", seconds, { mode: names[mode] ?? mode }),
  );
}
