import { join } from "node:path";
import { mavenJars } from "../java/maven-jars.ts";

/** Releases that have been tried; others will mostly do. */
export const kafkaVersions = ["4.4.0", "4.1.2", "3.9.2"] as const;

/** The broker's own choice of a logger is left out of its dependencies; without one it says nothing. */
function loggerOf(version: string): string {
  return isLog4j1(version) ? "org.slf4j:slf4j-reload4j:1.7.36" : "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3";
}

/** Kafka 3 still logs by the first generation of log4j, whose settings look different. */
export function isLog4j1(version: string): boolean {
  return Number(version.split(".")[0]) < 4;
}

/**
 * The folder with the jars of a Kafka release, fetched by Maven where they are not there yet (about 45 MB, once).
 * @throws AppError TOOL_MISSING  no Java 17 or newer, or no Maven; LOG_UNAVAILABLE  Maven could not fetch them
 */
export async function kafkaJars(root: string, version: string): Promise<string> {
  return mavenJars(join(root, "jars", version), {
    name: `Kafka ${version}`,
    artifacts: [`org.apache.kafka:kafka_2.13:${version}`, loggerOf(version)],
    unavailable: "LOG_UNAVAILABLE",
  });
}
