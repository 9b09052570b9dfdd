import type { MessagePort } from 'node:worker_threads';
import type { PullSource } from '../../../config/stream-settings.ts';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { Relay } from '../relay.ts';
import type { RelayTeam } from '../relay-team.ts';
import type { Denial } from '../session-limits.ts';
import type { StreamPlaces } from '../stream-places.ts';
import type { ToMain, ToWorker, WorkerStart } from './messages.ts';
import { PeerWorker } from './peer-worker.ts';
import { WorkerPlaces } from './worker-places.ts';

/** A question's answer, as the main thread gives it. */
type Answer = Extract<ToWorker, { readonly id: number }>;

/** A worker's end of its link to the main thread, and its ports to the other workers. */
export class MainLink implements RelayTeam {
  readonly relayId: string;
  readonly prefix: string;
  readonly #port: MessagePort;
  readonly #start: WorkerStart;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #questions = new Map<number, (answer: Answer) => void>();
  readonly #peers = new Map<number, PeerWorker>();
  #places: WorkerPlaces | undefined;
  #lastQuestion = 0;

  constructor(port: MessagePort, start: WorkerStart, clock: Clock, log: Log) {
    this.relayId = start.relayId;
    this.prefix = `w${start.index}`;
    this.#port = port;
    this.#start = start;
    this.#clock = clock;
    this.#log = log;
  }

  places(relay: Relay): StreamPlaces {
    // the relay is still being made: what belongs to it is looked at when it is used
    this.#places = new WorkerPlaces({
      index: this.#start.index,
      clock: this.#clock,
      registry: () => relay.registry,
      local: () => relay.places,
      pullOf: (key): PullSource | undefined => relay.pullOf(key),
      peer: (index) => this.#peers.get(index),
      find: (keys) => this.#find(keys),
      done: (key) => this.tell({ say: 'done', key }),
    });
    return this.#places;
  }

  /** Streams that are always wanted are spread over the workers by their place in the configuration. */
  keeps(key: string): boolean {
    return this.#start.kept.includes(key);
  }

  async admit(session: string, address: string): Promise<Denial | undefined> {
    const answer = await this.#ask((id) => ({ say: 'admit', id, session, address }));
    return answer.say === 'admitted' ? answer.denial : undefined;
  }

  onAccepted(session: string): void {
    this.tell({ say: 'settled', session });
  }

  onClosed(session: string): void {
    this.tell({ say: 'closed', session });
  }

  onPublished(key: string, isPublished: boolean): void {
    this.tell({ say: 'published', key, isPublished });
  }

  /** Tells the main thread. */
  tell(message: ToMain): void {
    this.#port.postMessage(message);
  }

  /** Acts on what the main thread says, once the relay runs. */
  onMessage(message: ToWorker, relay: Relay): void {
    switch (message.say) {
      case 'admitted':
      case 'found':
        this.#questions.get(message.id)?.(message);
        this.#questions.delete(message.id);
        return;
      case 'home':
        this.#places?.onHome(message.key, message.home);
        return;
      case 'peer':
        this.#onPeer(message.index, message.port, relay);
        return;
      case 'configure':
        relay.configure(message.settings);
        return;
      case 'measure':
        this.#measure(message.id, relay);
        return;
      case 'drain':
        this.#stopAfter(relay.drain());
        return;
      case 'close':
        this.#stopAfter(relay.close());
        return;
      default:
        message satisfies never;
    }
  }

  #onPeer(index: number, port: MessagePort, relay: Relay): void {
    this.#peers.get(index)?.close();
    this.#peers.set(
      index,
      new PeerWorker(port, {
        clock: this.#clock,
        registry: relay.registry,
        maxBacklogBytes: this.#start.settings.fanOut.maxBacklogBytes,
        demand: (key) => {
          const place = relay.places.at(key);
          const pull = relay.pullOf(key);
          if (place.refusal(pull) !== undefined) return false;
          place.demand(pull);
          return true;
        },
      }),
    );
  }

  async #find(keys: readonly string[]): Promise<{ readonly key: string; readonly home: number }> {
    const answer = await this.#ask((id) => ({ say: 'find', id, keys }));
    if (answer.say !== 'found') throw new Error(`the main thread answered find with ${answer.say}`);
    return answer;
  }

  #ask(question: (id: number) => ToMain): Promise<Answer> {
    const id = ++this.#lastQuestion;
    return new Promise((resolve) => {
      this.#questions.set(id, resolve);
      this.tell(question(id));
    });
  }

  #measure(id: number, relay: Relay): void {
    relay.snapshot().then(
      (snapshot) => {
        const status = { upstreams: relay.upstreams(), forwards: relay.forwards() };
        this.tell({ say: 'metrics', id, snapshot, status });
      },
      (error: unknown) => this.#log.error('bug', String(error)),
    );
  }

  #stopAfter(stopped: Promise<void>): void {
    stopped.then(
      () => this.tell({ say: 'stopped' }),
      (error: unknown) => {
        this.#log.error('bug', String(error));
        this.tell({ say: 'stopped' });
      },
    );
  }
}
