import { AppError } from "@footfall/base";
import { type AppName, type Config, setting } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";

/** Settings of remote write, of an app that runs the monitor. */
export function remoteWriteSettings(app: AppName) {
  const prefix = `FOOTFALL_${app.toUpperCase()}_REMOTE_WRITE`;
  const text = { schema: Type.String(), default: "" };
  return {
    remoteWriteUrl: setting({
      ...text,
      variable: `${prefix}_URL`,
      unit: "URL",
      description:
        "Where samples are sent as Prometheus' remote write 1.0, `http://prometheus:9090/api/v1/write`; empty: nowhere.",
    }),
    remoteWriteBearerToken: setting({
      ...text,
      variable: `${prefix}_BEARER_TOKEN`,
      unit: "",
      description: "Token that the receiver asks for; empty: none.",
      isSecret: true,
    }),
    remoteWriteUsername: setting({
      ...text,
      variable: `${prefix}_USERNAME`,
      unit: "",
      description: "The name to log in to the receiver with (basic auth); empty: none.",
    }),
    remoteWritePassword: setting({
      ...text,
      variable: `${prefix}_PASSWORD`,
      unit: "",
      description: "The password to log in to the receiver with.",
      isSecret: true,
    }),
  } as const;
}

/** Who gets the samples. */
export interface RemoteWriteTarget {
  readonly url: string;
  /** Of every request; undefined: none. */
  readonly authorization: string | undefined;
}

/**
 * The receiver that the settings name; undefined where they name none.
 * @throws AppError CONFIG_INVALID
 */
export function readRemoteWriteTarget(
  app: AppName,
  config: Config<ReturnType<typeof remoteWriteSettings>>,
): RemoteWriteTarget | undefined {
  const { remoteWriteUrl, remoteWriteBearerToken: token, remoteWriteUsername, remoteWritePassword } = config;
  const prefix = `FOOTFALL_${app.toUpperCase()}_REMOTE_WRITE`;
  const invalid = (problem: string) => new AppError("CONFIG_INVALID", `${prefix}_${problem} See docs/metrics.md.`);
  if (token !== "" && remoteWriteUsername !== "") throw invalid("BEARER_TOKEN and …_USERNAME are given: take one.");
  if (remoteWritePassword !== "" && remoteWriteUsername === "") throw invalid("PASSWORD is given, but no …_USERNAME.");
  if (remoteWriteUrl === "") {
    if (token + remoteWriteUsername !== "") throw invalid("URL is missing, but credentials for it are given.");
    return undefined;
  }
  if (!/^https?:\/\//i.test(remoteWriteUrl) || !URL.canParse(remoteWriteUrl)) {
    throw invalid("URL must be an address with http:// or https://, such as http://prometheus:9090/api/v1/write.");
  }
  const url = new URL(remoteWriteUrl);
  // Addresses are logged.
  if (url.username + url.password !== "") throw invalid("URL holds credentials: give …_USERNAME and …_PASSWORD.");
  return { url: url.href, authorization: authorizationOf(token, remoteWriteUsername, remoteWritePassword) };
}

function authorizationOf(token: string, username: string, password: string): string | undefined {
  if (token !== "") return `Bearer ${token}`;
  return username === "" ? undefined : `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
