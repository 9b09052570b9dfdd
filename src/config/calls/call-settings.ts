import type { z } from 'zod';
import { checkedString, integer, section } from '../setting-schema.ts';

/** Calls of clients, and to clients. */
export interface CallSettings {
  /** Longest time from a call to its answer, either way, milliseconds, 1 to 10 minutes; default 10,000. */
  readonly timeoutMs: number;
  /** Calls of one client that wait for their answers, 1 to 256; default 16. */
  readonly openPerSession: number;
  /** Calls that one client may make in a second in the long run, 1 to 10,000; default 20. */
  readonly perSecond: number;
  /** Bytes of an answer to a client, 1 KiB to 1 MiB; default 64 KiB. */
  readonly maxAnswerBytes: number;
  /** Path at which clients call over HTTP in AMF packets, such as `/amf`; null (default): nowhere. */
  readonly amfPath: string | null;
  /** Path at which WebSockets speak JSON-RPC, such as `/rpc`; null (default): nowhere. */
  readonly rpcPath: string | null;
}

const kib = 2 ** 10;

/** Schema of `calls`. */
export const callSettings: z.ZodType<CallSettings> = section<CallSettings>({
  timeoutMs: integer(1, 600_000, 10_000),
  openPerSession: integer(1, 256, 16),
  perSecond: integer(1, 10_000, 20),
  maxAnswerBytes: integer(kib, kib * kib, 64 * kib),
  amfPath: checkedString(pathProblem, 'path').nullable().default(null),
  rpcPath: checkedString(pathProblem, 'path').nullable().default(null),
});

/** First segments of paths that are taken. */
const taken = /^\/(?:api|assets|metrics|sessions|streams|watch)(?:\/|$)/;

/** What is wrong with a path for calls, as a sentence that begins with "expected". */
function pathProblem(path: string): string | undefined {
  if (!/^(?:\/[\w~-]{1,100}){1,8}$/.test(path))
    return 'expected a path such as /amf or /my-app/gateway: of letters, digits, _, - and ~';
  return taken.test(path) ? "expected a path whose first segment is none of the relay's own" : undefined;
}
