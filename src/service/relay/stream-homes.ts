import type { PullSource } from '../../config/stream-settings.ts';
import type { Source } from '../../stream/source.ts';
import type { Publication, PublishConflict, StreamRegistry } from '../../stream/stream-registry.ts';
import type { Inheritance } from './handover/inheritance.ts';
import type { Pulls } from './pulling/pulls.ts';

/** Where one stream is kept: in this thread, or in another. */
export interface StreamHome {
  readonly key: string;
  /** @param signal - nobody waits for the answer any more: a publication that comes of it has left then */
  publish(
    source: Source,
    signal: AbortSignal,
  ): Publication | PublishConflict | Promise<Publication | PublishConflict>;
  /** A player is there: sees to it that the stream comes to the registry of this thread. */
  demand(pull: PullSource | undefined): void;
}

/** Finds the home of a stream. */
export interface StreamHomes {
  /** The home of the first of these keys that is published, else of the first. @param keys - at least one */
  find(keys: readonly string[]): StreamHome | Promise<StreamHome>;
  /** The home of a stream that was found a moment ago. */
  at(key: string): StreamHome;
}

/** All streams are kept in this thread. */
export class LocalHomes implements StreamHomes {
  readonly #registry: StreamRegistry;
  readonly #pulls: Pulls;
  readonly #inheritance: Pick<Inheritance, 'demand'>;

  constructor(registry: StreamRegistry, pulls: Pulls, inheritance: Pick<Inheritance, 'demand'>) {
    this.#registry = registry;
    this.#pulls = pulls;
    this.#inheritance = inheritance;
  }

  find(keys: readonly string[]): StreamHome {
    return this.at(keys.find((key) => this.#registry.isPublished(key)) ?? keys[0] ?? '');
  }

  /** The home of a stream that is kept here. */
  at(key: string): StreamHome {
    return {
      key,
      publish: (source) => this.#registry.publish(key, source),
      demand: (pull) => {
        if (pull !== undefined) this.#pulls.demand(key, pull);
        else this.#inheritance.demand(key);
      },
    };
  }
}
