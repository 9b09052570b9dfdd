import {
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempDisposableSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  giveFile,
  giveFolder,
  namedFiles,
  unreadableFor,
} from '../../../src/service/privileges/file-rights.ts';

test('files are found wherever settings name them', () => {
  const settings = {
    listen: {
      rtmps: [{ port: 1, certFile: '/a', keyFile: '/b' }],
      https: [{ keyFile: '/c' }, { keyFile: '/d' }],
    },
    access: { rules: [{ require: [{ type: 'key', values: ['x'], file: '/e' }] }] },
    tls: { caFile: null },
    recordings: { folder: '/f', encryption: { keyFiles: ['/g', '/h'] } },
  };
  expect(namedFiles(settings)).toEqual([
    { path: 'listen.rtmps.certFile', file: '/a' },
    { path: 'listen.rtmps.keyFile', file: '/b' },
    { path: 'listen.https.0.keyFile', file: '/c' },
    { path: 'listen.https.1.keyFile', file: '/d' },
    { path: 'access.rules.0.require.0.file', file: '/e' },
    { path: 'recordings.encryption.keyFiles.0', file: '/g' },
    { path: 'recordings.encryption.keyFiles.1', file: '/h' },
  ]);
});

const needsRoot = process.geteuid?.() !== 0;

test.skipIf(needsRoot)('what a user may not read is what the kernel says, and root is itself again', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'rights-'));
  const paths = ['secret', 'open'].map((name) => join(folder.path, name));
  const [secret = '', open = ''] = paths;
  writeFileSync(secret, '', { mode: 0o600 });
  writeFileSync(open, '', { mode: 0o644 });
  const files = [...paths, '/etc/passwd', join(folder.path, 'missing')].map((file) => ({ path: 'x', file }));
  const nobody = { name: 'nobody', uid: 65_534, gid: 65_534, groups: [65_534] };
  // the folder itself is for root only
  expect(unreadableFor(nobody, files).map(({ file }) => file)).toEqual([secret, open]);
  expect(process.geteuid?.()).toBe(0);
});

test.skipIf(needsRoot)('a log is given to a user; what somebody has put in its place is not', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'rights-'));
  const nobody = { name: 'nobody', uid: 65_534, gid: 65_534, groups: [65_534] };
  const pathOf = (name: string) => join(folder.path, name);
  for (const name of ['relay.log', 'secret', 'target']) writeFileSync(pathOf(name), '');
  linkSync(pathOf('secret'), pathOf('hard.log'));
  symlinkSync(pathOf('target'), pathOf('soft.log'));
  for (const name of ['relay.log', 'hard.log', 'soft.log', 'missing.log']) giveFile(pathOf(name), nobody);
  const owners = ['relay.log', 'secret', 'target'].map((name) => statSync(pathOf(name)).uid);
  expect(owners).toEqual([65_534, 0, 0]);
});

test.skipIf(needsRoot)('a folder of root is given with what is in it, and of one that is not nothing', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'rights-'));
  const nobody = { name: 'nobody', uid: 65_534, gid: 65_534, groups: [65_534] };
  const pathOf = (name: string) => join(folder.path, name);
  for (const name of ['ours', 'theirs', 'outside']) mkdirSync(pathOf(name));
  for (const name of ['ours/file', 'theirs/file', 'outside/file']) writeFileSync(pathOf(name), '');
  symlinkSync(pathOf('outside/file'), pathOf('ours/link'));
  chownSync(pathOf('theirs'), 65_534, 65_534);
  for (const name of ['ours', 'theirs']) giveFolder(pathOf(name), nobody);
  const owners = ['ours', 'ours/file', 'theirs/file', 'outside/file'].map(
    (name) => statSync(pathOf(name)).uid,
  );
  expect(owners).toEqual([65_534, 65_534, 0, 0]);
});
