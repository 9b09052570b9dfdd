import { chmod, chown, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { likelySockets } from '../../../src/config/admin/admin-socket.ts';
import { socketFault } from '../../../src/config/admin/socket-fault.ts';

let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'streampump-fault-'));
});
afterEach(() => rm(temporary, { recursive: true }));

const uid = process.getuid?.() ?? -1;

test('a directory that is this user’s alone is theirs, and one elsewhere is as the system has made it', async () => {
  const surroundings = { env: { XDG_RUNTIME_DIR: '/run/user/1' }, uid, temporary };
  await mkdir(join(temporary, `streampump-${uid}`), { mode: 0o700 });
  expect(likelySockets(surroundings).map((path) => socketFault(path, surroundings))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('one that is not there is no relay’s', () => {
  const surroundings = { env: {}, uid, temporary };
  expect(socketFault(join(temporary, `streampump-${uid}`, 'admin.sock'), surroundings)).toMatchObject({
    code: 'ENOENT',
  });
});

test.each([
  { what: 'a link', make: (path: string) => symlink(tmpdir(), path) },
  { what: 'open to others', make: (path: string) => mkdir(path).then(() => chmod(path, 0o777)) },
])('nobody is asked where the directory is $what', async ({ make }) => {
  const surroundings = { env: {}, uid, temporary };
  await make(join(temporary, `streampump-${uid}`));
  expect(socketFault(join(temporary, `streampump-${uid}`, 'admin.sock'), surroundings)?.message).toContain(
    "not this user's alone",
  );
});

test.skipIf(uid !== 0)('nobody is asked where the directory is another user’s', async () => {
  const surroundings = { env: {}, uid: 1000, temporary };
  await mkdir(join(temporary, 'streampump-1000'), { mode: 0o700 });
  await chown(join(temporary, 'streampump-1000'), 1001, 1001);
  expect(socketFault(join(temporary, 'streampump-1000', 'admin.sock'), surroundings)).toBeDefined();
});
