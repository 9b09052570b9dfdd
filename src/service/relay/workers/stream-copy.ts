import type { Frame } from '../../../stream/frame.ts';
import type { Source } from '../../../stream/source.ts';
import type { Publication, StreamRegistry } from '../../../stream/stream-registry.ts';
import type { StreamNews, WaitingThere } from './messages.ts';
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
  /** Whether what comes may be what there is. Its home has done what it can: only another one may repeat anything. */
  #mayGoOn = false;
  #hasBegun = false;
  #publication: Publication | undefined;
  /** Since when nobody here wants it, milliseconds of the clock. */
  idleSince: number | undefined;

  constructor(key: string, home: number, peer: PeerWorker, registry: StreamRegistry) {
    this.key = key;
    this.home = home;
    this.#registry = registry;
    const path = (): readonly string[] => this.#path;
    const isCatchingUp = (): boolean => this.#isCatchingUp;
    const mayGoOn = (): boolean => this.#mayGoOn;
    this.#source = {
      address: `worker ${home}`,
      isCopy: true,
      get mayGoOn() {
        return mayGoOn();
      },
      get path() {
        return path();
      },
      get isCatchingUp() {
        return isCatchingUp();
      },
      onReplaced: () => {},
    };
    this.#relaysWaiting = this.#waitingHere();
    this.#subscription = peer.subscribe(key, this.#waiting(), this);
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
        this.#onBegin(news);
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

  #onBegin({ path, isCatchUp, mayGoOn, goesOn }: StreamNews & { readonly say: 'begin' }): void {
    this.#path = path;
    this.#isCatchingUp = isCatchUp;
    this.#mayGoOn = goesOn || (mayGoOn && !this.#hasBegun);
    this.#hasBegun = true;
    this.#publication = this.#registry.attach(this.key, this.#source, goesOn);
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

  #waiting(): WaitingThere {
    return { path: this.#relaysWaiting, resumePoint: this.#registry.get(this.key)?.resumePoint };
  }

  #tellWaiting(): void {
    this.#relaysWaiting = this.#waitingHere();
    this.#subscription.demand(this.#waiting());
  }
}
