import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { answerFault } from '../support/api-fuzz/answer-fault.ts';
import { type ApiDocument, operationsOf } from '../support/api-fuzz/api-document.ts';
import { agent, sendRequest } from '../support/api-fuzz/send-request.ts';
import { THERE, type WildRequest, wildRequests } from '../support/api-fuzz/wild-requests.ts';
import { ApiRelay } from '../support/api-relays.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
const seconds = 60 * Number(process.env['MINUTES'] ?? 1 / 6);

/** Part of every secret in the configuration. */
const SECRET = 'hiddenaway';

const operateToken = `${SECRET}-operate-token`;
const readToken = `${SECRET}-read-token`;
const tokens = [operateToken, operateToken, operateToken, readToken, 'a-wrong-token'];

/** Everything that can be secret. @param folder - for files */
async function secretConfig(folder: string): Promise<Record<string, unknown>> {
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const password = `ann:$scrypt$ln=1,r=1,p=1$${SECRET}salt$AAAAAAAAAAAAAAAAAAAAAA`;
  return {
    access: {
      failures: { delayMs: 0, attempts: 1_000_000 },
      rules: [
        {
          ...{ match: 'secret/**', verbs: ['publish', 'play'] },
          require: [
            {
              type: 'key',
              values: [`ann ${SECRET}-key-1`],
              streamKeys: { 'secret/a': [`${SECRET}-stream-key`] },
            },
            { type: 'signed', secrets: { k1: `${SECRET}-signed-secret-of-some-length` } },
            { type: 'jwt', secret: `${SECRET}-jwt-secret-of-some-length-more` },
            { type: 'password', users: [password] },
          ],
        },
      ],
    },
    streams: [
      {
        match: 'tv/*',
        source: { type: 'pull', urls: [`rtmp://me:${SECRET}-pass@127.0.0.1:1/{key}?token=${SECRET}-query`] },
      },
      {
        match: '**',
        source: { type: 'push' },
        forward: [`rtmp://127.0.0.1:1/live/${SECRET}-name?k=${SECRET}-k`],
      },
    ],
    hooks: [
      {
        ...{ events: ['publish', 'streamUp'], onUnavailable: 'allow', secret: `${SECRET}-hook-secret` },
        url: `http://me:${SECRET}-hook@127.0.0.1:1/${SECRET}-path?token=${SECRET}-hook-query`,
      },
      { events: ['streamDown'], exec: ['/bin/true', `--token=${SECRET}-argument`] },
    ],
    admin: {
      ...{ socket: null, hosts: ['127.0.0.1:1'] },
      tokens: [
        { name: 'alice', role: 'operate', file: await file('alice', operateToken) },
        { name: 'bob', role: 'read', file: await file('bob', readToken) },
      ],
    },
  };
}

/** What is there to be changed; after so many requests it is looked at again. */
class Scenery {
  readonly #relay: ApiRelay;
  readonly #headers = { authorization: `Bearer ${operateToken}` };
  readonly #guests: (TestPlayer | TestPublisher)[] = [];
  #ids: readonly string[] = [];
  #requests = 0;

  constructor(relay: ApiRelay) {
    this.#relay = relay;
  }

  /** The request with an id of something that is there in its place. */
  async about(request: WildRequest): Promise<WildRequest> {
    if (this.#requests++ % 100 === 0) await this.renew();
    const id = this.#ids[this.#requests % this.#ids.length] ?? 'c1';
    return { ...request, path: request.path.replace(new RegExp(`\\b${THERE}\\b`), encodeURIComponent(id)) };
  }

  /** Somebody new plays and publishes, nobody is kept out any more, and it is looked what there is. */
  async renew(): Promise<void> {
    for (const id of await this.#idsOf('bans')) await this.#fetch(`bans/${id}`, 'DELETE');
    const { length } = this.#guests;
    const port = this.#relay.port('rtmp');
    this.#guests.push(
      TestPlayer.play(port, 'live/cam1'),
      new TestPublisher(port, 'publish', `live/${length}`),
    );
    const lists = ['sessions', 'upstreams', 'forwards'].map((list) => this.#idsOf(list));
    this.#ids = (await Promise.all(lists)).flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#guests.map((guest) => guest[Symbol.asyncDispose]()));
  }

  async #idsOf(list: string): Promise<string[]> {
    const answer = await this.#fetch(list, 'GET');
    if (!answer.ok) return [];
    const { items } = (await answer.json()) as { readonly items: readonly { readonly id: string }[] };
    return items.map(({ id }) => id);
  }

  #fetch(path: string, method: string): Promise<Response> {
    return fetch(this.#relay.url(`/api/v1/${path}`), { method, headers: this.#headers });
  }
}

afterAll(() => agent.destroy());

test.concurrent.each([1, 2])(
  'whatever is asked of the API of %i workers, it answers as its document says, tells no secret, and the relay goes on',
  async (workers) => {
    const folder = await mkdtemp(join(tmpdir(), 'streampump-fuzz-'));
    await using _removed = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
    await using relay = await ApiRelay.start({ ...(await secretConfig(folder)), workers });
    await using _publisher = await relay.publish('live/cam1');
    const port = relay.port('admin');
    const operations = operationsOf(await relay.get<ApiDocument>('openapi.json'));
    const answered = new Set<string>();
    await using scenery = new Scenery(relay);
    const fuzz = (roundSeed: number): Promise<void> =>
      fc.assert(
        fc.asyncProperty(wildRequests(operations, tokens), async (wild) => {
          const request = await scenery.about(wild);
          const answer = await sendRequest(port, request);
          if (answer === undefined) return; // cut while too much came
          const [bare = ''] = request.path.split('?', 1);
          if (answer.status === 200) answered.add(`${request.method} ${bare}`);
          const fault = answerFault(operations, request, answer, [SECRET]);
          if (fault !== undefined)
            throw new Error(`${fault}: ${answer.status} ${answer.text.slice(0, 1000)}`);
        }),
        {
          ...{ seed: roundSeed, numRuns: 1_000_000, endOnFailure: true },
          ...{ interruptAfterTimeLimit: (1000 * seconds) / 2, markInterruptAsFailure: false },
        },
      );
    const looks = operations.filter(({ method, path }) => method === 'GET' && !path.includes('{'));
    const unanswered = (): string[] =>
      looks.map(({ path }) => `GET ${path}`).filter((look) => !answered.has(look));
    await fuzz(seed);
    // a slow machine asks less in the same time
    for (let round = 1; round < 8 && unanswered().length > 0; round++) await fuzz(seed + round);
    expect(unanswered()).toEqual([]);
    expect(relay.log.find('bug')).toEqual([]);
    expect(JSON.stringify(relay.log.lines).toLowerCase()).not.toContain(SECRET);
    await scenery.renew();
    await using _again = await relay.publish('live/after');
    expect((await fetch(relay.url('/readyz'))).status).toBe(200);
  },
  1000 * seconds + 60_000,
);
