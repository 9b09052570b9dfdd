import type { Frame } from '../../../stream/frame.ts';
import type { Source } from '../../../stream/source.ts';
import type { Publication, StreamRegistry } from '../../../stream/stream-registry.ts';
import type { StreamNews } from './messages.ts';
import type { PeerWorker, StreamReceiver, Subscription } from './peer-worker.ts';

/** The copy of a stream that another worker keeps: this worker's players get it. */
export class StreamCopy implements StreamReceiver {
  readonly key: string;
  readonly home: number;
  readonly #registry: StreamRegistry;
  readonly #subscription: Subscription;
  /** One for all sources that the stream has there: its home has put them on one timeline. */
  readonly #source: Source;
  #path: readonly string[] = [];
  #relaysWaiting: readonly string[];
  #isCatchingUp = true;
  #publication: Publication | undefined;
  /** Since when nobody here wants it, milliseconds of the clock. */
  idleSince: number | undefined;

  constructor(key: string, home: number, peer: PeerWorker, registry: StreamRegistry) {
    this.key = key;
    this.home = home;
    this.#registry = registry;
    const path = (): readonly string[] => this.#path;
    const isCatchingUp = (): boolean => this.#isCatchingUp;
    this.#source = {
      address: `worker ${home}`,
      isCopy: true,
      mayGoOn: true,
      get path() {
        return path();
      },
      get isCatchingUp() {
        return isCatchingUp();
      },
      onReplaced: () => {},
    };
    this.#relaysWaiting = this.#waitingHere();
    this.#subscription = peer.subscribe(key, this.#relaysWaiting, this);
  }

  /** Somebody new wants the stream: when it is not there, its home shall look for it as for players of its own. */
  demand(): void {
    if (this.#registry.get(this.key)?.state !== 'live') this.#tellWaiting();
  }

  /** Tells the home of relays that have come or gone. */
  checkWaiting(): void {
    if (this.#waitingHere().join() !== this.#relaysWaiting.join()) this.#tellWaiting();
  }

  onFrame(frame: Frame): void {
    this.#publication?.receive(frame);
  }

  onNews(news: StreamNews): void {
    switch (news.say) {
      case 'begin':
        this.#path = news.path;
        this.#isCatchingUp = news.isCatchUp;
        this.#publication = this.#registry.attach(this.key, this.#source);
        return;
      case 'caught-up':
        this.#isCatchingUp = false;
        this.#registry.get(this.key)?.onCaughtUp(this.#source);
        return;
      case 'path':
        this.#path = news.path;
        this.#publication?.announcePath();
        return;
      case 'away':
        this.onAway();
        return;
      case 'not-found':
        this.#registry.get(this.key)?.refuseWaiting();
        return;
      case 'end':
        this.#onEnd();
        return;
      default:
        news satisfies never;
    }
  }

  /** The stream has lost its source, or its home is gone. */
  onAway(): void {
    this.#publication?.leave('away');
    this.#publication = undefined;
  }

  /** Nobody wants it any more. */
  close(): void {
    this.#subscription.end(
      this.#registry.get(this.key)?.broadcast.totals ?? { sentBytes: 0, droppedFrames: 0 },
    );
    this.#onEnd();
  }

  #onEnd(): void {
    this.#publication = undefined;
    const stream = this.#registry.get(this.key);
    const isOurs = stream?.source === this.#source || stream?.source === undefined;
    if (isOurs && stream?.state !== 'absent') stream?.end('ended');
  }

  #waitingHere(): readonly string[] {
    return [...(this.#registry.get(this.key)?.relaysWaiting ?? [])];
  }

  #tellWaiting(): void {
    this.#relaysWaiting = this.#waitingHere();
    this.#subscription.demand(this.#relaysWaiting);
  }
}
