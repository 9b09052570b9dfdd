import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadRelayConfig, readRelayConfig } from '../../../src/config/load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'streampump-config-'));
const file = join(folder, 'relay.config.json');
afterAll(() => rmSync(folder, { recursive: true }));

function read(config: unknown, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(file, JSON.stringify(config));
  return readRelayConfig({ file, env });
}

const defaults = {
  segment: { maxDurationMs: 3_600_000, maxBytes: 4 * 2 ** 30 },
  minFreeBytes: 2 ** 30,
  maxQueueBytes: 16 * 2 ** 20,
  retention: { maxAgeMs: null, maxBytes: null },
  encryption: { keyFiles: [] },
  upload: null,
  playback: { tlsOnly: false, maxCacheBytes: 128 * 2 ** 20 },
};

test('nothing is recorded without a folder', () => {
  expect(loadRelayConfig({ env: {} }).recordings).toBeNull();
  expect(read({ recordings: { minFreeBytes: 0 } }).settings.recordings).toBeNull();
  expect(read({ recordings: null }).settings.recordings).toBeNull();
});

test('a folder is enough, relative to the config file or from the environment', () => {
  const { settings, error } = read({ recordings: { folder: 'films' } });
  expect(error).toBeUndefined();
  expect(settings.recordings).toEqual({ folder: join(folder, 'films'), ...defaults });
  const env = {
    STREAMPUMP_RECORDINGS_FOLDER: '/srv/films',
    STREAMPUMP_RECORDINGS_SEGMENT_MAX_BYTES: '1048576',
  };
  expect(loadRelayConfig({ env }).recordings).toEqual({
    ...{ folder: '/srv/films', ...defaults },
    segment: { maxDurationMs: 3_600_000, maxBytes: 2 ** 20 },
  });
});

test.each([
  { recordings: { folder: '' }, fault: 'recordings.folder: empty, expected the name of a folder' },
  {
    recordings: { folder: 'a', segment: { maxDurationMs: 0 } },
    fault: 'recordings.segment.maxDurationMs: expected an integer from 1000 to 86400000, got 0',
  },
  {
    recordings: { folder: 'a', retention: { maxBytes: 1 } },
    fault:
      'recordings.retention.maxBytes: expected an integer from 1048576 to 1125899906842624 or null, got 1',
  },
])('$fault', ({ recordings, fault }) => {
  expect(read({ recordings }).error?.message).toContain(fault);
});

test('files of keys are found beside the config file', () => {
  const { settings, error } = read({
    recordings: { folder: 'films', encryption: { keyFiles: ['new.key', '/etc/old.key'] } },
  });
  expect(error).toBeUndefined();
  expect(settings.recordings?.encryption.keyFiles).toEqual([join(folder, 'new.key'), '/etc/old.key']);
  expect(read({ recordings: { folder: 'a', encryption: { keyFiles: [5] } } }).error?.message).toContain(
    'recordings.encryption.keyFiles.0: expected a file name, got 5',
  );
});

test('a stream that is always recorded needs the folder', () => {
  const streams = [{ match: 'live/*', source: { type: 'push' }, record: 'always' }];
  const fault =
    'streams.0.record: expected "onWish" or "never", because there is no recordings.folder, got "always"';
  expect(read({ streams }).error?.message).toContain(fault);
  expect(read({ streams, recordings: { folder: null } }).error?.message).toContain(fault);
  const { settings, error } = read({ streams, recordings: { folder: 'films' } });
  expect(error).toBeUndefined();
  expect(settings.streams.map(({ record }) => record)).toEqual(['always']);
});
