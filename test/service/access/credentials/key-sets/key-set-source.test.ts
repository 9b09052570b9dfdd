import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  type KeySetHost,
  KeySetSource,
} from '../../../../../src/service/access/credentials/key-sets/key-set-source.ts';
import { KeySets } from '../../../../../src/service/access/credentials/key-sets/key-sets.ts';
import { connectStraight } from '../../../../../src/session/upstream/server-connector.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { RecordingLog } from '../../../../support/recording-log.ts';

const minute = 60_000;
const times = { refreshMs: 10 * minute, keepMs: 60 * minute };

/** A key set with one key of this name. */
function setOf(kid: string): string {
  const { publicKey } = generateKeyPairSync('ed25519');
  return JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid }] });
}

/** A server of key sets, and a relay's view of it, with a clock that says what is due. */
class KeyServerScene implements AsyncDisposable {
  readonly clock = new FakeClock(1000);
  readonly log = new RecordingLog();
  answer: RequestListener = (_, response) => response.end(setOf('a'));
  requests = 0;
  readonly #server: Server;
  readonly #sources: KeySetSource[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      this.requests++;
      this.answer(request, response);
    });
  }

  static async start(): Promise<KeyServerScene> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new KeyServerScene(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys?token=s3cret-token`;
  }

  get host(): KeySetHost {
    return { clock: this.clock, log: this.log, connect: connectStraight };
  }

  open(): KeySetSource {
    const source = new KeySetSource(this.url, times, this.host);
    this.#sources.push(source);
    return source;
  }

  /** Answers everything with this from now on. */
  serve(set: string): void {
    this.answer = (_, response) => response.end(set);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const source of this.#sources) source.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const namesOf = async (source: KeySetSource) => (await source.keys())?.map(({ kid }) => kid);

test('keys are fetched once, and the list stays the same while they do', async () => {
  await using scene = await KeyServerScene.start();
  const set = setOf('a');
  scene.serve(set);
  const source = scene.open();
  expect(source.current).toBeUndefined();
  const keys = await source.keys();
  expect(keys?.map(({ kid }) => kid)).toEqual(['a']);
  scene.clock.advance(10 * minute);
  expect(source.current).toBe(keys); // at once, while they are looked for again
  await source.lookAgain();
  expect(source.current).toBe(keys);
  expect(scene.requests).toBe(2);
});

test('a key that is not there is looked for at once, and then not for a while', async () => {
  await using scene = await KeyServerScene.start();
  const source = scene.open();
  await source.keys();
  scene.serve(setOf('b'));
  expect((await source.lookAgain())?.map(({ kid }) => kid)).toEqual(['b']);
  scene.serve(setOf('c'));
  for (let turn = 0; turn < 20; turn++) expect((await source.lookAgain())?.[0]?.kid).toBe('b');
  expect(scene.requests).toBe(2);
  scene.clock.advance(30_000);
  expect((await source.lookAgain())?.[0]?.kid).toBe('c');
});

test('after a long time without a question, keys are not used before it is known that they still hold', async () => {
  await using scene = await KeyServerScene.start();
  const source = scene.open();
  await source.keys();
  scene.serve(setOf('b'));
  scene.clock.advance(20 * minute);
  expect(source.current).toBeUndefined();
  expect(await namesOf(source)).toEqual(['b']);
});

test('keys are kept while the URL is away, for as long as the settings say, and one line tells it', async () => {
  await using scene = await KeyServerScene.start();
  const source = scene.open();
  await source.keys();
  scene.answer = (_, response) => response.writeHead(503).end();
  for (const _ of [1, 2, 3]) {
    scene.clock.advance(20 * minute);
    await source.lookAgain();
    expect(source.current?.[0]?.kid).toBe('a');
  }
  scene.clock.advance(10 * minute);
  expect(await source.keys()).toBeUndefined();
  scene.serve(setOf('b'));
  scene.clock.advance(minute);
  await source.lookAgain();
  expect(await namesOf(source)).toEqual(['b']);
  const url = scene.url.replace(/\?.*/, '');
  expect(scene.log.lines.map(({ level, text }) => [level, text])).toEqual([
    ['info', `${url} holds 1 key for tokens`],
    ['error', `the keys of ${url} cannot be had, the old keys are kept for a while: its answer is 503`],
    ['info', `${url} holds 1 key for tokens`],
  ]);
});

describe('a server that does not keep to it', () => {
  const flood = Buffer.alloc(64 * 1024, 'x');
  const answers: Record<string, readonly [answer: RequestListener, problem: RegExp]> = {
    redirects: [(_, response) => response.writeHead(302, { location: '/other' }).end(), /its answer is 302$/],
    'answers 100 MB': [
      (_, response) => {
        let left = 1600;
        const write = (): void => {
          while (left-- > 0) if (!response.write(flood)) break;
        };
        response.on('drain', write).on('error', () => {});
        write();
      },
      /its answer has more than 524288 bytes$/,
    ],
    'answers with a long head': [
      (_, response) => response.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end(),
      /cannot be had/,
    ],
    'hangs up': [({ socket }) => socket.destroy(), /cannot be had/],
    lies: [(_, response) => response.end('{"keys":[{"kty":"oct","k":"AAAA"}]}'), /no key that can be used/],
  };
  test.each(Object.entries(answers))('%s', async (_, [answer, problem]) => {
    await using scene = await KeyServerScene.start();
    scene.answer = answer;
    const source = scene.open();
    expect(await source.keys()).toBeUndefined();
    expect(scene.log.lines[0]?.text).toMatch(problem);
    expect(scene.log.lines[0]?.text).not.toContain('s3cret');
    scene.serve(setOf('b'));
    expect(await source.keys()).toBeUndefined(); // it is left alone for a while
    scene.clock.advance(30_000);
    expect(await namesOf(source)).toEqual(['b']);
  });

  test('one that never ends its answer is given up', async () => {
    await using scene = await KeyServerScene.start();
    const begun = Promise.withResolvers<void>();
    scene.answer = (_, response) => {
      response.write('{');
      begun.resolve();
    };
    const source = scene.open();
    source.begin();
    await begun.promise;
    scene.clock.advance(5000);
    expect(await source.keys()).toBeUndefined();
    expect(scene.log.lines[0]?.text).toMatch(/no whole answer within 5000 ms$/);
  });
});

test('what was fetched outlasts new settings; what they do not name is closed', async () => {
  await using scene = await KeyServerScene.start();
  const sets = new KeySets(scene.host);
  const source = sets.open(scene.url, times);
  sets.settle();
  const keys = await source.keys();
  expect(sets.open(scene.url, times)).toBe(source);
  sets.settle();
  expect(source.current).toBe(keys);
  sets.settle();
  scene.clock.advance(20 * minute);
  await source.keys();
  expect(scene.requests).toBe(1);
  const again = sets.open(scene.url, times);
  expect(again).not.toBe(source);
  await again.keys();
  sets.close();
});
