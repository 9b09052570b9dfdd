import { chmodSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newRecordingKey, parseRecordingKey, readRecordingKey } from '../../src/credentials/recording-key.ts';

test('each key is another one, with an id that says nothing about it', () => {
  const texts = Array.from({ length: 20 }, newRecordingKey);
  const keys = texts.map((text) => parseRecordingKey(text));
  expect(new Set(keys.map((key) => key?.id)).size).toBe(20);
  for (const [index, key] of keys.entries()) {
    expect(key?.id).toMatch(/^[0-9a-f]{16}$/);
    expect(key?.wrapping).toHaveLength(32);
    const bytes = Buffer.from(texts[index] ?? '', 'base64url');
    expect(key?.wrapping).not.toEqual(bytes);
    expect(bytes.toString('hex')).not.toContain(key?.id);
  }
});

test('what a key gives is the same for ever: recordings outlast versions', () => {
  const key = parseRecordingKey(Buffer.alloc(32, 7).toString('base64url'));
  expect([key?.id, key?.wrapping.toString('hex')]).toMatchInlineSnapshot(`
    [
      "5c9b6987326d2f97",
      "e74464605f9bd5571d68e2d4e57b8326bb7d6f0883cfba525f8bd253947511ec",
    ]
  `);
});

test.each(['', 'short', 'x'.repeat(43), `${'A'.repeat(42)}B`, 'A'.repeat(44), `${'A'.repeat(42)}=`])(
  '%j is no key',
  (text) => {
    expect(parseRecordingKey(text)).toBeUndefined();
  },
);

test('a file holds one key, which nobody else can read, and is not repeated where it cannot be used', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'recording-key-'));
  const file = join(folder.path, 'key');
  const text = newRecordingKey();
  writeFileSync(file, `# made today\n${text}\n`, { mode: 0o600 });
  expect(readRecordingKey(file)).toEqual(parseRecordingKey(text));
  for (const mode of [0o640, 0o400]) {
    chmodSync(file, mode);
    expect(readRecordingKey(file).id).toBe(parseRecordingKey(text)?.id);
  }
  for (const mode of [0o644, 0o620, 0o602, 0o606]) {
    chmodSync(file, mode);
    expect(() => readRecordingKey(file)).toThrow(
      `others may read or write ${file}, expected a file that only its owner may: chmod 0600`,
    );
  }
  chmodSync(file, 0o600);
  for (const wrong of ['', 'sesame\n', `${text}\n${newRecordingKey()}\n`, `id ${text}\n`]) {
    writeFileSync(file, wrong);
    expect(() => readRecordingKey(file)).toThrow(
      `${file}: expected one line, a key as streampump recording-key makes it`,
    );
  }
  expect(() => readRecordingKey(join(folder.path, 'none'))).toThrow(
    'none cannot be read: no such file or directory',
  );
});
