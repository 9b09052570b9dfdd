import { hostname } from 'node:os';
import { z } from 'zod';
import { withPort } from '../media-url.ts';
import { type AccessSettings, accessSettings } from './access/access-settings.ts';
import { type AccountSettings, accountSettings } from './account-settings.ts';
import { type AdminSettings, adminSettings } from './admin/admin-settings.ts';
import { type SnmpSettings, snmpSettings } from './admin/snmp-settings.ts';
import { type CallSettings, callSettings } from './calls/call-settings.ts';
import { type HookSettings, hookSettings } from './hooks/hook-settings.ts';
import { type HouseLinkSettings, houseLinkSettings } from './house/house-link-settings.ts';
import { type HttpSettings, httpSettings } from './http-settings.ts';
import { type ListenSettings, listenSettings } from './listen-settings.ts';
import { type AccessLogSettings, accessLogSettings, type LogSettings, logSettings } from './log-settings.ts';
import { reconnectUrlProblem } from './media-url-problems.ts';
import { networkProblem } from './networks.ts';
import { type ProxySettings, proxySettings } from './proxy-settings.ts';
import { type RecordingSettings, recordingSettings } from './recordings/recording-settings.ts';
import { checkedString, integer, isObject, section, settings } from './setting-schema.ts';
import { type ShareSettings, shareSettings } from './share-settings.ts';
import { type StreamSettings, streamSettings } from './stream-settings.ts';
import { type TlsSettings, tlsSettings } from './tls-settings.ts';

/** How long a peer may take, milliseconds, each 1 to 10 minutes. */
export interface DeadlineSettings {
  /** From the accepted connection to the end of the handshake, or of the head of the first HTTP request; default 10,000. */
  readonly handshakeMs: number;
  /** From the handshake to publish or play, between the steps to it, and between two HTTP requests; default 15,000. */
  readonly idleMs: number;
  /** From the accepted connection to its first publish or play, whatever comes in between, and again from the last one's end; default 60,000. */
  readonly pendingMs: number;
  /** From the accepted publish to its first media; while another publisher is live, to a frame that can take over; default 20,000. */
  readonly firstMediaMs: number;
  /** A publisher may send nothing for so long; default 15,000. */
  readonly silenceMs: number;
  /** The same within a push of Windows Media; default 60,000. */
  readonly pushSilenceMs: number;
  /** From the end of such a push to the next one that goes on with it; default 120,000. */
  readonly pushGapMs: number;
  /** Between two pings; default 30,000. */
  readonly pingMs: number;
}

/** Stopping while sessions are open. */
export interface DrainSettings {
  /** What sessions get to end by themselves, milliseconds, 0 to a day; default 10,000. */
  readonly timeoutMs: number;
  /** rtmp:// or rtmps:// URL, with its port, to which clients that can reconnect are sent; null (default): none. */
  readonly reconnectUrl: string | null;
}

/** What peers may use up. */
export interface LimitSettings {
  /** Sessions at a time, 1 to 10 million; null (default): what the open-files limit allows, less a reserve. */
  readonly sessions: number | null;
  /** Sessions at a time of one IPv4 address or IPv6 /64, 1 to 10 million; null (default): no limit of its own. */
  readonly sessionsPerAddress: number | null;
  /** Sessions whose publish or play is not accepted yet, 1 to 10 million; default 2,000. A waiting player is accepted. */
  readonly pendingSessions: number;
  /** The same of one IPv4 address or IPv6 /64; default 200. */
  readonly pendingSessionsPerAddress: number;
  /** Bytes that such sessions together hold of what they sent and were answered, 1 MiB to 1 TiB; default 64 MiB. */
  readonly pendingBytes: number;
  /** The same of one IPv4 address or IPv6 /64; default 16 MiB. */
  readonly pendingBytesPerAddress: number;
  /** Plays of one IPv4 address or IPv6 /64 that wait for a stream that is not there, 1 to 10 million; default 200. */
  readonly waitingPlayersPerAddress: number;
  /** Streams pulled on demand at a time, 1 to 1 million; default 1,000. */
  readonly onDemandPulls: number;
  /** Those of them that one IPv4 address or IPv6 /64 waits for, 1 to 1 million; default 50. */
  readonly pendingPullsPerAddress: number;
  /** Bytes of one RTMP message or FLV tag, 1 KiB to 16 MiB less 1; default 8 MiB. */
  readonly messageBytes: number;
  /** Bytes of incomplete messages that one session holds, 1 KiB to 1 GiB; default 12 MiB. */
  readonly partialBytesPerSession: number;
  /** Chunk streams that one session uses, 4 to 65,598; default 64. */
  readonly chunkStreamsPerSession: number;
  /** Streams that one connection publishes at a time, 1 to 32; default 4. */
  readonly publicationsPerConnection: number;
  /** Messages that one connection may publish in a second in the long run, 10 to 1 million; default 5,000. */
  readonly messagesPerSecond: number;
  /** Plays at a time on one RTMP connection, 1 to 32; default 8. */
  readonly playsPerConnection: number;
  /** Limits on sessions, publishers, players and what is sent, for all, per stream, address or identity; default: one that limits nothing. */
  readonly shares: readonly ShareSettings[];
  /** Streams with metrics of their own, the rest count as one; 0 to 1 million, default 1,000. */
  readonly streamLabels: number;
}

/** Everything an operator can decide about a relay, validated and with the defaults filled in. */
export interface RelaySettings extends AccountSettings {
  /** Shown in metrics, logs and pages, 1 to 255 characters; default (null in the config): the host name. */
  readonly name: string;
  readonly listen: ListenSettings;
  /** Threads that share the listening ports, 1 to 64; `auto`: one per core; default 1. */
  readonly workers: number | 'auto';
  /** First match wins, a key without a match is refused; default: everything may be published. */
  readonly streams: readonly StreamSettings[];
  readonly access: AccessSettings;
  readonly admin: AdminSettings;
  /** Back ends and programs that are asked, or told what happens; default none. */
  readonly hooks: readonly HookSettings[];
  /** What is kept of a stream for players that join late. */
  readonly cache: {
    /** What may be kept per stream, bytes, 0 to 1 GiB; default 16 MiB. */
    readonly maxBytes: number;
    /** What may be kept of all streams together, bytes, 0 to 1 TiB; null (default): a quarter of what V8's heap may grow to. */
    readonly totalBytes: number | null;
    /** Time kept per stream, milliseconds, 0 to 10 minutes; default 30,000. */
    readonly maxDurationMs: number;
    /** How long frames are kept for relays downstream that come back, milliseconds, 0 (not at all) to 2 minutes; default 10,000. */
    readonly resumeMs: number;
    /** Where a player starts: at the latest keyframe (default), or at the next one. */
    readonly lateJoin: 'keyframeGroup' | 'live';
  };
  /** How frames reach the players. */
  readonly fanOut: {
    /** Longest time a frame may wait for its batch, milliseconds, 0 to 1,000; default 100. */
    readonly maxDelayMs: number;
    /** The part of a thread that fan-out may take as long as no frame has to wait that long for it, 0.05 to 1; default 0.25. */
    readonly cpuShare: number;
    /** Bytes of backlog from which on a player is lagging, 64 KiB to 1 GiB; default 8 MiB. */
    readonly maxBacklogBytes: number;
    /** Media time of backlog from which on a player is lagging, milliseconds, 100 to 10 minutes; default 10,000. */
    readonly maxBacklogMs: number;
    /** A player whose socket takes nothing for so long is disconnected, milliseconds, 1 to 10 minutes; default 15,000. */
    readonly stallTimeoutMs: number;
  };
  /** Publishers of streams with a push source. */
  readonly publish: {
    /** Who wins when a second publisher comes: the new one (`takeover`, default) or the old one (`reject`). */
    readonly onConflict: 'takeover' | 'reject';
    /** How long players are kept for a publisher that lost its connection, milliseconds, 0 to 10 minutes; default 10,000. */
    readonly graceMs: number;
  };
  /** Players. */
  readonly play: {
    /** How long a player waits for a stream that is not there yet, milliseconds, 0 to 10 minutes; default 15,000. */
    readonly waitMs: number;
  };
  readonly deadlines: DeadlineSettings;
  readonly drain: DrainSettings;
  readonly http: HttpSettings;
  readonly tls: TlsSettings;
  readonly proxy: ProxySettings;
  /**
   * Networks of proxies and load balancers whose connections begin with a PROXY protocol header, version 1 or 2, on every listener
   * but admin; default: none. Without a valid header they are closed; who is in none of them is not believed.
   */
  readonly proxyProtocol: readonly string[];
  readonly limits: LimitSettings;
  readonly calls: CallSettings;
  /** Where streams are recorded; null (default): nowhere, and nothing recorded is played. */
  readonly recordings: RecordingSettings | null;
  /** The house that the relay belongs to; null (default): none. */
  readonly house: HouseLinkSettings | null;
  /** The SNMP agent; null (default): there is none. */
  readonly snmp: SnmpSettings | null;
  readonly log: LogSettings;
  readonly accessLog: AccessLogSettings;
}

const kib = 2 ** 10;
const mib = 2 ** 20;
const gib = 2 ** 30;
const tenMinutesMs = 600_000;
const dayMs = 86_400_000;
const maxSessions = 10_000_000;

/** Schema of `name`. */
export const serviceName: z.ZodType<string> = checkedString(nameProblem, 'name')
  .nullable()
  .default(null)
  .transform((name) => name ?? hostname());

/** Schema of `deadlines`. */
export const deadlineSettings: z.ZodType<DeadlineSettings> = section<DeadlineSettings>({
  handshakeMs: integer(1, tenMinutesMs, 10_000),
  idleMs: integer(1, tenMinutesMs, 15_000),
  pendingMs: integer(1, tenMinutesMs, 60_000),
  firstMediaMs: integer(1, tenMinutesMs, 20_000),
  silenceMs: integer(1, tenMinutesMs, 15_000),
  pushSilenceMs: integer(1, tenMinutesMs, 60_000),
  pushGapMs: integer(1, tenMinutesMs, 120_000),
  pingMs: integer(1, tenMinutesMs, 30_000),
});

/** Schema of `drain`. */
export const drainSettings: z.ZodType<DrainSettings> = section<DrainSettings>({
  timeoutMs: integer(0, dayMs, 10_000),
  reconnectUrl: checkedString(reconnectUrlProblem, 'URL').transform(withPort).nullable().default(null),
});

/** Schemas of all limits. */
export const limitSchemas: { readonly [Name in keyof LimitSettings]: z.ZodType<LimitSettings[Name]> } = {
  sessions: z.int().min(1).max(maxSessions).nullable().default(null),
  sessionsPerAddress: z.int().min(1).max(maxSessions).nullable().default(null),
  pendingSessions: integer(1, maxSessions, 2000),
  pendingSessionsPerAddress: integer(1, maxSessions, 200),
  pendingBytes: integer(mib, 1024 * gib, 64 * mib),
  pendingBytesPerAddress: integer(mib, 1024 * gib, 16 * mib),
  waitingPlayersPerAddress: integer(1, maxSessions, 200),
  onDemandPulls: integer(1, 1_000_000, 1000),
  pendingPullsPerAddress: integer(1, 1_000_000, 50),
  messageBytes: integer(kib, 16 * mib - 1, 8 * mib),
  partialBytesPerSession: integer(kib, gib, 12 * mib),
  chunkStreamsPerSession: integer(4, 65_598, 64),
  publicationsPerConnection: integer(1, 32, 4),
  messagesPerSecond: integer(10, 1_000_000, 5000),
  playsPerConnection: integer(1, 32, 8),
  shares: shareSettings,
  streamLabels: integer(0, 1_000_000, 1000),
};

/** Schema of `relay.config.json`. */
export const relaySettings: z.ZodType<RelaySettings> = settings<RelaySettings>({
  name: serviceName,
  listen: listenSettings({ rtmp: 1935, rtmps: 1936, http: 8080, https: 8443, admin: 9935 }),
  workers: z.union([z.int().min(1).max(64), z.literal('auto')]).default(1),
  ...accountSettings,
  streams: streamSettings,
  access: accessSettings,
  admin: adminSettings,
  hooks: hookSettings,
  cache: section<RelaySettings['cache']>({
    maxBytes: integer(0, gib, 16 * mib),
    totalBytes: z
      .int()
      .min(0)
      .max(2 ** 40)
      .nullable()
      .default(null),
    maxDurationMs: integer(0, tenMinutesMs, 30_000),
    resumeMs: integer(0, 120_000, 10_000),
    lateJoin: z.enum(['keyframeGroup', 'live']).default('keyframeGroup'),
  }),
  fanOut: section<RelaySettings['fanOut']>({
    maxDelayMs: integer(0, 1000, 100),
    cpuShare: z.number().min(0.05).max(1).default(0.25),
    maxBacklogBytes: integer(64 * kib, gib, 8 * mib),
    maxBacklogMs: integer(100, tenMinutesMs, 10_000),
    stallTimeoutMs: integer(1, tenMinutesMs, 15_000),
  }),
  publish: section<RelaySettings['publish']>({
    onConflict: z.enum(['takeover', 'reject']).default('takeover'),
    graceMs: integer(0, tenMinutesMs, 10_000),
  }),
  play: section<RelaySettings['play']>({
    waitMs: integer(0, tenMinutesMs, 15_000),
  }),
  deadlines: deadlineSettings,
  drain: drainSettings,
  http: httpSettings,
  tls: tlsSettings,
  proxy: proxySettings,
  proxyProtocol: z.array(checkedString(networkProblem, 'network')).default([]),
  limits: section<LimitSettings>(limitSchemas),
  calls: callSettings,
  recordings: recordingSettings,
  house: houseLinkSettings,
  snmp: snmpSettings,
  log: logSettings,
  accessLog: accessLogSettings,
}).superRefine(tellUnrecorded, { when: isObject });

/** Tells the streams that are to be recorded where nothing is. @param wanted - perhaps with faults */
function tellUnrecorded({ recordings, streams }: RelaySettings, context: z.core.$RefinementCtx): void {
  if (recordings !== null || !Array.isArray(streams)) return;
  const message = 'expected "onWish" or "never", because there is no recordings.folder';
  for (const [index, entry] of streams.entries())
    if (entry?.record === 'always')
      context.addIssue({ code: 'custom', path: ['streams', index, 'record'], message });
}

function nameProblem(name: string): string | undefined {
  if (/^\P{Cc}{1,255}$/u.test(name)) return undefined;
  return 'expected 1 to 255 characters, none of them a control character';
}
