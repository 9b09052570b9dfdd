import type { Refusal } from '../../../session/access.ts';

/**
 * What befell the pull of a stream: it runs (`held`), has brought a frame (`flowing`), was told that there is no such stream
 * (`not-found`). Whoever held its slot lets go of it: `released`, the pull itself too.
 */
export type PullNews = 'held' | 'flowing' | 'not-found' | 'released';

/** The slots that there are for pulls on demand, one for each stream; the whole relay's, however many threads it has. */
export interface PullSlots {
  /** Why a stream cannot have one now, as far as that is known without asking another thread. */
  look(key: string): Refusal | undefined;
  note(key: string, news: PullNews): void;
}
