import { type Command, InvalidArgumentError, Option } from 'commander';
import { networkProblem } from '../config/networks.ts';
import { keyIdProblem } from '../credentials/sealed-text.ts';
import {
  type SignedPermit,
  type SignedVerb,
  signaturePart,
  signedVerbs,
  signPermit,
} from '../credentials/signed-url.ts';
import { ProtocolError } from '../errors.ts';
import { parseStreamKey } from '../stream/stream-key.ts';
import { capitalized, checked, durationOption } from './checked-option.ts';
import { explainSignature } from './explain-signature.ts';
import { readSecrets, secretOf } from './secret-file.ts';

interface SignOptions {
  readonly verb?: SignedVerb;
  readonly stream?: string;
  readonly secretId?: string;
  readonly secretFile?: string;
  readonly joinWithin?: number;
  readonly playWithin?: number;
  readonly address?: string;
  readonly identity?: string;
  readonly relay?: string;
  readonly explain?: string;
}

/** Describes the command that makes signed URLs and explains them. @param fail - the command has found something wrong */
export function describeSign(command: Command, fail: () => void): void {
  command
    .description('make the query parameter of a signed URL, or explain one')
    .addOption(new Option('--verb <verb>', 'what it is for').choices(signedVerbs))
    .option('--stream <key>', 'the stream that it is for, such as vip/a', streamKey)
    .option('--secret-id <id>', 'the name that the secret has in the config', checked(keyIdProblem))
    .option('--secret-file <file>', 'file with the secret, or with lines of an id and a secret each')
    .option(
      '--join-within <time>',
      'how long it can be used to begin, such as 60s, 15m, 2h or 30d',
      durationOption,
    )
    .option('--play-within <time>', 'when what was begun ends (default: never)', durationOption)
    .option('--address <network>', 'only from this address or network', address)
    .option('--identity <name>', 'who it is that uses it', checked(shortText))
    .option('--relay <name>', 'only at the relay of this name', checked(shortText))
    .option(
      '--explain <signature>',
      'say what a signature, or a URL with one, allows, and whether it is valid now',
    )
    .action((options: SignOptions) => {
      if (options.explain === undefined) console.log(sign(command, options));
      else if (!explain(options.explain, options.secretFile)) fail();
    });
}

/** Says what a signature holds. @returns whether it can be used now */
function explain(written: string, secretFile: string | undefined): boolean {
  const secrets = secretFile === undefined ? undefined : readSecrets(secretFile);
  const { lines, isValid } = explainSignature(written, secrets, Date.now());
  console.log(lines.join('\n'));
  return isValid;
}

function sign(command: Command, options: SignOptions): string {
  const { verb, stream, secretId, secretFile, joinWithin, playWithin, ...bound } = options;
  const missing = (name: string): never => command.error(`error: required option '--${name}' not specified`);
  const now = Math.floor(Date.now() / 1000);
  const permit: SignedPermit = {
    verb: verb ?? missing('verb'),
    stream: stream ?? missing('stream'),
    joinUntil: now + (joinWithin ?? missing('join-within')),
    playUntil: playWithin === undefined ? undefined : now + playWithin,
    address: bound.address,
    identity: bound.identity,
    relay: bound.relay,
  };
  if (playWithin !== undefined && playWithin < (joinWithin ?? 0))
    command.error(
      'error: --play-within must not be shorter than --join-within: what is begun late would be over',
    );
  const id = secretId ?? missing('secret-id');
  return signaturePart(signPermit(permit, id, secretOf(secretFile ?? missing('secret-file'), id)));
}

/** The key by which the relay knows the stream. */
function streamKey(text: string): string {
  try {
    const [reading] = text.includes('?') ? [] : parseStreamKey('', text);
    if (reading !== undefined) return reading.key;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  throw new InvalidArgumentError('Expected the key of a stream, such as vip/a.');
}

function address(text: string): string {
  const problem = networkProblem(text);
  if (problem !== undefined) throw new InvalidArgumentError(`${capitalized(problem)}.`);
  return text;
}

function shortText(text: string): string | undefined {
  const isGood = /^\P{C}+$/u.test(text) && Buffer.byteLength(text) <= 255;
  return isGood ? undefined : 'expected 1 to 255 bytes of text';
}
