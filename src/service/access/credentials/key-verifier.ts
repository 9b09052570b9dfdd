import { type KeyRequirement, streamKeyLineProblem } from '../../../config/access/key-requirement.ts';
import { readCredentialLines } from '../../../credentials/credential-file.ts';
import { KeyRing, keyLineProblem, parseKeyLine, type StoredKey } from '../../../credentials/key-ring.ts';
import { absent, type Proof, type Verifier } from './verifier.ts';

const unknownKey: Proof = { is: 'wrong', description: 'this key is not known here', isFailure: true };

/** Lets in who knows a key, or the secret name of a stream. @throws CredentialFileError */
export function keyVerifier(settings: KeyRequirement): Verifier {
  const keys = new KeyRing(keysOf(settings));
  const streamKeys = new SecretStreamKeys(secretsOf(settings));
  return {
    kind: 'key',
    parameters: keys.size > 0 ? ['key'] : [],
    wants: [keys.size > 0 ? 'a key (?key=...)' : '', streamKeys.size > 0 ? 'a secret stream key' : '']
      .filter((want) => want !== '')
      .join(' or '),
    ...(streamKeys.size > 0
      ? { publicKeyOf: (key) => streamKeys.find(key), holdsSecret: (key) => streamKeys.areIn(key) }
      : {}),
    verify({ key, credentials }, shown) {
      const rename = streamKeys.find(key);
      if (rename !== undefined) return { is: 'proven', rename };
      const written = shown.get('key') ?? credentials.token;
      if (written === undefined || keys.size === 0) return absent;
      const known = keys.find(written);
      if (known === undefined) return unknownKey;
      return known.name === undefined ? { is: 'proven' } : { is: 'proven', identity: known.name };
    },
  };
}

/** Streams that encoders know by a secret name in the place of the public one. */
class SecretStreamKeys {
  /** By app, whose secrets are known by the public key as their name. */
  readonly #rings = new Map<string, KeyRing>();
  readonly #all: KeyRing;

  constructor(secrets: readonly StoredKey[]) {
    const byApp = Map.groupBy(secrets, ({ name = '' }) => appOf(name));
    for (const [app, stored] of byApp) this.#rings.set(app, new KeyRing(stored));
    this.#all = new KeyRing(secrets);
  }

  get size(): number {
    return this.#rings.size;
  }

  find(key: string): string | undefined {
    const app = appOf(key);
    return this.#rings.get(app)?.find(key.slice(app.length + 1))?.name;
  }

  /** Whether one of them is what stands behind the app, or behind more, or alone: where encoders are set up wrongly. */
  areIn(key: string): boolean {
    const [first, last] = [key.indexOf('/'), key.lastIndexOf('/')];
    return [...new Set([key, key.slice(first + 1), key.slice(last + 1)])].some((name) =>
      this.#all.find(name),
    );
  }
}

function appOf(key: string): string {
  return key.split('/', 1)[0] ?? '';
}

function keysOf({ values, file }: KeyRequirement): readonly StoredKey[] {
  const lines = file === null ? values : [...values, ...readCredentialLines(file, keyLineProblem)];
  return lines.flatMap((line) => parseKeyLine(line) ?? []);
}

function secretsOf({ streamKeys, streamKeysFile }: KeyRequirement): readonly StoredKey[] {
  const written = Object.entries(streamKeys).flatMap(([name, keys]) => keys.map((key) => ({ name, key })));
  const lines = streamKeysFile === null ? [] : readCredentialLines(streamKeysFile, streamKeyLineProblem);
  return [...written, ...lines.flatMap((line) => parseKeyLine(line) ?? [])];
}
