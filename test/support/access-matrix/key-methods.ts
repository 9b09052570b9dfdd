import type { Outcome } from './matrix-clients.ts';
import { appOf, byQuery, type Method, nameOf, type Try } from './method.ts';

const keys: Readonly<Record<string, string>> = {
  'play key': 'watch-7d1f2c',
  'publish key': 'push-91b0aa',
  'play key-other': 'watch-other-5512',
  'publish key-other': 'push-other-8e01',
};

/** A key that several may know. */
export const keyMethod: Method = byQuery(
  {
    name: 'key',
    secrets: Object.values(keys),
    rules: ['key', 'key-other'].flatMap((app) =>
      (['play', 'publish'] as const).map((verb) => ({
        match: `${app}/**`,
        verbs: [verb],
        require: [{ type: 'key', values: [keys[`${verb} ${app}`]] }],
      })),
    ),
  },
  (does, key, what) => `key=${what === 'wrong' ? 'guess-000' : keys[`${does} ${appOf(key)}`]}`,
  'a key holds until it is taken out of the settings',
);

const secretNames = ['ffmpeg', 'GStreamer', 'curl'].flatMap((client) =>
  (['right', 'replayed'] as const).map((situation) => nameOf(client, situation)),
);
const secretOf = (name: string): string => `s-4c61f0-${name}`;

/** A stream key that is itself a secret. */
export const secretStreamKey: Method = {
  name: 'secret',
  secrets: secretNames.map(secretOf),
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
      require: [{ type: 'key', streamKeys: { 'secret-other/stage': [secretOf('elsewhere')] } }],
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
