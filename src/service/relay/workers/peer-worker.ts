import type { MessagePort } from 'node:worker_threads';
import { classifyFrame } from '../../../stream/classify-frame.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { FrameTap } from '../../../stream/frame-taps.ts';
import type { Source } from '../../../stream/source.ts';
import type { Publication, StreamRegistry } from '../../../stream/stream-registry.ts';
import { FrameSender, type PortedFrame, readFrames } from './frame-port.ts';
import type { ToPeer } from './messages.ts';

/** What a stream that is kept by another worker tells the worker that subscribed to it. */
export interface SubscriptionEvents {
  onBegin(path: readonly string[]): void;
  onFrame(frame: PortedFrame): void;
  onPath(path: readonly string[]): void;
  onNotFound(): void;
  onEnd(): void;
}

/** What a copy of a stream has sent its players. */
export interface CarriedTotals {
  readonly sentBytes: number;
  readonly droppedFrames: number;
}

/** What a publication in another worker tells. */
export interface RemotePublishEvents {
  onPublished(conflict: string | undefined): void;
  onReplaced(address: string): void;
}

/** What this worker's end of a port needs of the worker. */
export interface PeerHost {
  readonly clock: Clock;
  readonly registry: StreamRegistry;
  readonly maxBacklogBytes: number;
  /** A player in another worker wants a stream whose home is here. @returns false when nobody has it */
  demand(key: string): boolean;
}

interface Subscriber {
  readonly key: string;
  readonly tap: FrameTap;
  readonly sender: FrameSender;
}

/** Another worker, at the other end of a port: either end may be home to streams that the other one plays or publishes. */
export class PeerWorker {
  readonly #port: MessagePort;
  readonly #host: PeerHost;
  readonly #subscriptions = new Map<number, SubscriptionEvents>();
  readonly #publishing = new Map<
    number,
    { readonly events: RemotePublishEvents; readonly sender: FrameSender }
  >();
  readonly #subscribers = new Map<number, Subscriber>();
  readonly #publications = new Map<number, Publication>();
  #lastId = 0;

  constructor(port: MessagePort, host: PeerHost) {
    this.#port = port;
    this.#host = host;
    port.on('message', (message: ToPeer) => this.#onMessage(message));
  }

  /** Subscribes to a stream that is kept there. @returns a function that ends the subscription, given what it came to */
  subscribe(
    key: string,
    path: readonly string[],
    events: SubscriptionEvents,
  ): (totals: CarriedTotals) => void {
    const id = ++this.#lastId;
    this.#subscriptions.set(id, events);
    this.#post({ say: 'subscribe', id, key, path });
    return ({ sentBytes, droppedFrames }) => {
      this.#subscriptions.delete(id);
      this.#post({ say: 'unsubscribe', id, sentBytes, droppedFrames });
    };
  }

  /** Publishes a stream that is kept there; frames go through the sender given. */
  publish(key: string, { address, path = [] }: Source, events: RemotePublishEvents): PeerPublication {
    const id = ++this.#lastId;
    const post = (frames: SharedArrayBuffer): void => this.#post({ say: 'media', id, frames });
    const sender = new FrameSender(this.#host.clock, this.#host.maxBacklogBytes, post);
    this.#publishing.set(id, { events, sender });
    this.#post({ say: 'publish', id, key, address, path });
    return {
      send: (frame) => sender.send(classifyFrame(frame.type, frame.timestamp, frame.payload)),
      leave: (how) => {
        this.#publishing.delete(id);
        sender.flush();
        this.#post({ say: 'leave', id, how });
      },
    };
  }

  /** The worker is gone: what it published is lost, and whoever looked to it must look elsewhere. */
  close(): void {
    this.#port.close();
    for (const { key, tap } of this.#subscribers.values()) this.#host.registry.get(key)?.untap(tap);
    for (const publication of this.#publications.values()) publication.leave('lost');
    this.#subscribers.clear();
    this.#publications.clear();
  }

  #post(message: ToPeer): void {
    this.#port.postMessage(message);
  }

  #onMessage(message: ToPeer): void {
    const { id } = message;
    switch (message.say) {
      case 'subscribe':
        this.#onSubscribe(id, message.key, message.path);
        return;
      case 'unsubscribe':
        this.#onUnsubscribe(id, message);
        return;
      case 'publish':
        this.#onPublish(id, message.key, message.address, message.path);
        return;
      case 'media':
        this.#onMedia(id, message.frames);
        return;
      case 'leave':
        this.#publications.get(id)?.leave(message.how);
        this.#publications.delete(id);
        return;
      case 'taken':
        this.#subscribers.get(id)?.sender.onTaken(message.bytes);
        return;
      case 'media-taken':
        this.#publishing.get(id)?.sender.onTaken(message.bytes);
        return;
      case 'published':
        this.#publishing.get(id)?.events.onPublished(message.conflict);
        return;
      case 'replaced':
        this.#publishing.get(id)?.events.onReplaced(message.address);
        this.#publishing.delete(id);
        return;
      case 'frames':
        this.#onFrames(id, message.frames);
        return;
      case 'begin':
        this.#subscriptions.get(id)?.onBegin(message.path);
        return;
      case 'path':
        this.#subscriptions.get(id)?.onPath(message.path);
        return;
      case 'not-found':
        this.#subscriptions.get(id)?.onNotFound();
        return;
      case 'end':
        this.#subscriptions.get(id)?.onEnd();
        return;
      case 'dry':
        return; // the subscriber's own stream sees by itself that nothing comes
      default:
        message satisfies never;
    }
  }

  #onSubscribe(id: number, key: string, path: readonly string[]): void {
    const sender = new FrameSender(this.#host.clock, this.#host.maxBacklogBytes, (frames) =>
      this.#post({ say: 'frames', id, frames }),
    );
    const tap: FrameTap = {
      path,
      onBegin: (begun) => {
        sender.flush();
        this.#post({ say: 'begin', id, path: begun });
      },
      onFrame: (frame) => sender.send(frame),
      onPath: (changed) => this.#post({ say: 'path', id, path: changed }),
      onDry: (isDry) => this.#post({ say: 'dry', id, isDry }),
      onNotFound: () => this.#post({ say: 'not-found', id }),
      onEnd: () => {
        sender.flush();
        this.#post({ say: 'end', id });
      },
    };
    this.#subscribers.set(id, { key, tap, sender });
    this.#host.registry.tap(key, tap);
    if (!this.#host.demand(key)) this.#post({ say: 'not-found', id });
  }

  #onUnsubscribe(id: number, { sentBytes, droppedFrames }: CarriedTotals): void {
    const subscriber = this.#subscribers.get(id);
    if (subscriber === undefined) return;
    this.#subscribers.delete(id);
    const stream = this.#host.registry.get(subscriber.key);
    if (stream === undefined) return;
    stream.totals.sentBytes += sentBytes;
    stream.totals.droppedFrames += droppedFrames;
    stream.untap(subscriber.tap);
  }

  #onPublish(id: number, key: string, address: string, path: readonly string[]): void {
    const publication = this.#host.registry.publish(key, {
      address,
      path,
      onReplaced: (by) => {
        this.#publications.delete(id);
        this.#post({ say: 'replaced', id, address: by.address });
      },
    });
    const conflict = 'conflict' in publication ? publication.conflict : undefined;
    if (!('conflict' in publication)) this.#publications.set(id, publication);
    this.#post({ say: 'published', id, conflict });
  }

  #onMedia(id: number, frames: SharedArrayBuffer): void {
    const publication = this.#publications.get(id);
    for (const { type, timestamp, payload } of readFrames(frames))
      publication?.receive(type, timestamp, payload);
    this.#post({ say: 'media-taken', id, bytes: frames.byteLength });
  }

  #onFrames(id: number, frames: SharedArrayBuffer): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription !== undefined) for (const frame of readFrames(frames)) subscription.onFrame(frame);
    this.#post({ say: 'taken', id, bytes: frames.byteLength });
  }
}

/** A publication whose stream another worker keeps. */
export interface PeerPublication {
  send(frame: PortedFrame): void;
  leave(how: 'ended' | 'lost'): void;
}
