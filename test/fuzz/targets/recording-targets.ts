import { parseRecordingKey } from '../../../src/credentials/recording-key.ts';
import { RecordingError } from '../../../src/recording/recording-error.ts';
import { RecordingKeys } from '../../../src/recording/sealing/recording-keys.ts';
import { SealedFile } from '../../../src/recording/sealing/sealed-file.ts';
import { UnfinishedFile } from '../../../src/recording/sealing/unfinished-file.ts';
import { unwrapDataKey, type WrappedKey } from '../../../src/recording/sealing/wrapped-key.ts';
import { bytesFile, recordBoundaries } from '../../support/sealed-files.ts';
import { sealedSample } from '../../support/sealed-sample.ts';
import { FuzzFault, type FuzzTarget } from '../engine/fuzz-target.ts';
import { type Material, planOf, type TargetPlan } from './target-plan.ts';

const seal = { ...sealedSample.seal, name: 'recordings/live/a/1' };

const sealedMaterial: Material = {
  seeds: () => [
    sealedSample.bytes,
    ...recordBoundaries(sealedSample.bytes).map((end) => sealedSample.bytes.subarray(0, end)),
  ],
  tokens: [
    'SPSEAL01',
    Buffer.from('0000000c', 'hex'),
    Buffer.from('00010000', 'hex'),
    Buffer.from('00010001', 'hex'),
  ],
};

/** A key of nobody, and what it has wrapped. */
const keys = new RecordingKeys([parseRecordingKey(Buffer.alloc(32, 7).toString('base64url')) ?? missing()]);
const wrapped: WrappedKey = {
  fileId: '11'.repeat(16),
  keyId: keys.first.id,
  wrapped: '_lIVh4eBSI_taTkRMAdaTsF7Yhf0BJcSYJi36XJtEU3y9CpDZTU9nenKRYACstj8FOEiG2W0_q9JQrx6',
};

export const recordingTargets: Readonly<Record<string, TargetPlan>> = {
  'sealed-file': planOf(
    sealedMaterial,
    false,
    ofBytes(async (bytes) => {
      const file = await SealedFile.open(bytesFile(bytes), seal);
      const plain = (await file.read(0, file.bytes)).toString();
      if (!bytes.equals(sealedSample.bytes)) throw new FuzzFault('believed', 'an altered file is believed');
      return plain;
    }),
  ),
  'sealed-file-unfinished': planOf(
    sealedMaterial,
    false,
    ofBytes(async (bytes) => {
      const file = await UnfinishedFile.open(bytesFile(bytes), seal, sealedSample.head.length);
      const plain = (await file.read(0, file.bytes)).toString();
      if (!sealedSample.body.startsWith(plain))
        throw new FuzzFault('believed', 'an altered chunk is believed');
      return plain;
    }),
  ),
  'wrapped-key': planOf(
    {
      seeds: () => [JSON.stringify(wrapped)],
      tokens: ['"', '-', '_', '=', 'AAAA', '\\u0000', keys.first.id],
    },
    false,
    ofBytes(async (bytes) => {
      const stored = readWrapped(bytes.toString());
      if (stored === undefined) return undefined;
      const { dataKey } = unwrapDataKey(keys, stored, seal.name, seal.name);
      const isOurs = (['fileId', 'keyId', 'wrapped'] as const).every(
        (part) => stored[part] === wrapped[part],
      );
      if (!isOurs) throw new FuzzFault('believed', 'an altered key is believed');
      return dataKey;
    }),
  ),
};

/** Gives what comes of all bytes of an input, or the documented error. */
function ofBytes(read: (bytes: Buffer) => Promise<unknown>): FuzzTarget['read'] {
  return async ([bytes = Buffer.alloc(0)]) => {
    try {
      return await read(bytes);
    } catch (error) {
      if (error instanceof RecordingError) return error;
      throw error;
    }
  };
}

/** What the schema of a description lets through. */
function readWrapped(text: string): WrappedKey | undefined {
  try {
    const { fileId, keyId, wrapped: key } = JSON.parse(text) as Record<string, unknown>;
    if (typeof fileId !== 'string' || typeof keyId !== 'string' || typeof key !== 'string') return undefined;
    return { fileId, keyId, wrapped: key };
  } catch {
    return undefined;
  }
}

function missing(): never {
  throw new Error('the key is none');
}
