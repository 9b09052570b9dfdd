import { matchesScrypt } from '../../src/credentials/scrypt-hash.ts';
import {
  IssuedChallenges,
  newChallengeSecret,
} from '../../src/service/access/credentials/issued-challenges.ts';
import { KeySets } from '../../src/service/access/credentials/key-sets/key-sets.ts';
import { PasswordQueue } from '../../src/service/access/credentials/password-queue.ts';
import type { VerifierParts } from '../../src/service/access/credentials/verifier.ts';
import type { Question } from '../../src/service/access/rule.ts';
import type { AccessRequest } from '../../src/session/access.ts';
import { connectStraight } from '../../src/session/upstream/server-connector.ts';
import { FakeClock } from './fake-clock.ts';
import { RecordingLog } from './recording-log.ts';

/** A request to play live/a over RTMP from a documentation address. */
export function requestOf(request: Partial<AccessRequest> = {}): AccessRequest {
  return {
    verb: 'play',
    readings: [{ key: 'live/a', query: '' }],
    credentials: {},
    address: '192.0.2.1',
    protocol: 'rtmp',
    client: '',
    origin: undefined,
    isTls: false,
    session: 's1',
    path: [],
    intent: 'begin',
    ...request,
  };
}

/** The same, as a rule sees it. */
export function questionOf(question: Partial<Question> = {}): Question {
  const { path = [], identity, limits = {}, claimsPath = path.length > 0 } = question;
  return { key: 'live/a', query: '', ...requestOf(question), claimsPath, path, identity, limits };
}

/** What verifiers are made with, for a relay called ottawa. */
export function verifierParts(
  parts: Partial<VerifierParts> = {},
): VerifierParts & { readonly keySets: KeySets } {
  const { clock = new FakeClock() } = parts;
  const challenges = new IssuedChallenges(newChallengeSecret(), () => 1_800_000_000 + clock.now() / 1000);
  const passwords = new PasswordQueue(clock, matchesScrypt);
  const keySets = new KeySets({ clock, log: new RecordingLog(), connect: connectStraight });
  return { clock, wallMs: Date.now, relayName: 'ottawa', passwords, challenges, ...parts, keySets };
}
