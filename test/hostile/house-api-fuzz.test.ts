import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerFault } from '../support/api-fuzz/answer-fault.ts';
import { type ApiDocument, operationsOf } from '../support/api-fuzz/api-document.ts';
import { agent, sendRequest } from '../support/api-fuzz/send-request.ts';
import { THERE, type WildRequest, wildRequests } from '../support/api-fuzz/wild-requests.ts';
import { media } from '../support/fake-media.ts';
import { startFleet, type TestFleet } from '../support/fleet/start-fleet.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
const seconds = 60 * Number(process.env['MINUTES'] ?? 1 / 24);

/** Part of every secret in the settings; and of the keys of relays. */
const SECRET = 'hiddenaway';
const secrets = [SECRET, 'the-secret-key-of'];

/** That of the house, which may operate. */
const token = 'operator-token';
const tokens = [token, token, token, 'a-wrong-token'];

const config = {
  access: {
    failures: { delayMs: 0, attempts: 1_000_000 },
    rules: [
      {
        ...{ match: 'secret/**', verbs: ['publish', 'play'] },
        require: [
          { type: 'key', values: [`ann ${SECRET}-key-1`] },
          { type: 'signed', secrets: { k1: `${SECRET}-signed-secret-of-some-length` } },
          { type: 'jwt', secret: `${SECRET}-jwt-secret-of-some-length-more` },
        ],
      },
    ],
  },
  streams: [
    {
      match: 'tv/*',
      source: { type: 'pull', urls: [`rtmp://me:${SECRET}-pass@127.0.0.1:1/{key}?token=${SECRET}-query`] },
    },
    { match: '**', source: { type: 'push' } },
  ],
};

/** What there is to be changed; after so many requests it is looked at again. */
class Fleet {
  readonly #fleet: TestFleet;
  readonly #guests: (TestPlayer | TestPublisher)[] = [];
  #ids: readonly string[] = [];
  #requests = 0;
  /** Of invitations: nobody is told them twice. */
  readonly tokens: string[] = [];

  constructor(fleet: TestFleet) {
    this.#fleet = fleet;
  }

  /** The request with an id of something that is there in its place. */
  async about(request: WildRequest): Promise<WildRequest> {
    if (this.#requests++ % 100 === 0) await this.renew();
    const id = this.#ids[this.#requests % this.#ids.length] ?? 'north';
    return { ...request, path: request.path.replace(new RegExp(`\\b${THERE}\\b`), encodeURIComponent(id)) };
  }

  /** Somebody new plays, one relay is invited and one has come, nobody is kept out, no relay drains. */
  async renew(): Promise<void> {
    for (const id of await this.#idsOf('bans')) await this.#ask(`bans/${id}`, 'DELETE');
    for (const id of ['north', 'south']) await this.#ask(`relays/${id}`, 'PATCH', { draining: false });
    for (const id of ['invited', 'come']) {
      await this.#ask(`relays/${id}`, 'DELETE');
      const answer = await this.#ask('invitations', 'POST', { id, parent: 'north' });
      const { token } = answer as { readonly token?: string };
      if (token !== undefined) this.tokens.push(token); // a guest of the same name may have come meanwhile
    }
    await this.#ask('provision', 'POST', { token: this.tokens.at(-1), keyHash: '5'.repeat(64) });
    const port = this.#fleet.house.port('rtmp');
    this.#guests.push(TestPlayer.play(port, 'live/cam1?uid=seat-7'));
    const lists = ['players', 'bans', 'relays', 'invitations'].map((list) => this.#idsOf(list));
    this.#ids = (await Promise.all(lists)).flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#guests.map((guest) => guest[Symbol.asyncDispose]()));
  }

  async #idsOf(list: string): Promise<string[]> {
    const { items } = (await this.#ask(list, 'GET')) as { items: { readonly id: string }[] };
    return items.map(({ id }) => id);
  }

  async #ask(path: string, method: string, body?: object): Promise<unknown> {
    const { house } = this.#fleet;
    const headers = { ...house.token, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(house.adminUrl(`/api/v1/${path}`), { method, headers, ...sent });
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  }
}

test(
  'whatever is asked of a house with two relays, by its admin and its public listener, it answers as its document says, tells no secret, and goes on',
  async () => {
    const networks = [{ cidr: '0.0.0.0/0' }];
    const relays = [
      { id: 'north', roster: { networks } },
      { id: 'south', roster: { networks, parent: 'north' } },
    ];
    await using fleet = await startFleet(relays, config);
    const { house } = fleet;
    await using publisher = await TestPublisher.start(house.port('rtmp'), 'live/cam1');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    const operations = operationsOf((await house.get('/api/v1/openapi.json')) as ApiDocument);
    await using scenery = new Fleet(fleet);
    /** What is wrong with what a listener answers. */
    const ask = async (request: WildRequest, protocol: string): Promise<string | undefined> => {
      const answer = await sendRequest(house.port(protocol), request);
      if (answer === undefined) return undefined; // cut while too much came
      const isPublic = protocol === 'http';
      if (isPublic && request.method === 'OPTIONS') return undefined; // a preflight, which shows nothing
      const isOfSession = isPublic && answer.headers['content-type']?.startsWith('text/plain');
      const hidden = [...secrets, ...scenery.tokens.slice(-10)];
      const fault = answerFault(isOfSession ? [] : operations, request, answer, hidden);
      return fault && `${fault}: ${answer.status} ${answer.text.slice(0, 1000)}`;
    };
    const listener = fc.constantFrom('admin', 'admin', 'http');
    await fc.assert(
      fc.asyncProperty(wildRequests(operations, tokens), listener, async (wild, protocol) => {
        const fault = await ask(await scenery.about(wild), protocol);
        if (fault !== undefined) throw new Error(fault);
      }),
      {
        ...{ seed, numRuns: 1_000_000, interruptAfterTimeLimit: 1000 * seconds, endOnFailure: true },
        markInterruptAsFailure: false,
      },
    );
    await scenery.renew();
    for (const { method, path, parameters } of operations) {
      if (method !== 'GET' || parameters.some(({ required }) => required)) continue;
      for (const protocol of ['admin', 'http']) {
        const request = { method, path, headers: house.token, body: undefined };
        expect([path, protocol, (await sendRequest(house.port(protocol), request))?.status]).toEqual([
          ...[path, protocol, 200],
        ]);
        expect(await ask(request, protocol)).toBeUndefined();
      }
    }
    agent.destroy();
    const logs = [house.log, ...[...fleet.relays.values()].map(({ log }) => log)];
    expect(logs.flatMap((log) => log.find('bug'))).toEqual([]);
    const lines = JSON.stringify(logs.map((log) => log.lines)).toLowerCase();
    for (const secret of [...secrets, token, ...scenery.tokens])
      expect(lines).not.toContain(secret.toLowerCase());
    const resolve = '/api/v1/resolve?stream=live/cam1&protocol=rtmp';
    expect((await fetch(house.url(resolve), { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(house.adminUrl('/readyz'))).status).toBe(200);
  },
  1000 * seconds + 60_000,
);
