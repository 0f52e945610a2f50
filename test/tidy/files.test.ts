import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFiles, readProjectFile, root } from "./project-files.ts";

const files = projectFiles();
const code = files.filter((path) => /\.(ts|mts|mjs|cjs)$/.test(path) && !path.startsWith("test/canaries/"));

describe("the project's files", () => {
  it("are seen by this test at all", () => {
    expect(code.length).toBeGreaterThan(50);
  });

  it("keep to 400 lines, tests to 600", () => {
    const tooLong = code.filter((path) => {
      const lines = readProjectFile(path).split("\n").length - 1;
      return lines > (/(^|\/)test\//.test(path) || path.startsWith("packages/testkit/") ? 600 : 400);
    });
    expect(tooLong).toEqual([]);
  });

  it("keep comments to 120 columns, and lines that no formatter can break to 160", () => {
    const isComment = /^\s*(\*|\/\/|\/\*)/;
    const tooWide = code.flatMap((path) =>
      readProjectFile(path)
        .split("\n")
        .flatMap((line, index) => (line.length > (isComment.test(line) ? 120 : 160) ? [`${path}:${index + 1}`] : [])),
    );
    expect(tooWide).toEqual([]);
  });

  it("are named in kebab-case, after what they hold", () => {
    const badName = /(^|-)(utils?|helpers?|common|manager|misc|v2)(-|\.|$)/i;
    const misnamed = code.filter((path) => {
      const name = basename(path);
      return badName.test(name) || !/^[a-z0-9.]+(-[a-z0-9.]+)*\.(ts|mts|mjs|cjs)$/.test(name.replace(/^\./, ""));
    });
    expect(misnamed).toEqual([]);
  });

  it("hold no large file and no stranger's kind of file", () => {
    const large = files.filter((path) => path !== "package-lock.json" && statSync(join(root, path)).size > 512 * 1024);
    expect(large).toEqual([]);
    const known =
      /\.(ts|mts|mjs|cjs|js|json|jsonl|ndjson|md|yml|yaml|css|html|xml|svg|sql|py|java|parquet|arrow|csv|tsv|properties|toml|conf)$/;
    const named = new Set([
      "LICENSE",
      ".gitignore",
      ".npmrc",
      ".prettierignore",
      ".dockerignore",
      "Dockerfile",
      "_last_checkpoint",
      ".env.example",
    ]);
    const strange = files.filter((path) => !known.test(path) && !named.has(basename(path)) && !path.startsWith(".ci/"));
    expect(strange).toEqual([]);
  });

  it("export package entries by name, never all of a file", () => {
    const barrels = code.filter((path) => /\/src\/index\.ts$/.test(path));
    expect(barrels.filter((path) => readProjectFile(path).includes("export *"))).toEqual([]);
  });

  it("read the environment in composition roots, commands and tests only", () => {
    const readers = code.filter(
      (path) =>
        /^(packages|apps)\/[^/]+\/src\//.test(path) &&
        !/\/src\/main\.ts$/.test(path) &&
        readProjectFile(path).includes("process.env"),
    );
    expect(readers).toEqual([]);
  });

  it("ask no clock and no chance of their own in the pure packages", () => {
    const impure = code.filter(
      (path) =>
        /^packages\/(base|events|windows|similarity|service-logs|metrics|comparison)\/src\//.test(path) &&
        path !== "packages/base/src/clock.ts" &&
        /Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(/.test(readProjectFile(path)),
    );
    expect(impure).toEqual([]);
  });
});
