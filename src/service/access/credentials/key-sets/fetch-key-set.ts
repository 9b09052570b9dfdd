import { maxKeySetBytes } from '../../../../credentials/jwt/key-set.ts';
import type { HttpUrl } from '../../../../media-url.ts';
import { basicAuthorization } from '../../../../session/upstream/basic-authorization.ts';
import type { Connect } from '../../../../session/upstream/server-connector.ts';
import { version } from '../../../../version.ts';

/** The head of an answer has at most so many bytes. */
const MAX_HEAD_BYTES = 16 * 2 ** 10;

/**
 * What a URL holds, over a connection of its own, at most `maxKeySetBytes`. A redirection is not followed.
 * @param signal - gives up
 * @throws Error with a sentence that says nothing of the URL but its host and port
 */
export async function fetchKeySet(url: HttpUrl, connect: Connect, signal: AbortSignal): Promise<string> {
  const { Client } = await import('undici');
  const { scheme, authority, host, port, isTls, path } = url;
  const client = new Client(`${scheme}://${authority}`, {
    allowH2: false,
    headersTimeout: 0, // the time of the whole request is limited
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEAD_BYTES,
    maxResponseSize: maxKeySetBytes,
    connect: (_to, onDone) => {
      connect({ host, port, isTls }, (connected) =>
        connected instanceof Error ? onDone(connected, null) : onDone(null, connected),
      );
    },
  });
  try {
    const authorization = basicAuthorization(url);
    const { statusCode, body } = await client.request({
      method: 'GET',
      path,
      headers: {
        accept: 'application/jwk-set+json, application/json',
        'user-agent': `streampump/${version}`,
        ...(authorization === undefined ? {} : { authorization }),
      },
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
