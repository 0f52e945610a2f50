import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { AppError } from "@footfall/base";

const run = promisify(execFile);
const javaVersionMin = 17;

/** Releases that have been tried; others will mostly do. */
export const kafkaVersions = ["4.4.0", "4.1.2", "3.9.2"] as const;

/** The broker's own choice of a logger is left out of its dependencies; without one it says nothing. */
function loggerDependency(version: string): string {
  const [group, artifact, release] = isLog4j1(version)
    ? ["org.slf4j", "slf4j-reload4j", "1.7.36"]
    : ["org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.3"];
  return dependency(group!, artifact!, release!);
}

/** Kafka 3 still logs by the first generation of log4j, whose settings look different. */
export function isLog4j1(version: string): boolean {
  return Number(version.split(".")[0]) < 4;
}

function dependency(group: string, artifact: string, version: string): string {
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
}

function pom(version: string): string {
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>footfall</groupId><artifactId>kafka-broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    ${dependency("org.apache.kafka", "kafka_2.13", version)}
    ${loggerDependency(version)}
  </dependencies>
</project>
`;
}

/**
 * The folder with the jars of a Kafka release, fetched by Maven where they are not there yet (about 45 MB, once).
 * @throws AppError TOOL_MISSING  no Java 17 or newer, or no Maven; LOG_UNAVAILABLE  Maven could not fetch them
 */
export async function kafkaJars(root: string, version: string): Promise<string> {
  await requireJava();
  const folder = join(root, "jars", version);
  const complete = join(folder, "complete");
  if (existsSync(complete)) return join(folder, "libs");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const pomPath = join(folder, "pom.xml");
  await writeFile(pomPath, pom(version));
  const copy = ["dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=libs"];
  try {
    await run("mvn", ["-q", "-B", "-f", pomPath, ...copy]);
  } catch (cause) {
    if (isNotFound(cause)) {
      throw new AppError("TOOL_MISSING", "Maven is not installed, which fetches the broker. Install `mvn`.", { cause });
    }
    const output = (cause as { stdout?: string }).stdout?.trim().split("\n").slice(0, 3).join(" ") ?? String(cause);
    throw new AppError("LOG_UNAVAILABLE", `Maven could not fetch Kafka ${version}: ${output}`, { cause });
  }
  await writeFile(complete, "");
  return join(folder, "libs");
}

async function requireJava(): Promise<void> {
  let output: string;
  try {
    output = (await run("java", ["-version"])).stderr;
  } catch (cause) {
    throw new AppError("TOOL_MISSING", `Java is not installed. Install Java ${javaVersionMin} or newer.`, { cause });
  }
  const version = Number(/version "(\d+)/.exec(output)?.[1]);
  if (version >= javaVersionMin) return;
  const found = output.split("\n")[0];
  throw new AppError("TOOL_MISSING", `Kafka needs Java ${javaVersionMin} or newer; \`java\` is: ${found}`);
}

function isNotFound(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
