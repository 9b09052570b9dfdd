import type { Outcome } from './matrix-clients.ts';
import { type Method, nameOf, otherThan, type Try } from './method.ts';

/** A certificate of the client in TLS, which may do what its name says. */
export const certificate: Method = {
  name: 'cert',
  means: 'certificate',
  secrets: [],
  live: 'cert/cam',
  rules: (['play', 'publish'] as const).map((verb) => ({
    match: 'cert/**',
    verbs: [verb],
    require: [{ type: 'certificate', subjects: [`may-${verb}`] }],
  })),
  tryOf(does, situation, client) {
    const key = does === 'play' ? 'cert/cam' : `cert/${nameOf(client, situation)}`;
    const shows = (name: string, is: Outcome): Try => ({ key, shows: { certificate: name }, is });
    switch (situation) {
      case 'right':
      case 'replayed':
        return shows(`may-${does}`, 'in');
      case 'wrong':
        return shows('stranger', 'out');
      case 'of another stream':
        return shows('may-nothing-here', 'out');
      case 'of another verb':
        return shows(`may-${otherThan[does]}`, 'out');
      case 'missing':
        return { key, shows: {}, is: 'out' };
      case 'expired':
        return 'TLS tells when a certificate is over';
      case 'duplicated':
        return 'a connection has one certificate';
      default:
        return situation satisfies never;
    }
  },
};

/** Names of certificates that the relay's authority has signed; `stranger` has signed his own. */
export const certificateNames = ['may-play', 'may-publish', 'may-nothing-here'] as const;
