import type { ByteSource } from "./byte-source.ts";
import { type FileIdentity, hasBirthTime, isStartOf } from "./file-identity.ts";
import type { TailedFile } from "./tailed-file.ts";

/** A file with content that belongs to no generation yet. */
export interface Newcomer {
  readonly identity: FileIdentity;
  readonly path: string;
  readonly isGzip: boolean;
  readonly source: ByteSource;
  readonly head: Buffer;
  /** The generation whose start it had when it was first seen. */
  readonly copyOf?: string | undefined;
}

/** What a newcomer is. */
export type Place =
  /** A generation of its own. */
  | { readonly is: "own" }
  /** It holds the content of `file`, which is read on there. */
  | { readonly is: "copy"; readonly file: TailedFile }
  /** It was a start of `file`, which has been truncated, but has less than was taken: `file`'s copy if no other is. */
  | { readonly is: "shortCopy"; readonly file: TailedFile }
  /** So far it only repeats `file`, which is still written to: the copy before a truncation, or a twin. */
  | { readonly is: "repeat"; readonly file: TailedFile }
  /** It is known when `file` has been read to its end. */
  | { readonly is: "undecided"; readonly file: TailedFile };

/**
 * Compares a newcomer with the known generations. A plain file can only be the copy of a file that was truncated since
 * folders were last listed, so that a twin of a deleted file is never taken for it.
 */
export async function placeNewcomer(newcomer: Newcomer, files: readonly TailedFile[]): Promise<Place> {
  const nearest = byLikelihood(
    newcomer,
    files.filter(({ head }) => beginAlike(head, newcomer.head)),
  );
  return newcomer.isGzip ? await placeGzip(newcomer, nearest) : await placePlain(newcomer, nearest);
}

async function placePlain(newcomer: Newcomer, files: readonly TailedFile[]): Promise<Place> {
  const { source, copyOf } = newcomer;
  const size = await source.size();
  let repeated: TailedFile | undefined;
  for (const file of files) {
    if (file.state.isGzip) continue;
    const isKnown = await file.isKnownIn(source);
    if (file.source === undefined) {
      // Without birth times, a file whose content went on elsewhere while no agent ran is known by content alone.
      if (isKnown && !hasBirthTime(newcomer.identity) && file.isMissing) return { is: "copy", file };
      continue;
    }
    const isWritten = !file.isTruncated && !file.state.isRotated && file.isListed;
    const isRepeat = isWritten && (await isStartOf(source, file.source));
    const isShortCopy = copyOf === file.state.generation && size < file.offset;
    if (!isKnown && !isRepeat && !isShortCopy) continue;
    // Asked last: a file that was truncated in between shows it here.
    if (await file.checkIntact()) {
      if (isRepeat) repeated ??= file;
    } else if (isKnown || isShortCopy) {
      if (file.isReading) return { is: "undecided", file };
      return { is: isKnown ? "copy" : "shortCopy", file };
    }
  }
  return repeated === undefined ? { is: "own" } : { is: "repeat", file: repeated };
}

async function placeGzip(newcomer: Newcomer, files: readonly TailedFile[]): Promise<Place> {
  const { source, copyOf } = newcomer;
  const size = await source.size();
  let repeated: TailedFile | undefined;
  for (const file of files) {
    if (file.state.isGzip && !file.state.isGone) continue;
    const isKnown = await file.isKnownIn(source);
    const isRepeat = file.source !== undefined && (await isStartOf(source, file.source));
    const isShortCopy = copyOf === file.state.generation && size < file.offset;
    if (!isKnown && !isRepeat && !isShortCopy) continue;
    if (file.source !== undefined && (await file.checkIntact())) {
      // Its plain file is read to the end first; what has less or other content may come from elsewhere.
      if (isRepeat && size === (await file.source.size())) return { is: "undecided", file };
      if (isRepeat) repeated ??= file;
    } else if (file.isReading) return { is: "undecided", file };
    else if (isKnown) return { is: "copy", file };
    else if (file.isTruncated) return { is: "shortCopy", file };
  }
  return repeated === undefined ? { is: "own" } : { is: "repeat", file: repeated };
}

function beginAlike(a: Buffer, b: Buffer): boolean {
  const length = Math.min(a.length, b.length);
  return a.subarray(0, length).equals(b.subarray(0, length));
}

/** Linked ones first, then those by whose name it was named, then those of which most was taken. */
function byLikelihood(newcomer: Newcomer, files: readonly TailedFile[]): TailedFile[] {
  const rank = ({ state }: TailedFile) => {
    if (state.generation === newcomer.copyOf) return 2;
    return newcomer.path === `${state.path}.gz` || (!newcomer.isGzip && newcomer.path.startsWith(state.path)) ? 1 : 0;
  };
  return files.toSorted((a, b) => rank(b) - rank(a) || b.offset - a.offset);
}
