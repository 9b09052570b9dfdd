import { ProtocolError } from '../errors.ts';
import type { AmfGateway } from './amf-gateway.ts';

/** The Content-Type of AMF packets. */
export const AMF_CONTENT_TYPE = 'application/x-amf';

/** What is asked of whoever answers a gateway's requests. */
export interface GatewayHttpOptions {
  /** Bytes of a packet, default 1 MiB. */
  readonly maxPacketBytes?: number;
  /** How long a packet may take to come, milliseconds; default 10,000. */
  readonly bodyTimeLimitMs?: number;
}

/** Why a request is answered by a status and a sentence. */
export class GatewayRefusal extends Error {
  override readonly name = 'GatewayRefusal';
  readonly status: 400 | 405 | 408 | 413 | 415;
  constructor(status: GatewayRefusal['status'], sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** What a refusal says besides: what would be allowed. */
export function refusalHeaders({ status }: GatewayRefusal): Record<string, string> {
  return status === 405 ? { allow: 'POST, OPTIONS' } : {};
}

const DEFAULT_MAX_PACKET_BYTES = 2 ** 20;
const DEFAULT_BODY_TIME_LIMIT_MS = 10_000;

/** The head of a request, as far as a gateway looks at it. */
export interface GatewayRequestHead {
  readonly method: string | undefined;
  readonly contentType: string | null | undefined;
  readonly contentLength: string | null | undefined;
}

/**
 * Says no to a request that brings no AMF packet, before its body is read. A browser that sends such a Content-Type to another origin
 * has asked before, by OPTIONS.
 * @throws GatewayRefusal 405 for another method than POST, 415 for another Content-Type, 413 for a body that is said to be too long
 */
export function expectPacket(
  { method, contentType, contentLength }: GatewayRequestHead,
  { maxPacketBytes = DEFAULT_MAX_PACKET_BYTES }: GatewayHttpOptions = {},
): void {
  if (method !== 'POST') throw new GatewayRefusal(405, 'AMF packets come by POST');
  const [type = ''] = (contentType ?? '').split(';', 1);
  if (type.trim().toLowerCase() !== AMF_CONTENT_TYPE)
    throw new GatewayRefusal(415, `expected a body with Content-Type: ${AMF_CONTENT_TYPE}`);
  if (Number(contentLength ?? 0) > maxPacketBytes) throw tooLarge(maxPacketBytes);
}

/**
 * Reads all of a body.
 * @throws GatewayRefusal 413 when it is longer than it may be, 408 when it takes too long
 */
export async function readPacket(
  body: AsyncIterable<Uint8Array>,
  {
    maxPacketBytes = DEFAULT_MAX_PACKET_BYTES,
    bodyTimeLimitMs = DEFAULT_BODY_TIME_LIMIT_MS,
  }: GatewayHttpOptions = {},
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new GatewayRefusal(408, 'the packet did not come in time')),
    bodyTimeLimitMs,
  );
  const reading = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await Promise.race([late.promise, reading.next()]);
      if (done === true) return joined(pieces, length);
      length += value.length;
      if (length > maxPacketBytes) throw tooLarge(maxPacketBytes);
      pieces.push(value);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** What is wrong with a request, if the request is to blame for it. */
export function refusalOf(error: unknown): GatewayRefusal | undefined {
  if (error instanceof GatewayRefusal) return error;
  return error instanceof ProtocolError
    ? new GatewayRefusal(400, `${error.message} (${error.code})`)
    : undefined;
}

/**
 * Answers a request as servers have them that know `fetch`.
 *
 * The answer has no CORS headers, so pages of other origins can call nothing: their browsers ask by OPTIONS first, because of the
 * Content-Type. Whoever wants to let them in answers OPTIONS, and adds `Access-Control-Allow-Origin`.
 *
 * ```ts
 * Deno.serve((request) => answerRequest(gateway, request, undefined));
 * ```
 */
export async function answerRequest<Client>(
  gateway: AmfGateway<Client>,
  request: Request,
  client: Client,
  options?: GatewayHttpOptions,
): Promise<Response> {
  try {
    const { headers } = request;
    expectPacket(
      {
        method: request.method,
        contentType: headers.get('content-type'),
        contentLength: headers.get('content-length'),
      },
      options,
    );
    const packet = await readPacket(piecesOf(request.body), options);
    const answer = await gateway.answer(packet, client, request.signal);
    return new Response(new Uint8Array(answer), { headers: answerHeaders });
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    const text = { ...refusalHeaders(refusal), 'content-type': 'text/plain; charset=utf-8' };
    return new Response(`${refusal.message}\n`, {
      status: refusal.status,
      headers: { ...text, 'x-content-type-options': 'nosniff' },
    });
  }
}

/** The headers of every answer that is a packet. */
export const answerHeaders: Readonly<Record<string, string>> = {
  'content-type': AMF_CONTENT_TYPE,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** The pieces of a body: not every browser can iterate over a stream. */
export async function* piecesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (reader === undefined) return;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function tooLarge(maxPacketBytes: number): GatewayRefusal {
  return new GatewayRefusal(413, `a packet may have ${maxPacketBytes} bytes here`);
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
