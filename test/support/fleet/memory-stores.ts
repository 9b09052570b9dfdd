import {
  type Decisions,
  type HouseNews,
  type HouseStore,
  undecided,
} from '../../../src/service/house/store/house-store.ts';

/** Stores of several houses in one process: what is told and decided comes at once, as JSON would bring it. */
export class MemoryStores {
  decisions: Decisions = undecided;
  readonly #stores: MemoryStore[] = [];

  open(house: string): MemoryStore {
    const store = new MemoryStore(house, this);
    this.#stores.push(store);
    return store;
  }

  decide(by: (decisions: Decisions) => Decisions): void {
    this.decisions = by(this.decisions);
    for (const store of this.#stores) store.decided();
  }

  tell(news: HouseNews, from: MemoryStore): void {
    const text = JSON.stringify(news);
    for (const store of this.#stores)
      if (store !== from && store.isThere) store.take(JSON.parse(text), from.house);
  }
}

/** What one of the houses has. */
export class MemoryStore implements HouseStore {
  readonly house: string;
  isThere = true;
  /** All that it was told to tell. */
  readonly told: HouseNews[] = [];
  readonly #all: MemoryStores;
  readonly #deciders = new Set<(decisions: Decisions) => void>();
  readonly #hearers = new Set<(news: HouseNews, from: string) => void>();

  constructor(house: string, all: MemoryStores) {
    this.house = house;
    this.#all = all;
  }

  get decisions(): Decisions {
    return this.#all.decisions;
  }

  async decide(by: (decisions: Decisions) => Decisions): Promise<void> {
    this.#all.decide(by);
  }

  onDecisions(tell: (decisions: Decisions) => void): () => void {
    this.#deciders.add(tell);
    return () => this.#deciders.delete(tell);
  }

  tell(news: HouseNews): void {
    this.told.push(news);
    if (this.isThere) this.#all.tell(news, this);
  }

  hear(take: (news: HouseNews, from: string) => void): () => void {
    this.#hearers.add(take);
    return () => this.#hearers.delete(take);
  }

  async close(): Promise<void> {
    this.isThere = false;
  }

  decided(): void {
    for (const tell of this.#deciders) tell(this.decisions);
  }

  take(news: HouseNews, from: string): void {
    for (const take of this.#hearers) take(news, from);
  }
}
