import { createHash } from 'node:crypto';
import type { ClientUrls } from '../../../session/access.ts';
import type { Question } from '../../access/rule.ts';

/** What a hook can be asked about. */
export type HookVerb = 'connect' | 'publish' | 'play' | 'record' | 'playback';

/** What a hook is asked, and told of whoever asks. */
export interface HookQuestion {
  readonly event: HookVerb | 'recheck';
  /** What is wanted, also where it is asked again. */
  readonly verb: HookVerb;
  /** The stream key, or that of a recording; empty for `connect`. */
  readonly stream: string;
  readonly session: string;
  readonly protocol: string;
  readonly address: string;
  readonly client: string;
  readonly origin: string | undefined;
  readonly isTls: boolean;
  /** Without what rules take as credentials. */
  readonly query: string;
  /** The query as it was sent; only for presets, whose servers pass it on. */
  readonly sentQuery: string;
  /** Only for presets. */
  readonly clientUrls: ClientUrls | undefined;
  /** What an RTMP client has put behind the command object of connect, an array of JSON; undefined unless it connects. */
  readonly connectArgs: string | undefined;
  /** Who the credentials say it is. */
  readonly identity: string | undefined;
  /** Stands for all that was shown, and is sent to nobody. */
  readonly shown: string;
}

/** A question to hooks; undefined where it is none that concerns them. @param publicQuery - takes what rules take as credentials out */
export function hookQuestionOf(
  question: Question,
  publicQuery: (query: string) => string,
): HookQuestion | undefined {
  const { verb, intent, key, session, protocol, address, client, origin, isTls, query, identity } = question;
  const { clientUrls } = question;
  if (verb === 'pull' || verb === 'forward' || verb === 'operate') return undefined;
  return {
    event: intent === 'again' ? 'recheck' : verb,
    ...{ verb, stream: key, session, protocol, address, client, origin, isTls, identity, clientUrls },
    query: publicQuery(query),
    sentQuery: query,
    connectArgs: question.application?.args,
    shown: JSON.stringify([question.credentials, query]),
  };
}

/**
 * The same for questions that differ in nothing that a hook is told but session and time, by somebody who has shown the same. It
 * holds no secret.
 */
export function fingerprintOf(question: HookQuestion): string {
  const { verb, stream, protocol, address, client, origin, isTls, query, identity, shown } = question;
  const { clientUrls, connectArgs } = question;
  const about = [protocol, address, client, origin, isTls, clientUrls, connectArgs];
  const parts = [verb, stream, query, identity, shown, ...about];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
