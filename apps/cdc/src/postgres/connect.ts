import { AppError, InvariantError } from "@footfall/base";
import { Client, type ClientConfig } from "pg";

/** Make values' texts the same on every connection, whatever the server's defaults: they are compared and converted. */
const sessionOptions =
  "-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=iso_8601 -c extra_float_digits=3 -c bytea_output=hex " +
  "-c synchronous_commit=local -c statement_timeout=0";
const connectMaxMs = 10_000;
const asText = (text: string): string => text;

/**
 * How to connect. Results come as PostgreSQL's own text; nothing rounds a number or reads a time as local.
 * @throws AppError CONFIG_INVALID
 */
export function clientConfig(url: string, name: string): ClientConfig {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new AppError("CONFIG_INVALID", "FOOTFALL_CDC_URL is no postgresql://user:password@host:port/database.");
  }
  const address = new URL(url);
  const theirs = address.searchParams.get("options");
  address.searchParams.set("options", theirs === null ? sessionOptions : `${theirs} ${sessionOptions}`);
  return {
    connectionString: address.href,
    application_name: name,
    connectionTimeoutMillis: connectMaxMs,
    keepAlive: true,
    types: { getTypeParser: () => asText } as NonNullable<ClientConfig["types"]>,
  };
}

/**
 * A connection for questions. A break between two of them is told by the next one.
 * @throws AppError CDC_SOURCE_UNAVAILABLE (retriable)
 */
export async function connectClient(config: ClientConfig): Promise<Client> {
  const client = new Client(config);
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw sourceError(error, "connecting");
  }
  return client;
}

/** What the database or its connection said, as an error of ours; an error of ours stays as it is. */
export function sourceError(error: unknown, doing: string): Error {
  if (error instanceof AppError || error instanceof InvariantError) return error;
  const { message, code } = error as Error & { code?: string };
  const context = code === undefined ? {} : { sqlState: code };
  return new AppError("CDC_SOURCE_UNAVAILABLE", `The database failed at ${doing}: ${message || code}`, {
    retriable: true,
    context,
    cause: error,
  });
}

/** For names in statements. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
