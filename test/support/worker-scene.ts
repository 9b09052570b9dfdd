import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { PullSource } from '../../src/config/stream-settings.ts';
import { flvFamily } from '../../src/family/flv/flv-family.ts';
import type { Pulls } from '../../src/service/relay/pulling/pulls.ts';
import { LocalHomes, type StreamHome } from '../../src/service/relay/stream-homes.ts';
import { Directory } from '../../src/service/relay/workers/directory.ts';
import { FrameCodec } from '../../src/service/relay/workers/passing/frame-codec.ts';
import { PeerWorker } from '../../src/service/relay/workers/peer-worker.ts';
import { WorkerHomes } from '../../src/service/relay/workers/worker-homes.ts';
import type { Source } from '../../src/stream/source.ts';
import { type Publication, type PublishConflict, StreamRegistry } from '../../src/stream/stream-registry.ts';
import { FakeClock } from './fake-clock.ts';
import { frames } from './fake-media.ts';
import { FakePlayer } from './fake-player.ts';
import { form, settings } from './fake-studio.ts';

type Settings = ConstructorParameters<typeof StreamRegistry>[1];

/** A publisher of a worker: sends scripts of {@link frames}. */
export class WorkerPublisher implements Source {
  readonly address: string;
  readonly series: string | undefined;
  readonly mayGoOn: boolean;
  readonly replacedBy: string[] = [];
  answer: Publication | PublishConflict | undefined;

  constructor(address: string, series?: string, mayGoOn = false) {
    this.address = address;
    this.series = series;
    this.mayGoOn = mayGoOn;
  }

  onReplaced(by: Source): void {
    this.replacedBy.push(by.address);
  }

  get publication(): Publication {
    if (this.answer === undefined || 'conflict' in this.answer)
      throw new Error(`${this.address} has no stream`);
    return this.answer;
  }

  send(script: string): void {
    for (const frame of frames(script)) this.publication.receive(frame);
  }
}

/** What a thread has for its part of the streams, without sockets. */
export class SceneWorker {
  readonly index: number;
  readonly registry: StreamRegistry;
  /** What it has asked the main thread to find. */
  readonly asked: (readonly string[])[] = [];
  readonly homes: WorkerHomes;
  readonly peers: Map<number, PeerWorker> = new Map();
  readonly ports: MessagePort[] = [];
  /** Keys that were pulled here. */
  readonly pulled: string[] = [];
  readonly #scene: WorkerScene;
  readonly #local: LocalHomes;

  constructor(index: number, scene: WorkerScene, changes: Partial<Settings>) {
    this.index = index;
    this.#scene = scene;
    this.registry = new StreamRegistry(
      scene.clock,
      { ...settings, ...changes },
      {
        onFlush: () => {},
        onLive: ({ key, source }) => source?.isCopy || scene.directory.setPublished(key, index, true),
        onAway: ({ key }) => scene.directory.setPublished(key, index, false),
        onEnd: ({ key }) => scene.directory.setPublished(key, index, false),
      },
    );
    const pulls = { demand: (key: string) => this.pulled.push(key) };
    this.#local = new LocalHomes(this.registry, pulls as unknown as Pulls, { demand: () => {} });
    this.homes = new WorkerHomes({
      index,
      clock: scene.clock,
      settings: () => ({ ...settings, ...changes }),
      registry: () => this.registry,
      local: () => this.#local,
      peer: (other) => this.peers.get(other),
      find: async (keys) => {
        this.asked.push(keys);
        await nextTurn();
        return scene.directory.find(keys, index);
      },
      done: (key) => scene.directory.done(key, index),
      pullOf: (key) => scene.pullOf(key),
    });
  }

  /** @param maxBacklogBytes - for frames on the way to the other */
  link(other: number, channelPort: MessagePort, maxBacklogBytes: number = 2 ** 23): void {
    this.ports.push(channelPort);
    const peer = new PeerWorker(channelPort, {
      clock: this.#scene.clock,
      registry: this.registry,
      codec: new FrameCodec([flvFamily]),
      limits: { maxBacklogBytes },
      use: (key) => this.homes.use(key),
      demand: (key) => this.#local.at(key).demand(this.#scene.pullOf(key)),
      findTunnel: () => undefined,
      onGone: () => {
        if (this.peers.get(other) !== peer) return;
        this.peers.delete(other);
        this.homes.onPeerGone(other);
      },
    });
    this.peers.set(other, peer);
    this.homes.onPeer(other);
  }

  /** Begins to publish; the answer is there after {@link WorkerScene.settle}. @param signal - it waits no more */
  publish(
    key: string,
    address: string,
    signal: AbortSignal = new AbortController().signal,
    series?: string,
  ): WorkerPublisher {
    return this.#begin(key, new WorkerPublisher(address, series), signal);
  }

  #begin(key: string, publisher: WorkerPublisher, signal: AbortSignal): WorkerPublisher {
    const answered = this.homes.find([key]).then((home) => home.publish(publisher, signal));
    answered.then(
      (answer) => {
        publisher.answer = answer;
      },
      (error: unknown) => {
        throw error;
      },
    );
    return publisher;
  }

  /** A player joins, as the gate lets it in. */
  play(key: string, lateJoin: 'keyframeGroup' | 'live' = 'keyframeGroup'): FakePlayer {
    const player = new FakePlayer(this.#scene.clock);
    const join = (home: StreamHome): void => {
      this.registry.play(key, player, { form: form.all, lateJoin });
      home.demand(this.#scene.pullOf(key));
    };
    this.homes.find([key]).then(join, () => {});
    return player;
  }

  /** A relay publishes. */
  publishRelayed(key: string): WorkerPublisher {
    return this.#begin(key, new WorkerPublisher('relay', undefined, true), new AbortController().signal);
  }

  /** Publishes a part of a series. */
  publishPart(key: string, series: string): WorkerPublisher {
    return this.publish(key, `part from ${this.index}`, undefined, series);
  }

  /** Lets all players of a stream go. */
  dismiss(key: string): void {
    const stream = this.registry.get(key);
    for (const player of [...(stream?.players() ?? [])]) stream?.stop(player);
  }
}

/** Several threads of a relay in one, linked by real message ports, with one clock that is driven by hand. */
export class WorkerScene implements Disposable {
  readonly clock: FakeClock = new FakeClock(1000);
  readonly directory: Directory = new Directory();
  readonly workers: SceneWorker[] = [];
  pull: PullSource | undefined;

  /** @param maxBacklogBytes - for frames on the way between two of them */
  constructor(count = 2, changes: Partial<Settings> = {}, maxBacklogBytes: number = 2 ** 23) {
    for (let index = 0; index < count; index++) this.workers.push(new SceneWorker(index, this, changes));
    for (const worker of this.workers) {
      for (const other of this.workers.slice(worker.index + 1)) {
        const { port1, port2 } = new MessageChannel();
        worker.link(other.index, port1, maxBacklogBytes);
        other.link(worker.index, port2, maxBacklogBytes);
      }
    }
  }

  pullOf(_key: string): PullSource | undefined {
    return this.pull;
  }

  worker(index: number): SceneWorker {
    const worker = this.workers[index];
    if (worker === undefined) throw new Error(`there is no worker ${index}`);
    return worker;
  }

  /** Lets everything arrive that is on the way between threads, and be done what is due. */
  async settle(ms = 0): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      await nextTurn();
      this.clock.advance(0);
    }
    if (ms === 0) return;
    this.clock.advance(ms);
    await this.settle();
  }

  /** A worker ends at once; the others are told, by their ports and by the main thread, in this order or the other. */
  async kill(index: number, isMainFirst = false): Promise<void> {
    const tell = (): void => {
      const others = this.workers.map(({ index: other }) => other).filter((other) => other !== index);
      for (const { key, home, users } of this.directory.lose(index, others))
        for (const user of users) this.worker(user).homes.onHome(key, home);
    };
    if (isMainFirst) tell();
    const { peers, ports } = this.worker(index);
    peers.clear();
    for (const port of ports) port.close();
    await this.settle();
    if (!isMainFirst) tell();
    await this.settle();
  }

  [Symbol.dispose](): void {
    for (const { peers } of this.workers) for (const peer of [...peers.values()]) peer.close();
  }
}
