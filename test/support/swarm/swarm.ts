import { setTimeout as sleep } from 'node:timers/promises';
import type { Guest, Place } from './guest.ts';
import { HttpGuest } from './http-guest.ts';
import { MMS_AGENT, MmshGuest } from './mmsh-guest.ts';
import { Peer } from './peer.ts';
import { Random } from './random.ts';
import { playAndPause, RtmpGuest } from './rtmp-guest.ts';
import { RtmptGuest } from './rtmpt-guest.ts';

/** How many come back again and again, and most of those who come together once. */
const GUESTS = 24;
const MAX_CROWD = 40;

/** What they are, in turn: every fourth one goes to the neighbour. */
const kinds = [RtmpGuest, HttpGuest, MmshGuest, RtmpGuest, RtmptGuest, HttpGuest, RtmpGuest, MmshGuest];

/** Pauses between two steps are at most so long, milliseconds. */
const MAX_PAUSE_MS = 6;

/** Sends guests to a relay who do there, step by step, whatever is allowed, in an order that follows from the seed. */
export class Swarm {
  /** What was done so far, a line for each step. */
  readonly steps: string[] = [];
  readonly #seed: number;
  readonly #place: Place;
  readonly #reload: (random: Random) => Promise<string>;
  readonly #guests: readonly Guest[];
  readonly #crowds = new Set<readonly Peer[]>();

  /**
   * @param neighbour - where every fourth guest goes
   * @param reload - has the relay read its config again, and says how that has changed
   */
  constructor(seed: number, place: Place, neighbour: Place, reload: (random: Random) => Promise<string>) {
    this.#seed = seed;
    this.#place = place;
    this.#reload = reload;
    this.#guests = Array.from({ length: GUESTS }, (_, i) => {
      const where = i % 4 === 3 ? neighbour : place;
      return new (kinds[i % kinds.length] ?? RtmpGuest)(where, addressOf(i));
    });
  }

  /** Goes on for so long, or until a signal comes. */
  async run(ms: number, signal: AbortSignal): Promise<void> {
    const until = performance.now() + ms;
    while (performance.now() < until && !signal.aborted) {
      const number = this.steps.length;
      const random = new Random(this.#seed, number);
      this.steps.push(`${number}: ${await this.#step(random)}`);
      const pauseMs = random.between(0, MAX_PAUSE_MS);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  /** Everybody leaves. */
  close(): void {
    for (const guest of this.#guests) guest.close();
    for (const crowd of this.#crowds) leaveTogether(crowd);
    this.#crowds.clear();
  }

  async #step(random: Random): Promise<string> {
    const kind = random.weighted({ guest: 985, crowd: 10, reload: 5 });
    if (kind === 'reload') return await this.#reload(random);
    if (kind === 'crowd') return this.#comeTogether(random);
    const index = random.between(0, GUESTS - 1);
    return `guest ${index} (${addressOf(index)}) ${this.#guests[index]?.act(random)}`;
  }

  /** Many come at once, stop and go on as they like, and all leave at once a little later. */
  #comeTogether(random: Random): string {
    const { rtmpPort, httpPort, ours, others } = this.#place;
    const protocol = random.weighted({ RTMP: 4, HTTP: 3, MMSH: 1 });
    const key = random.oneOf([...ours, ...others]);
    const count = random.between(2, MAX_CROWD);
    const ms = random.anyScale(20, 2000);
    const crowd = Array.from({ length: count }, (_, i) => {
      const address = addressOf(100 + (i % 8));
      const peer = new Peer(protocol === 'RTMP' ? rtmpPort : httpPort, address);
      if (protocol === 'RTMP') playAndPause(peer, key, random.between(0, ms));
      else if (protocol === 'HTTP') peer.send(`GET /${key}.flv HTTP/1.1\nHost: relay\n\n`);
      else peer.send(`GET /${key}.asf HTTP/1.0\n${MMS_AGENT}Pragma: xPlayStrm=1\n\n`);
      if (random.chance(0.2)) peer.read('nothing');
      return peer;
    });
    this.#crowds.add(crowd);
    setTimeout(() => {
      leaveTogether(crowd);
      this.#crowds.delete(crowd);
    }, ms * 1.5);
    return `${count} come together for ${key} over ${protocol} and leave after ${ms} ms`;
  }
}

function addressOf(index: number): string {
  return `127.0.1.${1 + index}`;
}

function leaveTogether(crowd: readonly Peer[]): void {
  for (const peer of crowd) peer.close();
}
