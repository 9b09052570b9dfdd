import type { MessagePort } from 'node:worker_threads';
import type { PullSource } from '../../../config/stream-settings.ts';
import type { Log } from '../../../log.ts';
import type { Session } from '../../../session/session.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { MediaFamily } from '../../../stream/media-family.ts';
import type { PullSlots } from '../../access/pull-slots.ts';
import type { Denial } from '../../listen/session-limits.ts';
import type { Relay } from '../relay.ts';
import type { RelayTeam, RelayThread } from '../relay-team.ts';
import type { StreamPlaces } from '../stream-places.ts';
import { FrameCodec } from './frame-codec.ts';
import type { ToMain, ToWorker, WorkerStart } from './messages.ts';
import { PeerWorker } from './peer-worker.ts';
import { WorkerPlaces } from './worker-places.ts';

/** A question's answer, as the main thread gives it. */
type Answer = Extract<ToWorker, { readonly id: number }>;

/** A worker's end of its link to the main thread, and its ports to the other workers. */
export class MainLink implements RelayTeam {
  readonly relayId: string;
  readonly prefix: string;
  readonly pullSlots: PullSlots;
  readonly #port: MessagePort;
  readonly #start: WorkerStart;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #codec: FrameCodec;
  readonly #questions = new Map<number, (answer: Answer) => void>();
  readonly #peers = new Map<number, PeerWorker>();
  /** Streams that are always wanted and that this worker keeps. */
  #kept: ReadonlySet<string>;
  #places: WorkerPlaces | undefined;
  #lastQuestion = 0;

  /** @param families - all that there are, in the same order in every worker */
  constructor(
    port: MessagePort,
    start: WorkerStart,
    clock: Clock,
    log: Log,
    families: readonly MediaFamily[],
  ) {
    this.relayId = start.relayId;
    this.prefix = `w${start.index}`;
    this.#port = port;
    this.#start = start;
    this.#clock = clock;
    this.#log = log;
    this.#codec = new FrameCodec(families);
    this.#kept = new Set(start.kept);
    this.pullSlots = {
      take: async (key, address) => {
        const answer = await this.#ask((id) => ({ say: 'take-pull', id, key, address }));
        return answer.say === 'pull-taken' ? answer.refusal : undefined;
      },
      look: () => undefined, // only the main thread knows
      note: (key, news) => this.tell({ say: 'pull-news', key, news }),
    };
  }

  places(thread: RelayThread): StreamPlaces {
    // the thread is still being made: what belongs to it is looked at when it is used
    this.#places = new WorkerPlaces({
      index: this.#start.index,
      clock: this.#clock,
      graceMs: this.#start.settings.publish.graceMs,
      registry: () => thread.registry,
      local: () => thread.places,
      pullOf: (key): PullSource | undefined => thread.pullOf(key),
      peer: (index) => this.#peers.get(index),
      find: (keys) => this.#find(keys),
      done: (key) => this.tell({ say: 'done', key }),
    });
    return this.#places;
  }

  /** Streams that are always wanted are spread over the workers. */
  keeps(key: string): boolean {
    return this.#kept.has(key);
  }

  async admit(session: string, address: string): Promise<Denial | undefined> {
    const answer = await this.#ask((id) => ({ say: 'admit', id, session, address }));
    return answer.say === 'admitted' ? answer.denial : undefined;
  }

  onAccepted({ id, role }: Session): void {
    this.tell({ say: 'settled', session: id, isPlayer: role !== 'publisher' });
  }

  onClosed({ id }: Session): void {
    this.tell({ say: 'closed', session: id });
  }

  async liveStreams(): Promise<readonly string[]> {
    const answer = await this.#ask((id) => ({ say: 'list', id }));
    return answer.say === 'listed' ? answer.keys : [];
  }

  onStreamLive({ key }: LiveStream): void {
    this.tell({ say: 'published', key, isPublished: true });
  }

  onStreamEnded({ key }: LiveStream): void {
    this.tell({ say: 'published', key, isPublished: false });
  }

  /** Tells the main thread. */
  tell(message: ToMain): void {
    this.#port.postMessage(message);
  }

  /** Acts on what the main thread says, once the relay runs. */
  onMessage(message: Exclude<ToWorker, { say: 'logged' }>, relay: Relay): void {
    switch (message.say) {
      case 'admitted':
      case 'found':
      case 'listed':
      case 'pull-taken':
        this.#questions.get(message.id)?.(message);
        this.#questions.delete(message.id);
        return;
      case 'home':
        this.#onHome(message.key, message.home, message.isKept, relay);
        return;
      case 'peer':
        this.#onPeer(message.index, message.port, relay);
        return;
      case 'configure':
        this.#kept = new Set(message.kept);
        relay.configure(message.settings);
        return;
      case 'revoke':
        relay.revoke(message.filter, message.reason);
        return;
      case 'measure':
        this.#measure(message.id, relay);
        return;
      case 'drain':
        this.#tellAfter(relay.windDown(), { say: 'drained' });
        return;
      case 'close':
        this.#tellAfter(relay.close(), { say: 'stopped' });
        return;
      default:
        message satisfies never;
    }
  }

  #onPeer(index: number, port: MessagePort, relay: Relay): void {
    this.#peers.get(index)?.close();
    const peer = new PeerWorker(port, {
      clock: this.#clock,
      registry: relay.registry,
      codec: this.#codec,
      maxBacklogBytes: this.#start.settings.fanOut.maxBacklogBytes,
      use: (key) => this.#places?.use(key),
      demand: (key) => relay.places.at(key).demand(relay.pullOf(key)),
      onGone: () => {
        if (this.#peers.get(index) !== peer) return;
        this.#peers.delete(index);
        this.#places?.onPeerGone(index);
      },
    });
    this.#peers.set(index, peer);
    this.#places?.onPeer(index);
  }

  #onHome(key: string, home: number, isKept: boolean, relay: Relay): void {
    this.#places?.onHome(key, home);
    if (!isKept || home !== this.#start.index) return;
    this.#kept = new Set([...this.#kept, key]);
    relay.keepWanted();
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
    Promise.all([relay.snapshot(), relay.upstreams(), relay.forwards()]).then(
      ([snapshot, upstreams, forwards]) =>
        this.tell({ say: 'metrics', id, snapshot, status: { upstreams, forwards } }),
      (error: unknown) => this.#log.error('bug', String(error)),
    );
  }

  #tellAfter(done: Promise<void>, message: ToMain): void {
    done
      .catch((error: unknown) => this.#log.error('bug', String(error)))
      .finally(() => this.tell(message))
      .catch(() => {}); // nobody is there to be told
  }
}
