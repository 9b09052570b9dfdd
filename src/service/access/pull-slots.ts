import type { Refusal } from '../../session/access.ts';

/**
 * What befell the pull of a stream: it runs (`held`), has brought a frame (`flowing`), was told that there is no such stream
 * (`not-found`). Whoever held its slot lets go of it: `released`, the pull itself too.
 */
export type PullNews = 'held' | 'flowing' | 'not-found' | 'released';

/** The slots that there are for pulls on demand, one for each stream; the whole relay's, however many threads it has. */
export interface PullSlots {
  /**
   * Takes hold of the slot of a stream, until it is released; there may be many who hold it.
   * @param address - whose share it counts to until a frame comes; undefined: nobody's
   * @returns why there is none; undefined when it is held
   */
  take(key: string, address: string | undefined): Refusal | undefined | Promise<Refusal | undefined>;
  /** What `take` would answer now, as far as that is known without asking another thread. */
  look(key: string): Refusal | undefined;
  note(key: string, news: PullNews): void;
}
