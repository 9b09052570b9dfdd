import type { AccessRequest, Challenge, Refusal } from '../../session/access.ts';

/** A request as a rule sees it: about one stream, and with only as much of the peer's word as is believed by then. */
export interface Question extends Omit<AccessRequest, 'readings'> {
  /** The stream, by the name that rules before this one may have given it; empty for `connect`. */
  readonly key: string;
  /** The query of the reading that was chosen. */
  readonly query: string;
  /** Who the rules before this one say it is. */
  readonly identity: string | undefined;
  /** By name, the smallest limits that rules before this one have given. */
  readonly limits: Readonly<Record<string, number>>;
  /** Whether the peer says that it is a relay. */
  readonly claimsPath: boolean;
  /** Empty unless a rule before this one has believed it. */
  readonly path: readonly string[];
}

/** What a rule took for a request, such as a share of a limit; given back at the end, whatever the end. */
export interface Lease {
  /** The stream has come that a player waited for. */
  endWait?(): void;
  release(): void;
}

/** What a rule says that has nothing against the request. */
export interface Opinion {
  /** Whether the rule says yes, or leaves that to others. */
  readonly says: 'allow' | 'nothing';
  /** Until when, milliseconds of the clock. */
  readonly until?: number;
  /** Who it is that asks. */
  readonly identity?: string;
  /** By name, how much of something the session may use. */
  readonly limits?: Readonly<Record<string, number>>;
  /** The key that the stream has in truth; rules behind this one judge that, or all others where the rule says so. */
  readonly rename?: string;
  /** It goes by what was shown, which has to hold for as long as this goes on: new settings judge it again. */
  readonly isProof?: true;
  /** After how long it is to be asked again whether this may go on, milliseconds; implies `isProof`. */
  readonly recheckMs?: number;
  /** The peer is a relay: what it says of relays behind it, or before it, is believed. */
  readonly believesPath?: true;
  readonly lease?: Lease;
}

/** What one rule says. */
export type RuleVerdict = Opinion | Refusal | Challenge;

/** One reason to let somebody do something, or not to. */
export interface AccessRule {
  /** For the log. */
  readonly name: string;
  /** Whether a new name that it gives is to be judged by all other rules, once, as if it had been asked for. */
  readonly renamesForAll?: true;
  /**
   * @param signal - the peer has left, nobody waits for the verdict any more; what it took is given back all the same
   */
  judge(question: Question, signal: AbortSignal): RuleVerdict | Promise<RuleVerdict>;
}

/** A rule that goes by the settings alone, and says at once: it can be asked again about what was granted before they changed. */
export interface SettingsRule extends AccessRule {
  judge(question: Pick<Question, 'verb' | 'key' | 'address'>): Opinion | Refusal;
}

/** Whether it is one of many questions of a page that lists streams, whose keys nobody has shown. */
export function isList({ intent, session }: Pick<Question, 'intent' | 'session'>): boolean {
  return intent === 'look' && session === '';
}

/** Has nothing to say. */
export const noOpinion: Opinion = { says: 'nothing' };
