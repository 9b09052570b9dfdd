import type { MessagePort } from 'node:worker_threads';
import type { Clock } from '../../../stream/clock.ts';
import type { Frame } from '../../../stream/frame.ts';
import type { Source } from '../../../stream/source.ts';
import type { Publication, PublishConflict, StreamRegistry } from '../../../stream/stream-registry.ts';
import type { FrameCodec } from './frame-codec.ts';
import { FrameSender } from './frame-port.ts';
import type { ToPeer } from './messages.ts';
import { Subscriber } from './subscriber.ts';
import type { Subscription, SubscriptionEvents } from './subscription.ts';

/** What a publication in another worker tells. */
export interface RemotePublishEvents {
  onPublished(conflict: PublishConflict | undefined): void;
  /** The stream comes from it now. */
  onBegun(): void;
  onReplaced(address: string): void;
}

/** What this worker's end of a port needs of the worker. */
export interface PeerHost {
  readonly clock: Clock;
  readonly registry: StreamRegistry;
  readonly codec: FrameCodec;
  readonly maxBacklogBytes: number;
  /** A stream whose home is here is used from elsewhere. */
  use(key: string): void;
  /** A player in another worker wants a stream whose home is here. */
  demand(key: string): void;
  /** The worker at the other end is gone. */
  onGone(): void;
}

interface Publishing {
  readonly events: RemotePublishEvents;
  readonly sender: FrameSender;
}

/** A publication whose stream another worker keeps. */
export interface PeerPublication {
  send(frame: Frame): void;
  leave(how: 'ended' | 'lost'): void;
}

/** Another worker, at the other end of a port: either end may be home to streams that the other one plays or publishes. */
export class PeerWorker {
  readonly #port: MessagePort;
  readonly #host: PeerHost;
  readonly #subscriptions = new Map<number, SubscriptionEvents>();
  readonly #publishing = new Map<number, Publishing>();
  readonly #subscribers = new Map<number, Subscriber>();
  readonly #publications = new Map<number, Publication>();
  #lastId = 0;
  #isGone = false;

  constructor(port: MessagePort, host: PeerHost) {
    this.#port = port;
    this.#host = host;
    port.on('message', (message: ToPeer) => this.#onMessage(message));
    port.on('close', () => this.close());
  }

  /** Subscribes to a stream that is kept there. */
  subscribe(key: string, path: readonly string[], events: SubscriptionEvents): Subscription {
    const id = ++this.#lastId;
    this.#subscriptions.set(id, events);
    this.#post({ say: 'subscribe', id, key, path });
    return {
      demand: (waiting) => this.#post({ say: 'demand', id, path: waiting }),
      end: ({ sentBytes, droppedFrames }) => {
        this.#subscriptions.delete(id);
        this.#post({ say: 'unsubscribe', id, sentBytes, droppedFrames });
      },
    };
  }

  /** Publishes a stream that is kept there. */
  publish(key: string, { address, path = [] }: Source, events: RemotePublishEvents): PeerPublication {
    const id = ++this.#lastId;
    const { clock, codec, maxBacklogBytes } = this.#host;
    const sender = new FrameSender(clock, codec, maxBacklogBytes, (frames) =>
      this.#post({ say: 'media', id, frames }),
    );
    this.#publishing.set(id, { events, sender });
    this.#post({ say: 'publish', id, key, address, path });
    return {
      send: (frame) => sender.send(frame),
      leave: (how) => {
        this.#publishing.delete(id);
        sender.flush();
        this.#post({ say: 'leave', id, how });
      },
    };
  }

  /** The worker is gone: what it published is lost, and whoever looked to it must look elsewhere. */
  close(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#port.close();
    for (const subscriber of this.#subscribers.values()) subscriber.leave();
    for (const publication of this.#publications.values()) publication.leave('lost');
    this.#subscribers.clear();
    this.#publications.clear();
    this.#subscriptions.clear();
    this.#publishing.clear();
    this.#host.onGone();
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
      case 'demand':
        this.#onDemand(id, message.path);
        return;
      case 'unsubscribe':
        this.#subscribers.get(id)?.leave(message);
        this.#subscribers.delete(id);
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
        this.#subscribers.get(id)?.onTaken(message.bytes);
        return;
      case 'media-taken':
        this.#publishing.get(id)?.sender.onTaken(message.bytes);
        return;
      case 'published':
        this.#onPublished(id, message.conflict);
        return;
      case 'begun':
        this.#publishing.get(id)?.events.onBegun();
        return;
      case 'replaced':
        this.#onReplaced(id, message.address);
        return;
      case 'frames':
        this.#onFrames(id, message.frames);
        return;
      case 'begin':
        this.#subscriptions.get(id)?.onBegin(message.path, message.isCatchUp);
        return;
      case 'caught-up':
        this.#subscriptions.get(id)?.onCaughtUp();
        return;
      case 'path':
        this.#subscriptions.get(id)?.onPath(message.path);
        return;
      case 'away':
        this.#subscriptions.get(id)?.onAway();
        return;
      case 'not-found':
        this.#subscriptions.get(id)?.onNotFound();
        return;
      case 'end':
        this.#subscriptions.get(id)?.onEnd();
        return;
      default:
        message satisfies never;
    }
  }

  // --- as the home

  #onSubscribe(id: number, key: string, path: readonly string[]): void {
    this.#host.use(key);
    const { clock, codec, registry, maxBacklogBytes } = this.#host;
    const post = (message: ToPeer): void => this.#post(message);
    const subscriber = new Subscriber(id, key, path, { clock, codec, registry, maxBacklogBytes, post });
    this.#subscribers.set(id, subscriber);
    this.#onDemand(id, path);
  }

  #onDemand(id: number, path: readonly string[]): void {
    const subscriber = this.#subscribers.get(id);
    if (subscriber === undefined) return;
    subscriber.path = path;
    this.#host.demand(subscriber.key);
  }

  #onPublish(id: number, key: string, address: string, path: readonly string[]): void {
    this.#host.use(key);
    const publication = this.#host.registry.publish(key, {
      address,
      path,
      onReplaced: (by) => {
        this.#publications.delete(id);
        this.#post({ say: 'replaced', id, address: by.address });
      },
    });
    const isConflict = 'conflict' in publication;
    if (!isConflict) this.#publications.set(id, publication);
    this.#post({ say: 'published', id, conflict: isConflict ? publication : undefined });
  }

  #onMedia(id: number, frames: SharedArrayBuffer): void {
    const publication = this.#publications.get(id);
    const hadBegun = publication?.hasBegun;
    for (const frame of this.#host.codec.read(frames)) publication?.receive(frame);
    if (publication?.hasBegun && !hadBegun) this.#post({ say: 'begun', id });
    this.#post({ say: 'media-taken', id, bytes: frames.byteLength });
  }

  // --- as the other end

  #onPublished(id: number, conflict: PublishConflict | undefined): void {
    const { events } = this.#publishing.get(id) ?? {};
    if (conflict !== undefined) this.#publishing.delete(id);
    events?.onPublished(conflict);
  }

  #onReplaced(id: number, address: string): void {
    const { events } = this.#publishing.get(id) ?? {};
    this.#publishing.delete(id);
    events?.onReplaced(address);
  }

  #onFrames(id: number, frames: SharedArrayBuffer): void {
    for (const frame of this.#host.codec.read(frames)) this.#subscriptions.get(id)?.onFrame(frame);
    this.#post({ say: 'taken', id, bytes: frames.byteLength });
  }
}
