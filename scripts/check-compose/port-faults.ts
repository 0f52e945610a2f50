import {
  appOf,
  buildFolder,
  type ComposeFault,
  type ComposeFile,
  faultsOfServices,
  type Service,
} from "./compose-file.ts";
import { foreignImage } from "./foreign-images.ts";
import { defaultPorts, type KnownSettings } from "./known-settings.ts";

type Fault = Omit<ComposeFault, "service">;

interface PublishedPort {
  readonly text: string;
  /** Undefined: all addresses of the host. */
  readonly address?: string;
  readonly hostPort?: string;
  readonly port: string;
}

/** Ports where nothing listens, that two services want of the host, or that the world could reach. */
export function portFaults(file: ComposeFile, known: KnownSettings): ComposeFault[] {
  const taken = new Map<string, string>();
  return faultsOfServices(file, (service, name) => {
    const published = (service.ports ?? []).map((port) => parsePort(String(port)));
    const listening = listeningPorts(file, service, known);
    const named = [...published.map(({ port }) => port), ...(service.expose ?? []).map(String)];
    const faults: Fault[] = named
      .filter((port) => !listening.includes(port))
      .map((port) => ({
        rule: "port-not-default",
        message: `port ${port}: it listens at ${listening.join(", ") || "none"}`,
      }));
    if (service.network_mode === "host") {
      faults.push({ rule: "port-open", message: "network_mode host: its operator's port would be the host's" });
    }
    for (const { text, address, hostPort } of published) {
      if (address !== "127.0.0.1") {
        faults.push({ rule: "port-open", message: `ports ${text}: bind it to this machine, 127.0.0.1:…` });
      }
      if (hostPort === undefined) continue;
      const other = taken.get(hostPort);
      if (other !== undefined)
        faults.push({ rule: "port-clash", message: `port ${hostPort} of the host is ${other}'s` });
      taken.set(hostPort, name);
    }
    return [...faults, ...checkedPortFaults(service, known)];
  });
}

function listeningPorts(file: ComposeFile, service: Service, known: KnownSettings): readonly string[] {
  const app = appOf(service);
  if (app !== undefined) return Object.values(defaultPorts(known, app));
  return buildFolder(file, service) === undefined ? (foreignImage(service.image)?.ports ?? []) : [];
}

/** The health check of an app asks its public port. */
function checkedPortFaults(service: Service, known: KnownSettings): Fault[] {
  const app = appOf(service);
  if (app === undefined) return [];
  const asked = [service.healthcheck?.test ?? []].flat().at(-1);
  const { port } = defaultPorts(known, app);
  return asked === port ? [] : [{ rule: "port-not-default", message: `its health check asks ${asked}, not ${port}` }];
}

/** `[[address:]hostPort:]port`, without ranges. */
function parsePort(text: string): PublishedPort {
  const [port, hostPort, ...address] = text.split(":").reverse();
  return {
    text,
    port: port!.replace(/\/tcp$/, ""),
    ...(hostPort !== undefined && { hostPort }),
    ...(address.length > 0 && { address: address.reverse().join(":") }),
  };
}
