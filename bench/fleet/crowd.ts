import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { randomAddress } from './fleet-plan.ts';
import type { SimulatedRelay } from './simulated-relay.ts';

/** Connections to each house that questions go over, as those of a proxy would. */
const CONNECTIONS = 32;

/** A player comes to its relay at any time within this after the answer, milliseconds. */
const TRAVEL_MS = 500;

const STREAMS = 200;
const TICK_MS = 10;

/** What has become of questions. */
export interface Answers {
  readonly refused: number;
  readonly failed: number;
  /** Players that found their relay without room. */
  readonly overfilled: number;
}

/** Players that ask houses for their relays, come there and go again. */
export class Crowd implements AsyncDisposable {
  readonly #pools: readonly Pool[];
  readonly #relays: ReadonlyMap<string, SimulatedRelay>;
  readonly #playing: { readonly relay: SimulatedRelay; readonly id: string }[] = [];
  #asked = 0;
  #under = 0;
  #answers = nothing();

  /** @param houses - their public addresses: they are asked in turns */
  constructor(houses: readonly string[], relays: ReadonlyMap<string, SimulatedRelay>) {
    this.#pools = houses.map((url) => new Pool(url, { connections: CONNECTIONS, pipelining: 1 }));
    this.#relays = relays;
  }

  get playing(): number {
    return this.#playing.length;
  }

  /** So many come a second, and so many go, for so long. @returns what has become of those who came */
  async pass(seconds: number, coming: number, going: number): Promise<Answers> {
    this.#answers = nothing();
    const begin = performance.now();
    let [came, went] = [0, 0];
    for (let now = 0; now < seconds; now = (performance.now() - begin) / 1000) {
      for (; came < now * coming; came++) void this.#come();
      for (; went < now * going; went++) this.#goOne();
      await sleep(TICK_MS);
    }
    while (this.#under > 0) await sleep(TICK_MS);
    return this.#answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }

  async #come(): Promise<void> {
    const answers = this.#answers;
    const address = randomAddress(this.#relays.size);
    const stream = `live/stream-${Math.floor(STREAMS * Math.random() ** 3)}`;
    const pool = this.#pools[this.#asked++ % this.#pools.length];
    this.#under++;
    try {
      const { statusCode, body } = (await pool?.request({
        ...{ method: 'GET', headers: { 'x-forwarded-for': address } },
        path: `/api/v1/resolve?stream=${stream}&protocol=http-flv`,
      })) ?? { statusCode: 0, body: { text: async () => '' } };
      const text = await body.text();
      if (statusCode === 503) answers.refused++;
      else if (statusCode !== 200) answers.failed++;
      else void this.#travel((JSON.parse(text) as { relay: string }).relay, address, stream, answers);
    } catch {
      answers.failed++;
    } finally {
      this.#under--;
    }
  }

  async #travel(name: string, address: string, stream: string, answers: MutableAnswers): Promise<void> {
    await sleep(Math.random() * TRAVEL_MS);
    const relay = this.#relays.get(name);
    const id = relay?.join(address, stream);
    if (relay === undefined || id === undefined) answers.overfilled++;
    else this.#playing.push({ relay, id });
  }

  #goOne(): void {
    const at = Math.floor(Math.random() * this.#playing.length);
    const last = this.#playing.pop();
    if (last === undefined) return;
    const gone = this.#playing[at] ?? last;
    if (at < this.#playing.length) this.#playing[at] = last;
    gone.relay.leave(gone.id);
  }
}

type MutableAnswers = { -readonly [K in keyof Answers]: Answers[K] };

function nothing(): MutableAnswers {
  return { refused: 0, failed: 0, overfilled: 0 };
}
