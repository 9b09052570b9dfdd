import { expect, test } from 'vitest';
import {
  newRecordingKey,
  parseRecordingKey,
  type RecordingKey,
} from '../../../src/credentials/recording-key.ts';
import { RecordingKeys } from '../../../src/recording/sealing/recording-keys.ts';
import {
  newDataKey,
  unwrapDataKey,
  type WrappedKey,
  wrapDataKey,
} from '../../../src/recording/sealing/wrapped-key.ts';

const name = 'recordings/live/a/1';
const made = (): RecordingKey => parseRecordingKey(newRecordingKey()) as RecordingKey;
const [old, current] = [made(), made()];

test('the first key wraps, and each of them unwraps', () => {
  const data = newDataKey();
  const before = wrapDataKey(new RecordingKeys([old]), data, name);
  const rotated = new RecordingKeys([current, old]);
  expect(unwrapDataKey(rotated, before, name, name)).toEqual(data);
  const after = wrapDataKey(rotated, data, name);
  expect([before.keyId, after.keyId]).toEqual([old.id, current.id]);
  expect(unwrapDataKey(new RecordingKeys([current]), after, name, name)).toEqual(data);
});

test('without its key a recording says which one it needs, and nothing of any', () => {
  const keys = new RecordingKeys([current]);
  const wrapped = wrapDataKey(new RecordingKeys([old]), newDataKey(), name);
  expect(() => unwrapDataKey(keys, wrapped, name, name)).toThrow(
    expect.objectContaining({
      code: 'unavailable',
      message: `${name} needs the key ${old.id}, which no file of recordings.encryption.keyFiles holds`,
    }),
  );
});

test('a key that was changed, or belongs to something else, is not unwrapped', () => {
  const keys = new RecordingKeys([current, old]);
  const wrapped = wrapDataKey(keys, newDataKey(), name);
  const bytes = Buffer.from(wrapped.wrapped, 'base64url');
  const flipped = Array.from(bytes, (byte, at) => {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(byte ^ 1, at);
    return { ...wrapped, wrapped: changed.toString('base64url') };
  });
  const wrong: readonly WrappedKey[] = [
    ...flipped,
    { ...wrapped, keyId: old.id },
    { ...wrapped, fileId: newDataKey().fileId.toString('hex') },
    { ...wrapped, fileId: wrapped.fileId.toUpperCase() },
    { ...wrapped, fileId: '' },
    { ...wrapped, wrapped: '' },
    { ...wrapped, wrapped: `${wrapped.wrapped}AAAA` },
  ];
  const damaged = expect.objectContaining({
    code: 'damaged',
    message: `${name}: its description is not the one that was written`,
  });
  for (const one of wrong) expect(() => unwrapDataKey(keys, one, name, name)).toThrow(damaged);
  expect(() => unwrapDataKey(keys, wrapped, 'recordings/live/a/2', name)).toThrow(damaged);
});

test('wrapped twice, the same key gives other bytes', () => {
  const keys = new RecordingKeys([current]);
  const data = newDataKey();
  const wraps = Array.from({ length: 50 }, () => wrapDataKey(keys, data, name).wrapped.slice(0, 16));
  expect(new Set(wraps).size).toBe(50);
});
