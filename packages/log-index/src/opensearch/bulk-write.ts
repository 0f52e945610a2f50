import { AppError } from "@footfall/base";
import { isPassing, type OpenSearchClient } from "./opensearch-client.ts";

/** One document to create. */
export interface NewDocument {
  readonly index: string;
  readonly id: string;
  /** JSON. */
  readonly source: string;
}

export interface BulkResult {
  readonly created: number;
  /** Were there already. */
  readonly repeated: number;
  /** Positions of the documents that the server will never take, and why. */
  readonly refused: ReadonlyMap<number, string>;
}

interface BulkAnswer {
  readonly items: readonly Readonly<Record<string, BulkItem>>[];
}

interface BulkItem {
  readonly status: number;
  readonly error?: { readonly type: string; readonly reason: string };
}

const requestDocumentsMax = 5_000;
const requestCharactersMax = 8_000_000;

/**
 * Creates documents, each once. An answer of 200 says nothing of the single document: those that were refused for now
 * (429, 5xx) are sent again, and only they.
 * @throws `INDEX_UNAVAILABLE` if some are still refused when patience ends; others may have been created
 */
export async function createDocuments(
  client: OpenSearchClient,
  documents: readonly NewDocument[],
  refresh: string,
): Promise<BulkResult> {
  const result = { created: 0, repeated: 0, refused: new Map<number, string>() };
  const lines = documents.map(({ index, id, source }) => {
    return `${JSON.stringify({ create: { _index: index, _id: id } })}\n${source}\n`;
  });
  let start = 0;
  while (start < lines.length) {
    let end = start;
    let characters = 0;
    const last = Math.min(lines.length, start + requestDocumentsMax);
    while (end < last && (end === start || characters + lines[end]!.length <= requestCharactersMax)) {
      characters += lines[end++]!.length;
    }
    const positions = Array.from({ length: end - start }, (_, at) => start + at);
    await createSome(client, lines, positions, refresh, result);
    start = end;
  }
  return result;
}

async function createSome(
  client: OpenSearchClient,
  lines: readonly string[],
  positions: readonly number[],
  refresh: string,
  result: { created: number; repeated: number; refused: Map<number, string> },
): Promise<void> {
  const patience = client.patience();
  let open = positions;
  for (;;) {
    const body = open.map((position) => lines[position]).join("");
    const answer = await client.request<BulkAnswer>("POST", `_bulk?refresh=${refresh}`, body);
    const again: number[] = [];
    let reason = "";
    answer.body.items.forEach((item, at) => {
      const position = open[at]!;
      const { status, error } = Object.values(item)[0]!;
      const why = `${status} ${error?.type}: ${error?.reason}`;
      if (status < 300) result.created += 1;
      else if (status === 409) result.repeated += 1;
      else if (isPassing(status) || isOfCluster(error)) {
        again.push(position);
        reason = why;
      } else result.refused.set(position, why);
    });
    if (answer.body.items.length !== open.length) {
      throw new AppError("INDEX_UNAVAILABLE", "OpenSearch answered a bulk with another number of items.");
    }
    if (again.length === 0) return;
    await patience.next(`${again.length} documents of a bulk were refused, the last with ${reason}`);
    open = again;
  }
}

/**
 * Some 4xx say nothing against the document: no room for one more shard, a block for writing since the disk is full.
 */
function isOfCluster(error: BulkItem["error"]): boolean {
  return error !== undefined && ["validation_exception", "cluster_block_exception"].includes(error.type);
}
