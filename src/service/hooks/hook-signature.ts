/**
 * Signatures of requests to hooks, as in Standard Webhooks 1.0: an HMAC-SHA256 over id, time and body, so that nobody can make, change
 * or replay one.
 */
import { createHmac } from 'node:crypto';

/** What is sent with a body, so that its receiver knows that it is ours, new, and seen once. */
export interface SignatureHeaders {
  /** The same whenever the same request is sent again. */
  readonly 'webhook-id': string;
  /** When it was sent, seconds since 1970. */
  readonly 'webhook-timestamp': string;
  /** `v1,` and the signature in Base64; missing where there is no secret. */
  readonly 'webhook-signature'?: string;
}

/**
 * Signs a body.
 * @param secret - `whsec_` and the key in Base64, or any other text, which is the key in UTF-8
 * @param atMs - since 1970
 */
export function signatureHeaders(
  secret: string | undefined,
  id: string,
  atMs: number,
  body: string,
): SignatureHeaders {
  const time = Math.floor(atMs / 1000).toString();
  const headers = { 'webhook-id': id, 'webhook-timestamp': time };
  if (secret === undefined) return headers;
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${time}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

function keyOf(secret: string): Buffer {
  const prefix = 'whsec_';
  return secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret);
}
