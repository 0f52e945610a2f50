import type { MultiLineRule } from "./multi-line-rule.ts";

export const multiLinePresetNames = ["java", "python", "node", "go"] as const;
export type MultiLinePresetName = (typeof multiLinePresetNames)[number];

/** Blank, or indented, as the lines of a stack trace are. */
const indented = /^(?:\s|$)/;

const javaLine = /^(?:Caused by:|Suppressed:|Wrapped by:|\.\.\. [0-9]+ (?:more|common frames))/;
/** The exception itself, on the line after the message it was logged with. */
const javaException = /^(?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Throwable)\b/;

const pythonLine =
  /^(?:Traceback \(most recent call last\):|During handling of the above exception|The above exception was)/;
/** What ends a traceback; it says nothing of itself but that it is a name of a class. */
const pythonException = /^[A-Za-z_][\w.]*(?::|$)/;

const nodeLine = /^(?:[}\])]|Caused by:|Node\.js v[0-9])/;

const goPanic = /^(?:panic: |fatal error: |goroutine [0-9]+ \[|runtime: )/;
const goLine =
  /^(?:goroutine [0-9]+ |created by |\[signal |exit status [0-9]|main\.|panic: |runtime: |[\w./*()[\]{}-]+\(.*\)$)/;

/**
 * Rules for the stack traces of languages: every line begins an entry, and some lines belong to the one before them.
 */
export const multiLinePresets: Readonly<Record<MultiLinePresetName, MultiLineRule>> = {
  java: continuing((line) => indented.test(line) || javaLine.test(line) || javaException.test(line)),
  python: continuing(
    (line, previous) =>
      indented.test(line) || pythonLine.test(line) || (/^\s+\S/.test(previous) && pythonException.test(line)),
  ),
  node: continuing((line) => indented.test(line) || nodeLine.test(line)),
  go: continuing((line, _previous, first) => indented.test(line) || (goPanic.test(first) && goLine.test(line))),
};

function continuing(belongs: (line: string, previous: string, first: string) => boolean): MultiLineRule {
  return {
    starts: () => true,
    next: (line, previous, first) => (belongs(line, previous, first) ? "append" : "begin"),
  };
}
