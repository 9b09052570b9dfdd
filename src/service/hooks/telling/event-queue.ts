/** What may wait at a time, together with what is being told. */
export interface QueueLimits {
  readonly events: number;
  readonly bytes: number;
}

/** Something in a queue. */
export interface WaitingEvent<T> {
  readonly item: T;
  readonly bytes: number;
}

/** What waits of a session or a stream, in its order. */
interface Lane<T> {
  readonly name: string;
  readonly waiting: Entry<T>[];
  isBusy: boolean;
}

interface Entry<T> extends WaitingEvent<T> {
  readonly lane: Lane<T>;
}

/**
 * Events that wait to be told: in order within a lane, whatever the others do. Where there are too many the oldest are lost, so that
 * the latest stay.
 */
export class EventQueue<T> {
  readonly #limits: QueueLimits;
  readonly #onLost: (item: T) => void;
  readonly #lanes = new Map<string, Lane<T>>();
  /** Lanes of which one may be told now, longest wait first. */
  readonly #ready = new Set<Lane<T>>();
  /** All that wait, oldest first. */
  readonly #waiting = new Set<Entry<T>>();
  #busyEvents = 0;
  #bytes = 0;

  /** @param onLost - told what was pushed out */
  constructor(limits: QueueLimits, onLost: (item: T) => void) {
    this.#limits = limits;
    this.#onLost = onLost;
  }

  /** Events that wait or are being told. */
  get size(): number {
    return this.#waiting.size + this.#busyEvents;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds an event behind those of its lane; older ones make room. One for which there is none is lost itself. */
  push(item: T, laneName: string, bytes: number): void {
    while (this.size >= this.#limits.events || this.#bytes + bytes > this.#limits.bytes) {
      const [oldest] = this.#waiting;
      if (oldest === undefined) {
        this.#onLost(item);
        return;
      }
      this.#drop(oldest);
    }
    const lane = this.#laneOf(laneName);
    const entry = { item, lane, bytes };
    lane.waiting.push(entry);
    this.#waiting.add(entry);
    this.#bytes += bytes;
    if (!lane.isBusy) this.#ready.add(lane);
  }

  /** Takes the next event of a lane of which none is being told; its lane is busy until {@link done}. */
  take(): WaitingEvent<T> | undefined {
    const [lane] = this.#ready;
    const entry = lane?.waiting.shift();
    if (lane === undefined || entry === undefined) return undefined;
    this.#ready.delete(lane);
    this.#waiting.delete(entry);
    lane.isBusy = true;
    this.#busyEvents++;
    return entry;
  }

  /** It is told, or given up. */
  done(taken: WaitingEvent<T>): void {
    const { lane, bytes } = taken as Entry<T>;
    this.#bytes -= bytes;
    this.#free(lane);
  }

  /** Loses all that waits. */
  clear(): void {
    for (const entry of [...this.#waiting]) this.#drop(entry);
  }

  #laneOf(name: string): Lane<T> {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane: Lane<T> = { name, waiting: [], isBusy: false };
    this.#lanes.set(name, lane);
    return lane;
  }

  #free(lane: Lane<T>): void {
    lane.isBusy = false;
    this.#busyEvents--;
    if (lane.waiting.length > 0) this.#ready.add(lane);
    else this.#lanes.delete(lane.name);
  }

  /** The oldest of all is the first of its lane. */
  #drop(entry: Entry<T>): void {
    const { lane, item, bytes } = entry;
    this.#waiting.delete(entry);
    lane.waiting.shift();
    this.#bytes -= bytes;
    if (lane.waiting.length === 0) {
      this.#ready.delete(lane);
      if (!lane.isBusy) this.#lanes.delete(lane.name);
    }
    this.#onLost(item);
  }
}
