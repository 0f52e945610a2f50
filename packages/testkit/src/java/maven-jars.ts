import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { AppError, type ErrorCode } from "@footfall/base";
import { lock } from "proper-lockfile";

const run = promisify(execFile);
const javaVersionMin = 17;

/** A server on Maven's central repository, for messages and as what it needs. */
export interface MavenServer {
  /** "Kafka 4.4.0". */
  readonly name: string;
  /** `group:artifact:version`, each with all that it needs itself. */
  readonly artifacts: readonly string[];
  /** Of the failure to fetch them. */
  readonly unavailable: ErrorCode;
}

/**
 * The folder with the jars of a server, fetched by Maven into `folder` where they are not there yet.
 * @throws AppError TOOL_MISSING  no Java 17 or newer, or no Maven; the server's own code: Maven could not fetch them
 */
export async function mavenJars(folder: string, server: MavenServer): Promise<string> {
  await requireJava(server.name);
  const complete = join(folder, "complete");
  if (existsSync(complete)) return join(folder, "libs");
  await mkdir(folder, { recursive: true });
  // Two suites may want them at once, and Maven's own store takes one at a time.
  const unlock = await lock(dirname(folder), {
    stale: 60_000,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1_000 },
  });
  try {
    if (!existsSync(complete)) await fetchJars(folder, server);
    await writeFile(complete, "");
  } finally {
    await unlock();
  }
  return join(folder, "libs");
}

async function fetchJars(folder: string, server: MavenServer): Promise<void> {
  await rm(join(folder, "libs"), { recursive: true, force: true });
  const pomPath = join(folder, "pom.xml");
  await writeFile(pomPath, pom(server));
  const copy = ["dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=libs"];
  try {
    await run("mvn", ["-q", "-B", "-f", pomPath, ...copy]);
  } catch (cause) {
    if (isNotFound(cause)) {
      const message = `Maven is not installed, which fetches ${server.name}. Install \`mvn\`.`;
      throw new AppError("TOOL_MISSING", message, { cause });
    }
    const output = (cause as { stdout?: string }).stdout?.trim().split("\n").slice(0, 3).join(" ") ?? String(cause);
    throw new AppError(server.unavailable, `Maven could not fetch ${server.name}: ${output}`, { cause });
  }
}

function pom({ artifacts }: MavenServer): string {
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>footfall</groupId><artifactId>server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
${artifacts.map(dependency).join("\n")}
  </dependencies>
</project>
`;
}

function dependency(artifact: string): string {
  const [group, name, version] = artifact.split(":");
  return `    <dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
}

async function requireJava(server: string): Promise<void> {
  let output: string;
  try {
    output = (await run("java", ["-version"])).stderr;
  } catch (cause) {
    throw new AppError("TOOL_MISSING", `Java is not installed. Install Java ${javaVersionMin} or newer.`, { cause });
  }
  const version = Number(/version "(\d+)/.exec(output)?.[1]);
  if (version >= javaVersionMin) return;
  const found = output.split("\n")[0];
  throw new AppError("TOOL_MISSING", `${server} needs Java ${javaVersionMin} or newer; \`java\` is: ${found}`);
}

function isNotFound(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
