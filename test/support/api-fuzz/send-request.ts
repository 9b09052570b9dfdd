import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { WildRequest } from './wild-requests.ts';

/** What came back. */
export interface WildAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of what does not end by itself, only what came at once. */
  readonly text: string;
}

/** Longer answers than that are a fault, bytes. */
const MAX_ANSWER_BYTES = 4 * 2 ** 20;

/** Connections that are kept; close it in the end. */
export const agent: Agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** Sends a request as it is; undefined where the connection was cut without an answer. */
export function sendRequest(
  port: number,
  { method, path, headers, body }: WildRequest,
): Promise<WildAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { ...headers, ...length },
      agent,
    });
    sent.on('response', (response) => {
      let text = '';
      const answer = (): WildAnswer => ({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text,
      });
      const isEndless =
        response.headers['content-type']?.startsWith('text/event-stream') && method !== 'HEAD';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > MAX_ANSWER_BYTES) reject(new Error(`${method} ${path}: an answer without an end`));
        if (isEndless) response.destroy();
      });
      response.on('end', () => resolve(answer()));
      response.on('close', () => resolve(answer()));
      response.on('error', () => resolve(answer()));
    });
    sent.on('error', () => resolve(undefined)); // it may close while too much comes
    sent.end(body);
  });
}
