import { hashPassword } from '../../../src/credentials/password-verifiers.ts';
import type { Does, Shown } from './matrix-clients.ts';
import { appOf, byQuery, type Method, nameOf, otherThan, type Try } from './method.ts';

const REALM = 'streampump';

/** A user for each verb and app, and what they know. */
const users = ['play pass', 'publish pass', 'play login', 'publish login', 'play other', 'publish other'].map(
  (what) => ({
    what,
    user: nameOf('user', ...what.split(' ')),
    password: `pw-${nameOf(...what.split(' '))}-c93b`,
  }),
);
const lines = await Promise.all(
  users.map(async ({ what, user, password }) => ({
    what,
    line: await hashPassword(user, password, ['rtmp', 'digest'], REALM),
  })),
);
const changed = 'a password holds until it is changed';

function rulesOf(app: string): readonly unknown[] {
  return (['play', 'publish'] as const).map((verb) => ({
    match: `${app}/**`,
    verbs: [verb],
    require: [
      {
        type: 'password',
        users: lines.filter(({ what }) => what === `${verb} ${app}`).map(({ line }) => line),
        rtmpChallenge: app === 'login' ? ['play', 'publish'] : [],
      },
    ],
  }));
}

function loginOf(does: Does, app: string): { readonly user: string; readonly password: string } {
  const found = users.find(({ what }) => what === `${does} ${app}`);
  if (found === undefined) throw new Error(`nobody may ${does} ${app}`);
  return { user: found.user, password: found.password };
}

/** User and password in the URL. */
export const passwordInUrl: Method = byQuery(
  { name: 'pass', secrets: users.map(({ password }) => password), rules: rulesOf('pass') },
  (does, key, what) => {
    const { user, password } = loginOf(does, appOf(key) === 'pass' ? 'pass' : 'other');
    return `user=${user}&pass=${what === 'wrong' ? 'pw-guess' : password}`;
  },
  changed,
);

/** User and password, when the server asks: RTMP's challenge, HTTP Basic and Digest. */
export const login: Method = {
  name: 'login',
  means: 'login',
  rules: rulesOf('login'),
  secrets: [],
  live: 'login/cam',
  publisher: loginOf('publish', 'login'),
  tryOf(does, situation, client) {
    const key = does === 'play' ? 'login/cam' : `login/${nameOf(client, situation)}`;
    const right = loginOf(does, 'login');
    const shows = (shown: NonNullable<Shown['login']>): Try => ({ key, shows: { login: shown }, is: 'out' });
    switch (situation) {
      case 'right':
        return { ...shows(right), is: 'in' };
      case 'wrong':
        return shows({ ...right, password: 'pw-guess' });
      case 'of another stream':
        return shows(loginOf(does, 'other'));
      case 'of another verb':
        return shows(loginOf(otherThan[does], 'login'));
      case 'missing':
        return { key, shows: {}, is: 'out' };
      case 'expired':
        return changed;
      case 'replayed':
        return 'clients answer each question anew';
      case 'duplicated':
        return 'a client logs in once';
      default:
        return situation satisfies never;
    }
  },
};
