import { QueryParameters } from '../credentials/query-parameters.ts';
import {
  permitOf,
  type ReadSignature,
  readSignature,
  SignatureError,
  type SignedPermit,
  SigningSecrets,
  signatureParameter,
} from '../credentials/signed-url.ts';
import { durationText } from './duration.ts';
import type { FileSecrets } from './secret-file.ts';

/** What a signature says, in lines for people. */
export interface Explanation {
  readonly lines: readonly string[];
  /** Whether it can be used now; without secrets, as far as its times tell. */
  readonly isValid: boolean;
}

/**
 * Explains a signature, and whether it is valid now.
 * @param written - a signature, `signature=...`, or a URL that has it
 * @param secrets - undefined: whether the signature is right is not looked at
 */
export function explainSignature(
  written: string,
  secrets: FileSecrets | undefined,
  nowMs: number,
): Explanation {
  try {
    const signature = signatureIn(written);
    const read = readSignature(signature);
    const permit = permitOf(read);
    const problem = wrongness(signature, read, secrets) ?? lateness(permit, nowMs);
    const verdict =
      secrets === undefined
        ? 'It is in time. Whether it is right was not looked at: that takes --secret-file.'
        : 'It can be used now.';
    return {
      lines: [...factsOf(permit, read.secretId, nowMs), problem ?? verdict],
      isValid: problem === undefined,
    };
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    return { lines: [sentence(error.message)], isValid: false };
  }
}

function signatureIn(written: string): string {
  const query = written.slice(written.indexOf('?') + 1);
  const shown = new QueryParameters(query);
  if (shown.isDuplicated(signatureParameter))
    throw new SignatureError(`the parameter ${signatureParameter} stands in the URL more than once`);
  return shown.get(signatureParameter) ?? written;
}

function factsOf(permit: SignedPermit, secretId: string, nowMs: number): readonly string[] {
  const { verb, stream, joinUntil, playUntil, address, identity, relay } = permit;
  const facts = {
    'secret id': secretId,
    verb,
    stream,
    'join until': momentText(joinUntil, nowMs),
    'play until': playUntil === undefined ? 'any time' : momentText(playUntil, nowMs),
    address: address ?? 'any',
    identity: identity ?? 'none',
    relay: relay ?? 'any',
  };
  return Object.entries(facts).map(([name, fact]) => `${name.padEnd(10)}  ${printed(fact)}`);
}

/** What keeps the signature from being right, as far as the secrets tell. */
function wrongness(
  signature: string,
  { secretId }: ReadSignature,
  secrets: FileSecrets | undefined,
): string | undefined {
  if (secrets === undefined) return undefined;
  const secret = secrets.get(secretId) ?? secrets.get('');
  if (secret === undefined)
    return `It cannot be used: the file holds no secret of the id ${printed(secretId)}.`;
  try {
    new SigningSecrets([[secretId, secret]]).open(signature);
    return undefined;
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    return 'It cannot be used: it was altered, or made with another secret.';
  }
}

function lateness({ joinUntil, playUntil }: SignedPermit, nowMs: number): string | undefined {
  if (playUntil !== undefined && playUntil * 1000 <= nowMs)
    return 'It has expired, and what was begun with it is over.';
  return joinUntil * 1000 <= nowMs ? 'It has expired: it can begin nothing any more.' : undefined;
}

function momentText(seconds: number, nowMs: number): string {
  const left = seconds - nowMs / 1000;
  const distance = left > 0 ? `in ${durationText(left)}` : `${durationText(-left)} ago`;
  return `${new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')}, ${distance}`;
}

/** What a stranger wrote, without anything that moves a terminal's cursor. */
function printed(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
