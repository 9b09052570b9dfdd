import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { settings } from '../../../config/setting-schema.ts';
import { permitKeyId, publicKeyText } from '../../../credentials/permit.ts';
import { StoreError } from '../store/house-store.ts';

/** The file with the key pairs of a house. */
const PAIRS_FILE = 'permit-keys.json';

/** It has at most so many bytes. */
const MAX_FILE_BYTES = 16_384;

/** A key pair that signs permits. */
export interface PermitPair {
  /** Follows from the public key. */
  readonly id: string;
  /** Base64url. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** Relays have heard of it by then, milliseconds since 1970. */
  readonly signsFrom: number;
}

/** Where a house keeps what outlasts it. */
export interface KeptFiles {
  /** Undefined where there is no such file. @throws StoreError */
  read(name: string, maxBytes: number): Promise<string | undefined>;
  /** All of it or nothing, for the house alone to read. @throws StoreError */
  write(name: string, text: string): Promise<void>;
}

interface KeptPair extends Pick<PermitPair, 'madeAt' | 'signsFrom'> {
  /** PEM. */
  readonly privateKey: string;
}

const moment = z.number().min(0).max(Number.MAX_SAFE_INTEGER);

const kept = settings<{ readonly version: 1; readonly pairs: readonly KeptPair[] }>({
  version: z.literal(1),
  pairs: z
    .array(settings<KeptPair>({ privateKey: z.string().max(1024), madeAt: moment, signsFrom: moment }))
    .max(8),
});

/** A new one. */
export function newPermitPair(madeAt: number, signsFrom: number): PermitPair {
  return pairOf(generateKeyPairSync('ed25519').privateKey, { madeAt, signsFrom });
}

/** Those that a house has left; none where it has left none. @throws StoreError where that cannot be used, without any of it */
export async function readPermitPairs(files: KeptFiles): Promise<readonly PermitPair[]> {
  const text = await files.read(PAIRS_FILE, MAX_FILE_BYTES);
  if (text === undefined) return [];
  try {
    return kept.parse(JSON.parse(text)).pairs.map(({ privateKey, ...times }) => {
      const key = createPrivateKey(privateKey);
      if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('not Ed25519');
      return pairOf(key, times);
    });
  } catch {
    const cure = 'remove it, and the house makes new keys';
    throw new StoreError(`${PAIRS_FILE} in the folder of the house is not as a house writes it: ${cure}`);
  }
}

/** Keeps them in the place of what was kept. @throws StoreError */
export function writePermitPairs(files: KeptFiles, pairs: readonly PermitPair[]): Promise<void> {
  const written = pairs.map(({ privateKey, madeAt, signsFrom }): KeptPair => {
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
    return { privateKey: String(pem), madeAt, signsFrom };
  });
  return files.write(PAIRS_FILE, `${JSON.stringify({ version: 1, pairs: written }, undefined, 2)}\n`);
}

function pairOf(privateKey: KeyObject, times: Pick<PermitPair, 'madeAt' | 'signsFrom'>): PermitPair {
  const publicKey = publicKeyText(privateKey);
  return { id: permitKeyId(publicKey), publicKey, privateKey, ...times };
}
