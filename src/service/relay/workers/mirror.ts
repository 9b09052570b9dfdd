import type { Frame } from '../../../stream/frame.ts';
import type { Source } from '../../../stream/source.ts';
import type { Publication, StreamRegistry } from '../../../stream/stream-registry.ts';
import type { PeerWorker } from './peer-worker.ts';
import type { Subscription, SubscriptionEvents } from './subscription.ts';

/** A stream that another worker keeps, as this worker's players get it. */
export class Mirror implements SubscriptionEvents {
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

  onBegin(path: readonly string[], isCatchUp: boolean): void {
    this.#path = path;
    this.#isCatchingUp = isCatchUp;
    this.#publication = this.#registry.attach(this.key, this.#source);
  }

  onCaughtUp(): void {
    this.#isCatchingUp = false;
    this.#registry.get(this.key)?.onCaughtUp(this.#source);
  }

  onFrame(frame: Frame): void {
    this.#publication?.receive(frame);
  }

  onPath(path: readonly string[]): void {
    this.#path = path;
    this.#publication?.announcePath();
  }

  onAway(): void {
    this.#publication?.leave('away');
    this.#publication = undefined;
  }

  onNotFound(): void {
    this.#registry.get(this.key)?.refuseWaiting();
  }

  onEnd(): void {
    this.#publication = undefined;
    const stream = this.#registry.get(this.key);
    const isOurs = stream?.source === this.#source || stream?.source === undefined;
    if (isOurs && stream?.state !== 'absent') stream?.end('ended');
  }

  /** Nobody wants it any more. */
  close(): void {
    this.#subscription.end(
      this.#registry.get(this.key)?.broadcast.totals ?? { sentBytes: 0, droppedFrames: 0 },
    );
    this.onEnd();
  }

  #waitingHere(): readonly string[] {
    return [...(this.#registry.get(this.key)?.relaysWaiting ?? [])];
  }

  #tellWaiting(): void {
    this.#relaysWaiting = this.#waitingHere();
    this.#subscription.demand(this.#relaysWaiting);
  }
}
