import { KeyPattern } from '../../config/key-pattern.ts';
import { printable } from '../../log.ts';
import { sessionProtocols, sessionRoles } from '../../session/session.ts';
import { sessionRank } from './session-rank.ts';

/** How many entries an answer has unless it is said, and at most. */
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** Which part of a list is asked for. */
export interface ListWish {
  /** How many entries at most. */
  readonly limit: number;
  /** Only what comes behind this entry. */
  readonly after?: string | undefined;
  /** Only what has to do with streams that match, see {@link KeyPattern}. */
  readonly stream?: string | undefined;
  readonly role?: string | undefined;
  readonly protocol?: string | undefined;
}

/** Why a query is none of those that a list knows. */
export interface WishProblem {
  readonly problem: string;
}

/** The parameters that a list knows; each says what is wrong with a value, if anything is. */
type Parameters = Readonly<Partial<Record<keyof ListWish, (value: string) => string | undefined>>>;

const limit = (value: string): string | undefined =>
  /^\d{1,4}$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_LIMIT
    ? undefined
    : `expected a whole number from 1 to ${MAX_LIMIT}`;

const oneOf =
  (known: readonly string[]) =>
  (value: string): string | undefined =>
    known.includes(value) ? undefined : `expected one of ${known.join(', ')}`;

/** What a list of streams can be asked for. */
export const streamParameters: Parameters = {
  after: (value) => (value === '' ? 'expected the key of a stream' : undefined),
  limit,
  stream: KeyPattern.problem,
};

/** What a list of sessions can be asked for. */
export const sessionParameters: Parameters = {
  after: (value) =>
    sessionRank(value) === undefined ? 'expected the id of a session, such as c12' : undefined,
  limit,
  protocol: oneOf(sessionProtocols),
  role: oneOf(sessionRoles),
  stream: KeyPattern.problem,
};

/** Reads a query. @returns a sentence where it has something that the list does not know, or knows otherwise */
export function readListWish(query: URLSearchParams, parameters: Parameters): ListWish | WishProblem {
  const known = new Map<string, (value: string) => string | undefined>(Object.entries(parameters));
  const read = new Map<string, string>();
  for (const [name, value] of query) {
    const problemOf = known.get(name);
    if (problemOf === undefined)
      return {
        problem: `unknown parameter ${printable(name, 40)}: expected ${[...known.keys()].join(', ')}`,
      };
    if (read.has(name)) return { problem: `${name}: expected once` };
    const problem = problemOf(value);
    if (problem !== undefined) return { problem: `${name}: ${problem}` };
    read.set(name, value);
  }
  return {
    limit: Number(read.get('limit') ?? DEFAULT_LIMIT),
    after: read.get('after'),
    stream: read.get('stream'),
    role: read.get('role'),
    protocol: read.get('protocol'),
  };
}
