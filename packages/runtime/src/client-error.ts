import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { AppError } from "@footfall/base";
import { type Problem, problemOf } from "./problem.ts";

/** After its answer a client may go on sending for this long; closing at once would reset the connection unread. */
const lingerMs = 1_000;

/**
 * Answers what the HTTP parser refuses, as every other refusal is answered: problem+json that pages may read.
 * @param bytesMax  of address and headers, for the message
 * @returns undefined where nobody reads an answer, or one has begun
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket & { readonly _httpMessage?: ServerResponse | null },
  bytesMax: number,
): Problem | undefined {
  // Node's own handler looks at the same field: bytes between those of an answer under way would garble it.
  if (error.code === "ECONNRESET" || !socket.writable || socket._httpMessage?.headersSent) {
    socket.destroy();
    return undefined;
  }
  const problem = problemOf(requestError(error, bytesMax));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${reasons[problem.status]}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Access-Control-Allow-Origin: *",
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), lingerMs).unref();
  return problem;
}

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

function requestError(cause: NodeJS.ErrnoException, bytesMax: number): AppError {
  if (cause.code === "HPE_HEADER_OVERFLOW") {
    const message = `The address and the headers exceed ${bytesMax} bytes. Shorten the query, or clear cookies.`;
    return new AppError("REQUEST_HEADERS_TOO_LARGE", message, { cause });
  }
  if (cause.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new AppError("REQUEST_TOO_SLOW", "The request was not whole in time. Send it again.", { cause });
  }
  return new AppError("REQUEST_INVALID", "The request is not HTTP as the parser takes it.", { cause });
}
