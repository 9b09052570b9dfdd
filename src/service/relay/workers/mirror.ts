import type { Publication, StreamRegistry } from '../../../stream/stream-registry.ts';
import type { PortedFrame } from './frame-port.ts';
import type { CarriedTotals, PeerWorker, SubscriptionEvents } from './peer-worker.ts';

/** A stream that another worker keeps, as this worker's players get it. */
export class Mirror implements SubscriptionEvents {
  readonly key: string;
  readonly home: number;
  readonly #registry: StreamRegistry;
  readonly #unsubscribe: (totals: CarriedTotals) => void;
  #path: readonly string[] = [];
  #publication: Publication | undefined;
  /** Since when nobody here wants it, milliseconds of the clock. */
  idleSince: number | undefined;

  constructor(key: string, home: number, peer: PeerWorker, registry: StreamRegistry) {
    this.key = key;
    this.home = home;
    this.#registry = registry;
    const path = [...(registry.get(key)?.relaysWaiting ?? [])];
    this.#unsubscribe = peer.subscribe(key, path, this);
  }

  onBegin(path: readonly string[]): void {
    this.#path = path;
    const currentPath = (): readonly string[] => this.#path;
    this.#publication = this.#registry.attach(this.key, {
      address: `worker ${this.home}`,
      isCopy: true,
      get path() {
        return currentPath();
      },
      onReplaced: () => {},
    });
  }

  onFrame({ type, timestamp, payload }: PortedFrame): void {
    this.#publication?.receive(type, timestamp, payload);
  }

  onPath(path: readonly string[]): void {
    this.#path = path;
    this.#publication?.announcePath();
  }

  onNotFound(): void {
    this.#registry.get(this.key)?.refuseWaiting();
  }

  onEnd(): void {
    this.#publication?.leave('ended');
    this.#publication = undefined;
  }

  /** Nobody wants it any more. */
  close(): void {
    this.#unsubscribe(this.#registry.get(this.key)?.totals ?? { sentBytes: 0, droppedFrames: 0 });
    this.onEnd();
  }

  /** The worker that kept it is gone: players stay until it comes from elsewhere. */
  lose(): void {
    this.#publication?.leave('lost');
    this.#publication = undefined;
  }
}
