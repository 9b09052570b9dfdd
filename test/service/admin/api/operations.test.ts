import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeApp } from '../../../../src/service/admin/api/app.ts';
import type { Operation } from '../../../../src/service/admin/api/operation.ts';
import { operations } from '../../../../src/service/admin/api/operations.ts';
import type { RelayControl } from '../../../../src/service/admin/relay-control.ts';
import { media } from '../../../support/fake-media.ts';
import { freePort } from '../../../support/free-port.ts';
import { RecordingLog } from '../../../support/recording-log.ts';
import { TestCluster } from '../../../support/start-cluster.ts';
import { startRelay } from '../../../support/start-relay.ts';
import { TestPlayer } from '../../../support/test-player.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';
import { askSocket } from '../../../support/unix-client.ts';

const ELSEWHERE = '203.0.113.7';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streampump-api-'));
  for (const role of ['read', 'operate']) await writeFile(join(folder, role), `${role}-token\n`);
});
afterAll(() => rm(folder, { recursive: true }));

/** All that is read as one piece of JSON. */
const readings: readonly Operation[] = operations.filter(
  ({ method, may, answers }) =>
    method === 'GET' &&
    may === 'read' &&
    Object.values(answers).every(({ contentType }) => contentType === undefined),
);

/** A relay of one thread or several. */
interface Running {
  readonly control: RelayControl;
  adminUrl(path: string): string;
}

/** A relay that everything can be read of. */
class Scene implements AsyncDisposable {
  readonly socket: string;
  readonly #stack = new AsyncDisposableStack();
  readonly #relay: Running;

  private constructor(socket: string, relay: Running, stack: AsyncDisposableStack) {
    this.socket = socket;
    this.#relay = relay;
    this.#stack = stack;
  }

  static async start(workers: number): Promise<Scene> {
    await using stack = new AsyncDisposableStack();
    const socket = join(folder, `${workers}.sock`);
    const away = `rtmp://127.0.0.1:${await freePort()}`;
    const tokens = ['read', 'operate'].map((role) => ({ name: role, role, file: join(folder, role) }));
    const config = {
      admin: { socket, tokens },
      access: { failures: { delayMs: 0, attempts: 1000 } },
      recordings: { folder: join(folder, `films${workers}`), minFreeBytes: 0 },
      streams: [
        {
          match: 'tv/1',
          source: { type: 'pull', urls: [`${away}/tv/1?token=secret-word`], start: 'always' },
        },
        { match: '**', source: { type: 'push' }, forward: [`${away}/live/secret-word`], record: 'always' },
      ],
    };
    const relay =
      workers === 1
        ? await startRelay(config).then(({ relay, port, adminUrl }) => ({ control: relay, port, adminUrl }))
        : await TestCluster.start({ ...config, workers }).then((one) => ({
            control: one.cluster,
            port: (protocol: string) => one.port(protocol),
            adminUrl: (path: string) => one.adminUrl(path),
          }));
    stack.defer(() => relay.control.close());
    const publisher = stack.use(await TestPublisher.start(relay.port('rtmp'), 'live/a'));
    publisher.sendMedia(...media('M1@0 VH1@0 AH1@0 K1@0 A2@10 P3@40'));
    const player = stack.use(TestPlayer.play(relay.port('rtmp'), 'live/a'));
    await player.mediaOf(3);
    return new Scene(socket, relay, stack.move());
  }

  /** The path of an operation, about something that is there. */
  async pathOf({ path }: Operation): Promise<string> {
    if (path.endsWith('/why')) return `${path}?stream=live/a`;
    if (path.includes('{key}')) return path.replace('{key}', encodeURIComponent(await this.#recordingKey()));
    if (!path.includes('{id}')) return path;
    const { items } = (await (await this.fetch(path.replace(/\/\{id\}.*/, ''))).json()) as {
      readonly items: readonly { readonly id: string }[];
    };
    return path.replace('{id}', items[0]?.id ?? 'none');
  }

  /** Of what is being recorded. */
  #recordingKey(): Promise<string> {
    return vi.waitFor(async () => {
      const { items } = (await (await this.fetch('/api/v1/recordings')).json()) as {
        readonly items: readonly { readonly key: string }[];
      };
      expect(items).toHaveLength(1);
      return items[0]?.key ?? '';
    });
  }

  fetch(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.#relay.adminUrl(path), { headers });
  }

  /** The status of a request from another machine. */
  async from(address: string, path: string, headers: Record<string, string> = {}): Promise<number> {
    const app = await makeApp({
      ...{ service: this.#relay.control, operations, names: [], log: new RecordingLog() },
    });
    const answer = await app.inject({
      path,
      headers: { host: '127.0.0.1', ...headers },
      remoteAddress: address,
    });
    return answer.statusCode;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

describe.each([{ workers: 1 }, { workers: 2 }])('with $workers workers', ({ workers }) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.start(workers);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  test.each(readings)('$path answers as its schema says, and says no secret', async (operation) => {
    const answer = await scene.fetch(await scene.pathOf(operation));
    const body = (await answer.json()) as { readonly items?: readonly unknown[] };
    expect([answer.status, body]).toEqual([200, expect.anything()]);
    expect(operation.answers[200]?.schema?.parse(body)).toEqual(body); // which would leave out what it does not know
    expect(JSON.stringify(body)).not.toContain('secret-word');
  });

  test.each(readings)('$path is read by whoever may, and by nobody else', async (operation) => {
    const path = await scene.pathOf(operation);
    const token = (word: string) => ({ authorization: `Bearer ${word}` });
    const status = async (headers?: Record<string, string>) => (await scene.fetch(path, headers)).status;
    const proxied = { 'x-forwarded-for': '127.0.0.1', host: '127.0.0.1' };
    expect({
      here: await status(),
      'a wrong token': await status(token('wrong')),
      'a token in the URL': (await scene.fetch(`${path}${path.includes('?') ? '&' : '?'}token=read-token`))
        .status,
      socket: (await askSocket(scene.socket, path)).status,
      'by a proxy': await scene.from('127.0.0.1', path, proxied),
      elsewhere: await scene.from(ELSEWHERE, path),
      'elsewhere, to read': await scene.from(ELSEWHERE, path, token('read-token')),
      'elsewhere, to operate': await scene.from(ELSEWHERE, path, token('operate-token')),
      'elsewhere, wrong': await scene.from(ELSEWHERE, path, token('operate')),
    }).toEqual({
      here: 200,
      'a wrong token': 401,
      'a token in the URL': 400,
      socket: 200,
      'by a proxy': 421,
      elsewhere: 401,
      'elsewhere, to read': 200,
      'elsewhere, to operate': 200,
      'elsewhere, wrong': 401,
    });
  });

  test('each list has something in it, page by page', async () => {
    for (const list of ['streams', 'sessions', 'upstreams', 'forwards']) {
      const path = `/api/v1/${list}`;
      const lookAll = async () => (await (await scene.fetch(path)).json()) as { readonly items: unknown[] };
      await expect.poll(async () => (await lookAll()).items.length, { timeout: 10_000 }).toBeGreaterThan(0);
      const { items: all } = await lookAll();
      const first = (await (await scene.fetch(`${path}?limit=1`)).json()) as {
        items: unknown[];
        next: string | null;
      };
      expect([list, first.items.length, first.next === null]).toEqual([list, 1, all.length === 1]);
      if (first.next === null) continue;
      const rest = await (await scene.fetch(`${path}?after=${encodeURIComponent(first.next)}`)).json();
      expect(rest).toMatchObject({ items: { length: all.length - 1 }, next: null });
    }
  });

  test('sessions are found by who they are', async () => {
    const ids = async (query: string): Promise<number> => {
      const { items } = (await (await scene.fetch(`/api/v1/sessions?${query}`)).json()) as {
        items: unknown[];
      };
      return items.length;
    };
    expect(await ids('address=127.0.0.0/8')).toBe(2);
    expect(await ids('address=::ffff:127.0.0.1&role=player')).toBe(1);
    expect(await ids('address=10.0.0.0/8')).toBe(0);
    expect(await ids('identity=nobody')).toBe(0);
    expect((await scene.fetch('/api/v1/sessions/c99999')).status).toBe(404);
  });
});
