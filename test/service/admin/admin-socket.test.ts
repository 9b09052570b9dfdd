import { once } from 'node:events';
import { chmod, lstat, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { drainingSocket } from '../../../src/config/admin/admin-socket.ts';
import { AdminSocket, type ReplacedSocket } from '../../../src/service/admin/admin-socket.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { askSocket } from '../../support/unix-client.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streampump-socket-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A relay's admin socket that answers with the relay's name. */
class Scene implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly log = new RecordingLog();
  socket: AdminSocket | undefined;

  async open(wish: string | null, name = 'a', replaces?: ReplacedSocket): Promise<AdminSocket> {
    const serve = (): Server => createServer((_request, response) => void response.end(name));
    const surroundings = { env: {}, uid: 1000, temporary: folder };
    const { clock, log } = this;
    this.socket = await AdminSocket.open(wish, { clock, log, surroundings, serve, replaces });
    this.socket.announce();
    return this.socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket?.close();
  }
}

const modeOf = async (path: string): Promise<number> => (await lstat(path)).mode & 0o777;

test('only its owner may open it, and its directory is made for nobody else', async () => {
  await using scene = new Scene();
  const { path = '' } = await scene.open('auto');
  expect(path).toBe(join(folder, 'streampump-1000', 'admin.sock'));
  expect([await modeOf(path), await modeOf(join(folder, 'streampump-1000'))]).toEqual([0o600, 0o700]);
  expect((await askSocket(path, '/')).body).toBe('a');
  expect(scene.log.find('listening')).toMatchObject([
    { fields: { listener: 'admin', host: path, port: null } },
  ]);
});

test('the mode is that of nobody else whatever the umask', async () => {
  const umask = process.umask(0);
  try {
    await using scene = new Scene();
    const path = join(folder, 'own.sock');
    await scene.open(path);
    expect([await modeOf(path), process.umask()]).toEqual([0o600, 0]);
  } finally {
    process.umask(umask);
  }
});

test('there is none where none is wanted', async () => {
  await using scene = new Scene();
  expect((await scene.open(null)).path).toBeUndefined();
  expect(scene.log.lines).toEqual([]);
});

test('its file goes with it', async () => {
  await using scene = new Scene();
  const path = join(folder, 'own.sock');
  (await scene.open(path)).close();
  await expect(lstat(path)).rejects.toThrow('ENOENT');
});

test('that of a relay which is gone is replaced', async () => {
  const path = join(folder, 'own.sock');
  const gone = createNetServer().listen(path);
  await new Promise((resolve) => gone.once('listening', resolve));
  await rename(path, `${path}.kept`); // closing would remove it
  await new Promise((resolve) => gone.close(resolve));
  await rename(`${path}.kept`, path);
  await using scene = new Scene();
  await scene.open(path);
  expect((await askSocket(path, '/')).body).toBe('a');
});

test('where another relay has it a path is refused; auto goes on without, says so, and has it once that one is gone', async () => {
  await using first = new Scene();
  const { path = '' } = await first.open('auto');
  await using second = new Scene();
  await expect(second.open(path)).rejects.toThrow(`cannot listen on admin ${path}: another relay has it`);
  expect((await second.open('auto', 'b')).path).toBeUndefined();
  expect(second.log.find('admin-socket')).toMatchObject([
    { text: `no admin socket: cannot listen on admin ${path}: another relay has it` },
  ]);
  first.socket?.close();
  second.clock.advance(1000);
  await second.log.waitFor('listening', { host: path });
  expect((await askSocket(path, '/')).body).toBe('b');
});

test.each([
  { what: 'others may write', prepare: (path: string) => chmod(path, 0o777), says: 'others may write' },
  {
    what: 'is a link',
    prepare: async (path: string) => {
      await rm(path, { recursive: true });
      await symlink(folder, path);
    },
    says: 'is not a directory',
  },
])('a directory that $what is refused', async ({ prepare, says }) => {
  const directory = join(folder, 'streampump-1000');
  await mkdir(directory, { mode: 0o700 });
  await prepare(directory);
  await using scene = new Scene();
  await expect(scene.open(join(directory, 'admin.sock'))).rejects.toThrow(says);
  expect((await scene.open('auto')).path).toBeUndefined();
  expect(scene.log.find('admin-socket')[0]?.text).toContain(says);
});

test('a file that is no socket stays', async () => {
  const path = join(folder, 'notes');
  await writeFile(path, 'mine');
  await using scene = new Scene();
  await expect(scene.open(path)).rejects.toThrow('a file is there that is no socket');
  expect((await lstat(path)).size).toBe(4);
});

test('a successor takes the socket over without a gap; the one before is found under another name until it ends', async () => {
  await using old = new Scene();
  await using successor = new Scene();
  const path = join(folder, 'own.sock');
  const before = await old.open(path, 'old');
  const { pid } = process;
  let answers = 0;
  const asking = (async () => {
    for (; answers < 200; answers++) expect((await askSocket(path, '/')).body).toMatch(/^(?:old|new)$/);
  })();
  await expect.poll(() => answers).toBeGreaterThan(20);
  await successor.open(path, 'new', { socket: path, pid });
  await asking;
  expect((await askSocket(path, '/')).body).toBe('new');
  expect((await askSocket(drainingSocket(path, pid), '/')).body).toBe('old');
  before.close();
  expect(await readdir(folder)).toEqual(['own.sock']);
  expect((await askSocket(path, '/')).body).toBe('new');
});

test('where a successor ends first, the one before has its socket back', async () => {
  await using old = new Scene();
  await using successor = new Scene();
  const path = join(folder, 'own.sock');
  await old.open(path, 'old');
  (await successor.open(path, 'new', { socket: path, pid: process.pid })).close();
  expect(await readdir(folder)).toEqual(['own.sock']);
  expect((await askSocket(path, '/')).body).toBe('old');
});

test('what relays have left that could not remove their sockets goes with the next one, and what is in use stays', async () => {
  await using draining = new Scene();
  await using next = new Scene();
  const path = join(folder, 'own.sock');
  await draining.open(drainingSocket(path, 12));
  const left = createNetServer().listen(join(folder, 'left.sock'));
  await once(left, 'listening');
  await rename(join(folder, 'left.sock'), drainingSocket(path, 11));
  left.close();
  await next.open(path);
  expect((await readdir(folder)).sort()).toEqual(['own.sock', 'own.sock.draining-12']);
});
