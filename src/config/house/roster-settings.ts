import { z } from 'zod';
import { relayKeyProblem } from '../../credentials/relay-key.ts';
import { KeyPattern } from '../key-pattern.ts';
import { networkProblem } from '../networks.ts';
import { checkedString, integer, isObject, section, settings } from '../setting-schema.ts';
import { relayIdProblem } from './house-link-settings.ts';
import { type relayUrlKinds, relayUrlProblem } from './relay-url.ts';
import { judgeEntry, judgeKey, judgeRoster } from './roster-faults.ts';

/** One of `relayUrlKinds`. */
export type RelayUrlKind = (typeof relayUrlKinds)[number];

/** A network whose players a relay serves. */
export interface RelayNetwork {
  /** IPv4 or IPv6, without host bits. */
  readonly cidr: string;
  /** The highest priority wins, -1,000 to 1,000; default 0. */
  readonly priority: number;
}

/** One relay of a fleet. */
export interface RosterEntry {
  /** Unique: 1 to 64 letters, digits and `._-`. */
  readonly id: string;
  /** Shown to people; default: the id. */
  readonly title: string;
  /** Its secret, 16 to 512 characters, or `sha256:...` as `streampump house hash-key` makes it; null where it has a certificate only. */
  readonly key: string | null;
  /** How it proves who it is: by its key (default), by a client certificate whose common name is its id, or by both. */
  readonly auth: 'key' | 'certificate' | 'both';
  /** The relay that it pulls from; null (default): the original sources, or whoever a stream is published to. */
  readonly parent: string | null;
  /** Whose players it serves; default: nobody's. */
  readonly networks: readonly RelayNetwork[];
  /** How much it may serve; null: no limit. */
  readonly limits: { readonly players: number | null; readonly sentBitsPerSecond: number | null };
  /** Base addresses that players, publishers and other relays are sent to, without a slash at the end; null: it cannot be reached that way. */
  readonly urls: { readonly [K in RelayUrlKind]: string | null };
  /** Patterns of the streams that may be published to it; null (default): all where it has no parent, else none. */
  readonly ingest: readonly string[] | null;
  /** Whether connections that the house brings to it begin with a PROXY protocol header; default: no. */
  readonly proxyProtocol: boolean;
  /** Default: yes. */
  readonly enabled: boolean;
}

/** A roster has at most so many relays. */
export const MAX_RELAYS = 10_000;

/** A relay serves at most so many networks. */
const MAX_NETWORKS = 10_000;

const relayId = checkedString(relayIdProblem, 'relay id');
const baseUrl = (kind: RelayUrlKind): z.ZodType<string | null> =>
  checkedString((url) => relayUrlProblem(kind, url), 'URL')
    .transform((url) => url.replace(/\/+$/, ''))
    .nullable()
    .default(null);

const network = settings<RelayNetwork>({
  cidr: checkedString(networkProblem, 'network'),
  priority: integer(-1000, 1000, 0),
});

const entry = settings<Omit<RosterEntry, 'title'> & { readonly title?: string | undefined }>({
  id: relayId,
  title: checkedString(titleProblem, 'title').optional(),
  key: checkedString(relayKeyProblem, 'key').nullable().default(null),
  auth: z.enum(['key', 'certificate', 'both']).default('key'),
  parent: relayId.nullable().default(null),
  networks: z.array(network).max(MAX_NETWORKS, `expected at most ${MAX_NETWORKS} networks`).default([]),
  limits: section<RosterEntry['limits']>({
    players: z.int().min(1).max(10_000_000).nullable().default(null),
    sentBitsPerSecond: z
      .int()
      .min(1)
      .max(10 ** 15)
      .nullable()
      .default(null),
  }),
  urls: section<RosterEntry['urls']>({
    rtmp: baseUrl('rtmp'),
    rtmps: baseUrl('rtmps'),
    http: baseUrl('http'),
    https: baseUrl('https'),
    mmsh: baseUrl('mmsh'),
  }),
  ingest: z
    .array(checkedString(KeyPattern.problem, 'pattern of stream keys'))
    .max(1000, 'expected at most 1000 patterns')
    .nullable()
    .default(null),
  proxyProtocol: z.boolean().default(false),
  enabled: z.boolean().default(true),
});

const judgedEntry = entry.superRefine(judgeEntry, { when: isObject });
const titled = <T extends { readonly id: string; readonly title?: string | undefined }>(one: T) => ({
  ...one,
  title: one.title ?? one.id,
});

/** Schema of a {@link RosterEntry} that has no key yet. */
export const keylessEntry: z.ZodType<RosterEntry> = judgedEntry.transform(titled);

/** Schema of a {@link RosterEntry} by itself: whether its parent is there is not asked. */
export const rosterEntry: z.ZodType<RosterEntry> = judgedEntry
  .superRefine(judgeKey, { when: isObject })
  .transform(titled);

/** Schema of `roster.json`. */
export const rosterSettings: z.ZodType<readonly RosterEntry[]> = z
  .array(rosterEntry)
  .max(MAX_RELAYS, `expected at most ${MAX_RELAYS} relays`)
  .superRefine(judgeRoster, { when: ({ value }) => Array.isArray(value) });

function titleProblem(title: string): string | undefined {
  return /^[^\p{Cc}\p{Zl}\p{Zp}]{1,200}$/u.test(title)
    ? undefined
    : 'expected 1 to 200 characters, all of them visible';
}
