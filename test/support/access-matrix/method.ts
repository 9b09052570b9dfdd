/** What a method of the access matrix is: how somebody proves that he may, and what is tried with that. */
import type { Does, Means, Outcome, Shown } from './matrix-clients.ts';

/** What is tried with a credential. */
export const situations = [
  'right',
  'wrong',
  'expired',
  'of another stream',
  'of another verb',
  'replayed',
  'missing',
  'duplicated',
] as const;

/** One of {@link situations}. */
export type Situation = (typeof situations)[number];

/** A try, with the stream that it is about, and how it ends. */
export interface Try {
  readonly key: string;
  readonly shows: Shown;
  readonly is: Outcome;
}

/** A way to prove that one may. */
export interface Method {
  readonly name: string;
  /** What it takes of a client; undefined where the name of a stream is enough. */
  readonly means?: Means;
  /** Rules for its streams, as in a config. */
  readonly rules: readonly unknown[];
  /** Everything that must never be seen anywhere. */
  readonly secrets: readonly string[];
  /** Hooks for its streams, as in a config. @param url - of a server that allows what shows a {@link ticket} */
  hooks?(url: string): readonly unknown[];
  /** The stream that is live for players; undefined where it is no way to play. */
  readonly live?: string;
  /** Who publishes that stream, where nobody gets as far as to a stream without. */
  readonly publisher?: NonNullable<Shown['login']>;
  /** What is tried; a sentence where there is nothing to try. @param client - its name, for a stream of its own */
  tryOf(does: Does, situation: Situation, client: string): Try | string;
}

/** The other verb. */
export const otherThan = { play: 'publish', publish: 'play' } as const;
/** The first segment of a stream key. */
export const appOf = (key: string): string => key.split('/', 1)[0] ?? '';

/** Words as a segment of a stream key. */
export const nameOf = (...words: readonly string[]): string => words.join('-').replace(/[^\w-]/g, '');

/** What a method shows for a stream and a verb. */
export type Credential = (does: Does, key: string, what: 'right' | 'wrong' | 'expired') => string;

/** A method whose credential stands in the query. @param neverExpires - why it does not */
export function byQuery(
  { name, rules, secrets, hooks }: Pick<Method, 'name' | 'rules' | 'secrets' | 'hooks'>,
  credential: Credential,
  neverExpires?: string,
): Method {
  return {
    name,
    means: 'query',
    rules,
    secrets,
    ...(hooks === undefined ? {} : { hooks }),
    live: `${name}/cam`,
    tryOf(does, situation, client) {
      const key = does === 'play' ? `${name}/cam` : `${name}/${nameOf(client, situation)}`;
      const shows = (query: string, is: Outcome): Try => ({ key, shows: { query }, is });
      const right = credential(does, key, 'right');
      switch (situation) {
        case 'right':
        case 'replayed':
          return shows(right, 'in');
        case 'wrong':
          return shows(credential(does, key, 'wrong'), 'out');
        case 'expired':
          return neverExpires ?? shows(credential(does, key, 'expired'), 'out');
        case 'of another stream':
          return shows(credential(does, `${name}-other/cam`, 'right'), 'out');
        case 'of another verb':
          return shows(credential(otherThan[does], key, 'right'), 'out');
        case 'missing':
          return { key, shows: {}, is: 'out' };
        case 'duplicated':
          return shows(`${right}&${right}`, 'out');
        default:
          return situation satisfies never;
      }
    },
  };
}
