import { hash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { houseUrlProblem } from '../../../../config/house/house-link-settings.ts';
import { CredentialFileError, readCredentialFile } from '../../../../credentials/credential-file.ts';
import { fileReason, PlainError } from '../../../../errors.ts';
import { printable } from '../../../../log.ts';
import { type HttpUrl, readMediaUrl } from '../../../../media-url.ts';
import { clientOptions, originOf } from '../../../../session/upstream/outgoing-http.ts';
import { ServerConnector } from '../../../../session/upstream/server-connector.ts';
import { systemClock } from '../../../../stream/clock.ts';
import { displayUrl } from '../../../../url-secrets.ts';
import { readHouseKey } from '../house-key.ts';
import { readHouseTrust } from '../link/house-trust.ts';

/** A house may take so long to answer, milliseconds. */
const ANSWER_MS = 15_000;

/** An answer has at most so many bytes. */
const MAX_ANSWER_BYTES = 65_536;

/** What it takes to make a relay known to a house. */
export interface JoinWish {
  /** Of the house. */
  readonly url: string;
  /** File with the token of the invitation. */
  readonly tokenFile: string;
  /** File with the relay's key; where there is none it is made. */
  readonly keyFile: string;
  /** Authorities that the house's certificate is checked by, and no others; null: those of the system. */
  readonly caFile: string | null;
  /** Whether it may go without TLS. */
  readonly insecure: boolean;
}

/** A relay cannot be made known to a house; the message says why, without anything that is secret. */
export class JoinError extends PlainError {
  override readonly name = 'JoinError';
}

/**
 * Makes a relay known to a house by the token of an invitation. Its key stays in the file, the house gets what follows from it.
 * @returns what the house calls the relay
 * @throws JoinError, CredentialFileError, CertificateError
 */
export async function joinHouse({ url, tokenFile, keyFile, caFile, insecure }: JoinWish): Promise<string> {
  const target = targetOf(url, insecure);
  const token = readCredentialFile(tokenFile).trim();
  if (token === '') throw new CredentialFileError(`${tokenFile} holds no token`);
  const trust = readHouseTrust({ caFile, certFile: null, certKeyFile: null });
  const key = await keyOf(keyFile);
  const body = JSON.stringify({ token, keyHash: hash('sha256', key) });
  const { status, answer } = await post(target, body, trust);
  const read = z.object({ id: z.string().max(64) }).safeParse(answer);
  if (status >= 300 || !read.success)
    throw new JoinError(`${originOf(target)} does not take the token: ${reasonOf(status, answer)}`);
  return read.data.id;
}

function targetOf(url: string, insecure: boolean): HttpUrl {
  const target = readMediaUrl(url.replace(/^ws/i, 'http'));
  if (houseUrlProblem(url) !== undefined || typeof target === 'string' || target.protocol !== 'http')
    throw new JoinError(`${displayUrl(url)} is no URL of a house: ${houseUrlProblem(url)}`);
  if (!target.isTls && !insecure)
    throw new JoinError('without TLS the token can be read on the way: expected https://, or --insecure');
  return target;
}

/** The key of a file; of one that is not there yet a new key, which only this user can read. */
async function keyOf(keyFile: string): Promise<string> {
  if (!existsSync(keyFile)) {
    try {
      await mkdir(dirname(resolve(keyFile)), { recursive: true, mode: 0o700 });
      await writeFile(keyFile, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      throw new JoinError(`${keyFile} cannot be written: ${fileReason(error)}`);
    }
  }
  return readHouseKey({ keyFile }) ?? '';
}

async function post(
  target: HttpUrl,
  body: string,
  trust: ReturnType<typeof readHouseTrust>,
): Promise<{ readonly status: number; readonly answer: unknown }> {
  const { Client } = await import('undici');
  const proxy = { url: null, bypass: [] };
  const { connect } = new ServerConnector(systemClock, { proxy, trust });
  const client = new Client(originOf(target), {
    ...clientOptions(target, connect),
    maxResponseSize: MAX_ANSWER_BYTES,
  });
  try {
    const { statusCode, body: answer } = await client.request({
      method: 'POST',
      path: '/api/v1/provision',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return { status: statusCode, answer: parsed(await text(answer)) };
  } catch (error) {
    throw new JoinError(`${originOf(target)}: ${printable((error as Error).message, 300)}`);
  } finally {
    await client.destroy();
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** What a house says that does not take it. */
function reasonOf(status: number, answer: unknown): string {
  const read = z.object({ message: z.string() }).safeParse(answer);
  return read.success ? printable(read.data.message, 300) : `it answers with status ${status}`;
}
