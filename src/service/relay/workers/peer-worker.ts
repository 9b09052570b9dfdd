import type { MessagePort } from 'node:worker_threads';
import { type Frame, isPreface } from '../../../stream/frame.ts';
import type { RecordingState, Source } from '../../../stream/source.ts';
import type { Publication, PublishConflict, StreamRegistry } from '../../../stream/stream-registry.ts';
import type { StreamNews, ToPeer, WaitingThere } from './messages.ts';
import type { FrameWay } from './passing/frame-record.ts';
import { type LinkRoute, PeerLink, type PeerLinkEnd } from './passing/peer-link.ts';
import { TunnelPassing, type TunnelPassingHost } from './passing/tunnel-passing.ts';
import { type CopyTotals, Subscriber } from './subscriber.ts';

/** Gets a stream that another worker keeps. */
export interface StreamReceiver {
  onFrame(frame: Frame): void;
  onNews(news: StreamNews): void;
}

/** A hold on a stream that another worker keeps. */
export interface Subscription {
  /** Somebody else wants the stream. */
  demand(waiting: WaitingThere): void;
  /** Ends the subscription. @param totals - what it came to, for the home to go on counting */
  end(totals: CopyTotals): void;
}

/** What its home says of a publication that may begin. */
export type HomeAnswer = Pick<Publication, 'goesOnFrom' | 'resumePoint'>;

/** A publication at the home of its stream. */
export interface DistantPublication extends Publication {
  /** Hands over what there was before, which is no sign of the home being slow. */
  repeat(frames: Iterable<Frame>): void;
}

/** What a publication whose stream another worker keeps is told from there. */
export interface RemotePublishEvents {
  onPublished(answer: HomeAnswer | PublishConflict): void;
  onReplaced(address: string): void;
  onRecording(state: RecordingState, sentence: string): void;
}

/** What this worker's end of a port needs of the worker. */
export interface PeerHost extends LinkRoute {
  readonly registry: StreamRegistry;
  /** A stream whose home is here is used from elsewhere. */
  use(key: string): void;
  /** A player in another worker wants a stream whose home is here. */
  demand(key: string): void;
  /** A tunnel of RTMPT that is kept here, for whoever asks from an address. */
  findTunnel: TunnelPassingHost['find'];
  /** The worker at the other end is gone. */
  onGone(): void;
}

interface Publishing {
  readonly events: RemotePublishEvents;
  counts: boolean;
  /** Set while it is not known there that it has paused. */
  onPaused?: (() => void) | undefined;
}

/** What another worker publishes here. */
interface Published {
  readonly publication: Publication;
  /** As it was told there. */
  counts: boolean;
}

/** Another worker, at the other end of a port: either end may be home to streams that the other one plays or publishes. */
export class PeerWorker implements PeerLinkEnd {
  /** Requests of tunnels that come here or there. */
  readonly tunnels: TunnelPassing;
  readonly #link: PeerLink;
  readonly #host: PeerHost;
  readonly #subscriptions = new Map<number, StreamReceiver>();
  readonly #publishing = new Map<number, Publishing>();
  readonly #subscribers = new Map<number, Subscriber>();
  readonly #publications = new Map<number, Published>();
  #lastId = 0;
  #isGone = false;

  constructor(port: MessagePort, host: PeerHost) {
    this.#host = host;
    this.#link = new PeerLink(port, host, this);
    this.tunnels = new TunnelPassing({
      post: (id, news) => this.#link.post({ say: 'tunnel', id, news }),
      find: (tunnel, address) => this.#host.findTunnel(tunnel, address),
    });
  }

  /** Subscribes to a stream that is kept there. */
  subscribe(key: string, waiting: WaitingThere, receiver: StreamReceiver): Subscription {
    const id = ++this.#lastId;
    this.#subscriptions.set(id, receiver);
    this.#link.post({ say: 'subscribe', id, key, ...waiting });
    return {
      demand: (now) => this.#link.post({ say: 'demand', id, ...now }),
      end: ({ sentBytes, droppedFrames }) => {
        this.#subscriptions.delete(id);
        this.#link.post({ say: 'unsubscribe', id, sentBytes, droppedFrames });
      },
    };
  }

  /** Publishes a stream that is kept there. */
  publish(
    key: string,
    { address, origin, series, recording: wished, path = [], mayGoOn = false }: Source,
    events: RemotePublishEvents,
  ): DistantPublication {
    const id = ++this.#lastId;
    const sender = this.#link.sender({ way: 'toHome', id });
    const publishing: Publishing = { events, counts: false };
    this.#publishing.set(id, publishing);
    const recording = wished && { run: wished.run, by: wished.by };
    this.#link.post({ say: 'publish', id, key, address, origin, path, series, recording, mayGoOn });
    return {
      key,
      get counts() {
        return publishing.counts;
      },
      receive: (frame) => sender.send(frame),
      repeat: (frames) => {
        for (const frame of frames) sender.send(frame, true);
        sender.onCaughtUp();
      },
      leave: (how, onPaused) => {
        this.#link.post({ say: 'leave', id, how });
        if (how === 'paused') publishing.onPaused = onPaused;
        else this.#publishing.delete(id);
      },
      announcePath: () => {},
    };
  }

  /** The worker is gone: what it published is lost, and whoever looked to it must look elsewhere. */
  close(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#link.close();
    for (const subscriber of this.#subscribers.values()) subscriber.leave();
    for (const { publication } of this.#publications.values()) publication.leave('lost');
    this.#subscribers.clear();
    this.#publications.clear();
    this.#subscriptions.clear();
    for (const { onPaused } of this.#publishing.values()) onPaused?.();
    this.#publishing.clear();
    this.tunnels.close();
    this.#host.onGone();
  }

  onClose(): void {
    this.close();
  }

  onFrame(way: FrameWay, id: number, frame: Frame): void {
    if (way === 'fromHome') this.#subscriptions.get(id)?.onFrame(frame);
    else this.#onMedia(id, frame);
  }

  onMessage(message: ToPeer): void {
    const { id } = message;
    switch (message.say) {
      case 'subscribe':
        this.#onSubscribe(id, message.key, message);
        return;
      case 'demand':
        this.#onDemand(id, message);
        return;
      case 'unsubscribe':
        this.#subscribers.get(id)?.leave(message);
        this.#subscribers.delete(id);
        return;
      case 'publish':
        this.#onPublish(id, message);
        return;
      case 'leave':
        this.#publications.get(id)?.publication.leave(message.how);
        this.#publications.delete(id);
        if (message.how === 'paused') this.#link.post({ say: 'paused', id });
        return;
      case 'paused':
        this.#publishing.get(id)?.onPaused?.();
        this.#publishing.delete(id);
        return;
      case 'tunnel':
        this.tunnels.onNews(id, message.news);
        return;
      case 'counts':
        this.#onCounts(id, message.counts);
        return;
      case 'published':
        this.#onPublished(id, message);
        return;
      case 'recording':
        this.#publishing.get(id)?.events.onRecording(message.state, message.sentence);
        return;
      case 'replaced':
        this.#onReplaced(id, message.address);
        return;
      default:
        this.#subscriptions.get(id)?.onNews(message);
    }
  }

  // --- as the home

  #onSubscribe(id: number, key: string, waiting: WaitingThere): void {
    this.#host.use(key);
    const subscriber = new Subscriber(id, key, waiting, this.#host.registry, this.#link);
    this.#subscribers.set(id, subscriber);
    this.#onDemand(id, waiting);
  }

  #onDemand(id: number, { path, resumePoint }: WaitingThere): void {
    const subscriber = this.#subscribers.get(id);
    if (subscriber === undefined) return;
    subscriber.path = path;
    subscriber.resumePoint = resumePoint;
    this.#host.demand(subscriber.key);
  }

  #onPublish(id: number, publish: ToPeer & { readonly say: 'publish' }): void {
    const { key, address, origin, path, series, recording, mayGoOn } = publish;
    this.#host.use(key);
    const publication = this.#host.registry.publish(key, {
      address,
      origin,
      path,
      series,
      recording: recording && {
        ...recording,
        onState: (state, sentence) => this.#link.post({ say: 'recording', id, state, sentence }),
      },
      mayGoOn,
      onReplaced: (by) => {
        this.#publications.delete(id);
        this.#link.post({ say: 'replaced', id, address: by.address });
      },
    });
    if ('conflict' in publication) {
      const nothing = { goesOnFrom: undefined, resumePoint: undefined };
      this.#link.post({ say: 'published', id, conflict: publication, ...nothing });
      return;
    }
    this.#publications.set(id, { publication, counts: false });
    const goesOnFrom = publication.goesOnFrom && this.#host.codec.pack(publication.goesOnFrom);
    const { resumePoint } = publication;
    this.#link.post({ say: 'published', id, conflict: undefined, goesOnFrom, resumePoint });
  }

  #onMedia(id: number, frame: Frame): void {
    const published = this.#publications.get(id);
    if (published === undefined) return;
    const { publication } = published;
    publication.receive(frame);
    if (publication.counts === published.counts) return;
    published.counts = publication.counts;
    this.#link.post({ say: 'counts', id, counts: published.counts });
  }

  // --- as the other end

  #onPublished(id: number, published: ToPeer & { readonly say: 'published' }): void {
    const { conflict, goesOnFrom: packed, resumePoint } = published;
    const { events } = this.#publishing.get(id) ?? {};
    if (conflict !== undefined) this.#publishing.delete(id);
    const goesOnFrom = packed && [...this.#host.codec.unpack(packed)].filter(isPreface);
    events?.onPublished(conflict ?? { goesOnFrom, resumePoint });
  }

  #onCounts(id: number, counts: boolean): void {
    const publishing = this.#publishing.get(id);
    if (publishing !== undefined) publishing.counts = counts;
  }

  #onReplaced(id: number, address: string): void {
    const { events, onPaused } = this.#publishing.get(id) ?? {};
    this.#publishing.delete(id);
    onPaused?.();
    events?.onReplaced(address);
  }
}
