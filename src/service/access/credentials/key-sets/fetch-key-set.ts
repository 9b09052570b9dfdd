import { maxKeySetBytes } from '../../../../credentials/jwt/key-set.ts';
import type { HttpUrl } from '../../../../media-url.ts';
import { clientOptions, originOf, ownHeaders } from '../../../../session/upstream/outgoing-http.ts';
import type { Connect } from '../../../../session/upstream/server-connector.ts';

/**
 * What a URL holds, over a connection of its own, at most `maxKeySetBytes`. A redirection is not followed.
 * @param signal - gives up
 * @throws Error with a sentence that says nothing of the URL but its host and port
 */
export async function fetchKeySet(url: HttpUrl, connect: Connect, signal: AbortSignal): Promise<string> {
  const { Client } = await import('undici');
  const client = new Client(originOf(url), {
    ...clientOptions(url, connect),
    maxResponseSize: maxKeySetBytes,
  });
  try {
    const { statusCode, body } = await client.request({
      method: 'GET',
      path: url.path,
      headers: { accept: 'application/jwk-set+json, application/json', ...ownHeaders(url) },
      signal,
    });
    body.on('error', () => {}); // whoever reads it hears of that
    if (statusCode !== 200) throw new Error(`its answer is ${statusCode}`);
    return await body.text();
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
      ? new Error(`its answer has more than ${maxKeySetBytes} bytes`)
      : error;
  } finally {
    await client.destroy();
  }
}
