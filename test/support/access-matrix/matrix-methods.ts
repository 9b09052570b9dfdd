/** The methods of the access matrix: how somebody proves that he may, and what is tried with that. */
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
  /** The stream that is live for players; undefined where it is no way to play. */
  readonly live?: string;
  /** What is tried; a sentence where there is nothing to try. @param client - its name, for a stream of its own */
  tryOf(does: Does, situation: Situation, client: string): Try | string;
}

const otherThan = { play: 'publish', publish: 'play' } as const;
const appOf = (key: string): string => key.split('/', 1)[0] ?? '';
const nameOf = (...words: readonly string[]): string => words.join('-').replace(/[^\w-]/g, '');

/** What a method shows for a stream and a verb. */
type Credential = (does: Does, key: string, what: 'right' | 'wrong' | 'expired') => string;

/** A method whose credential stands in the query. @param neverExpires - why it does not */
function byQuery(
  name: string,
  rules: readonly unknown[],
  credential: Credential,
  neverExpires?: string,
): Method {
  return {
    name,
    means: 'query',
    rules,
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

const keys: Readonly<Record<string, string>> = {
  'play key': 'watch-7d1f2c',
  'publish key': 'push-91b0aa',
  'play key-other': 'watch-other-5512',
  'publish key-other': 'push-other-8e01',
};

const keyMethod: Method = byQuery(
  'key',
  ['key', 'key-other'].flatMap((app) =>
    (['play', 'publish'] as const).map((verb) => ({
      match: `${app}/**`,
      verbs: [verb],
      require: [{ type: 'key', values: [keys[`${verb} ${app}`]] }],
    })),
  ),
  (does, key, what) => `key=${what === 'wrong' ? 'guess-000' : keys[`${does} ${appOf(key)}`]}`,
  'a key holds until it is taken out of the settings',
);

const secretNames = ['ffmpeg', 'GStreamer', 'curl'].flatMap((client) =>
  (['right', 'replayed'] as const).map((situation) => nameOf(client, situation)),
);
const secretOf = (name: string): string => `s-4c61f0-${name}`;

const secretStreamKey: Method = {
  name: 'secret',
  rules: [
    {
      match: 'secret/**',
      verbs: ['publish'],
      require: [
        {
          type: 'key',
          streamKeys: Object.fromEntries(secretNames.map((name) => [`secret/${name}`, [secretOf(name)]])),
        },
      ],
    },
    {
      match: 'secret-other/**',
      verbs: ['publish'],
      require: [{ type: 'key', streamKeys: { 'secret-other/cam': [secretOf('elsewhere')] } }],
    },
  ],
  tryOf(does, situation, client) {
    if (does === 'play') return 'players know the public name';
    const publish = (name: string, is: Outcome): Try => ({ key: `secret/${name}`, shows: {}, is });
    switch (situation) {
      case 'right':
      case 'replayed':
        return publish(secretOf(nameOf(client, situation)), 'in');
      case 'wrong':
        return publish(secretOf('guess'), 'out');
      case 'missing':
        return publish(nameOf(client, 'right'), 'out');
      case 'of another stream':
        return publish(secretOf('elsewhere'), 'out');
      case 'expired':
        return 'it holds until it is taken out of the settings';
      case 'of another verb':
        return 'it is a way to publish only';
      case 'duplicated':
        return 'a stream has one name';
      default:
        return situation satisfies never;
    }
  },
};

/** All of them. */
export const methods: readonly Method[] = [keyMethod, secretStreamKey];

/** Everything that must never be seen anywhere. */
export const secrets: readonly string[] = [...Object.values(keys), ...secretNames.map(secretOf)];
