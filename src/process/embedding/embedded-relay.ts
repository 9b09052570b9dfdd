import { KeyPattern } from '../../config/key-pattern.ts';
import { type RelaySettings, relaySettings } from '../../config/relay-settings.ts';
import { ownValue } from '../../config/setting-schema.ts';
import { givenSettings } from '../../config/sources/given-settings.ts';
import { ConfigError } from '../../errors.ts';
import { functionLog, type Log, type LogLine } from '../../log.ts';
import type { ListWish, PageWish } from '../../service/admin/list-wish.ts';
import type { ClientCallWish, ClientSaid, StreamData } from '../../service/admin/relay-changes.ts';
import type {
  ListPart,
  RelayStatus,
  SessionStatus,
  StreamExplanation,
  StreamStatus,
} from '../../service/admin/relay-status.ts';
import type { StreamFollowing } from '../../service/followed-stream.ts';
import { FollowedStreams } from '../../service/followed-streams.ts';
import { functionHooks } from '../../service/hooks/functions/function-hooks.ts';
import type { HookFunction } from '../../service/hooks/functions/hook-function.ts';
import type { Listener } from '../../service/listen/listener.ts';
import { preflight } from '../../service/relay/preflight.ts';
import { Relay } from '../../service/relay/relay.ts';
import type { CallHandlers } from '../../session/calls/call-handlers.ts';
import { systemClock } from '../../stream/clock.ts';
import { heedFaults } from '../heed-faults.ts';

/**
 * The settings of an embedded relay: what relay.config.json may have, as docs/settings.md describes it, with the same defaults and the
 * same messages for what is wrong. Other than there, `admin.socket` is null where nothing is said, and what is about a whole
 * process cannot be set: `workers`, `user`, `group`, and where logs are written.
 */
export type RelayConfig = Readonly<Record<string, unknown>>;

/** A line of the log of an embedded relay. */
export interface RelayLogLine {
  /** How severe it is. */
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** What happened, for programs: see docs/log.md. */
  readonly event: string;
  /** The same for people. Where it is about a peer, it goes on from the peer's name, which is in the field `peer`. */
  readonly text: string;
  /** What it is about, by name; whatever came from a peer is cut, and escaped so that it stays on one line. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What follows streams of an embedded relay, frame by frame. */
export interface RelayFollower
  extends Pick<StreamFollowing, 'onStream'>,
    Partial<Omit<StreamFollowing, 'onStream'>> {
  /** Pattern of the keys of streams that are followed, as in `streams`; default: all. */
  readonly match?: string;
}

/** What an embedded relay has of the program that it is a part of. */
export interface RelayParticipants {
  /** Functions that are asked who may connect, publish and play, before hooks of the settings, or told what happens. */
  readonly hooks?: readonly HookFunction[];
  /** What answers the calls of clients, before any hook: `serviceHandlers` makes it of functions. */
  readonly calls?: CallHandlers;
  /** What follows streams. */
  readonly followers?: readonly RelayFollower[];
  /** Gets the lines of its log, of `log.level` and above; without it they go nowhere. What it throws is not heard. */
  readonly log?: (line: RelayLogLine) => void;
  /** Gets the lines of the access log, each with its line break; without it there is none. */
  readonly accessLog?: (line: string) => void;
}

/** Where an embedded relay listens. */
export interface RelayAddress {
  /** As the settings call it, such as `rtmp`. */
  readonly listener: string;
  /** Its address. */
  readonly host: string;
  /** The port that it has got. */
  readonly port: number;
}

/** A relay that runs as a part of this program. */
export interface EmbeddedRelay extends AsyncDisposable {
  /** Its listeners, in the order of the settings. */
  readonly addresses: readonly RelayAddress[];
  /** How it is doing as a whole. */
  status(): Promise<RelayStatus>;
  /** Streams that somebody publishes, pulls, plays or waits for, by key. */
  streams(wish?: Omit<ListWish, keyof PageWish>): Promise<readonly StreamStatus[]>;
  /** Sessions, in the order in which they came. */
  sessions(wish?: Omit<ListWish, keyof PageWish>): Promise<readonly SessionStatus[]>;
  /** Why a stream is seen or not. @param key - of a stream that need not exist */
  why(key: string): Promise<StreamExplanation>;
  /**
   * Calls a method of a session's client.
   * @param session - its id, as in `sessions()`
   * @returns what the client has answered: a result, or its own word for a fault
   * @throws ChangeRefused when there is no such session, its client cannot be called, or does not answer in time
   */
  callClient(session: string, call: ClientCallWish): Promise<ClientSaid>;
  /**
   * Sends data to those who play a stream now, at its place among the media.
   * @throws ChangeRefused when the stream is not live, none of FLV, or the name means something else
   */
  sendData(stream: string, data: StreamData): Promise<void>;
  /** Its metrics, as Prometheus text. */
  metrics(): Promise<string>;
  /**
   * Takes other settings over, as a reload does.
   * @returns paths of the settings that have changed and wait for another start
   * @throws ConfigError when the settings are wrong: then the old ones hold
   */
  configure(config: RelayConfig): Promise<readonly string[]>;
  /**
   * Stops in good order: nobody new comes in, and who is there may stay until `drain.timeoutMs` is over.
   * @returns how many sessions had to go then
   */
  drain(): Promise<number>;
  /** Stops now. */
  close(): Promise<void>;
}

/**
 * Starts a relay as a part of this program; it listens when the promise resolves. It runs in this thread, hears no signals, never ends the
 * process, and shares nothing with another one beside it.
 * @throws ConfigError with all that is wrong with the settings; an Error whose message says what is wrong with this machine, in the
 *   words of the command: a file that cannot be read, a port that is taken
 */
export async function startRelay(
  config: RelayConfig = {},
  participants: RelayParticipants = {},
): Promise<EmbeddedRelay> {
  const settings = settingsOf(config);
  const { hooks = [], followers = [], calls, accessLog } = participants;
  const log = logOf(settings, participants.log);
  const functions = functionHooks(hooks, systemClock);
  const follow = followers.map((follower, index) => followedBy(follower, index, log));
  heedFaults(await preflight(settings), log);
  const relay = await Relay.start(settings, log, systemClock, {
    functions,
    calls,
    followers: follow,
    accessLog: accessLog && { write: accessLog },
  });
  return handleOf(relay);
}

/** Settings that decide about a whole process, and what an embedded relay can have there. */
const ofProcesses = [
  { path: ['workers'], only: 1 },
  { path: ['user'], only: null },
  { path: ['group'], only: null },
  { path: ['log', 'file'], only: null },
  { path: ['accessLog', 'file'], only: null },
] as const;

/** @throws ConfigError */
function settingsOf(config: RelayConfig): RelaySettings {
  const admin = ownValue(config, 'admin');
  const isSaid = ownValue(admin, 'socket') !== undefined;
  const own =
    isSaid || !isRecord(admin ?? {}) ? config : { ...config, admin: { ...Object(admin), socket: null } };
  const settings = givenSettings(relaySettings, own, SOURCE);
  const wrong = ofProcesses.filter(({ path, only }) => path.reduce<unknown>(ownValue, settings) !== only);
  if (wrong.length === 0) return settings;
  throw new ConfigError(
    wrong.map(({ path, only }) => ({
      source: SOURCE,
      path: path.join('.'),
      problem: `only ${only} is possible where a relay is a part of another program`,
    })),
  );
}

const SOURCE = 'settings';

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function logOf(settings: RelaySettings, write: RelayParticipants['log']): Log {
  const tell = ({ kind: level, event, text, fields }: LogLine): void => {
    try {
      write?.({ level, event, text, fields });
    } catch {
      // whoever logs wants nothing but to go on
    }
  };
  return functionLog(write === undefined ? { ...settings.log, level: 'silent' } : settings.log, tell);
}

/** Without a limit of its own, a follower has that of a player's backlog. */
const MAX_QUEUE_BYTES = 8 * 2 ** 20;

/** @throws ConfigError when its pattern is none */
function followedBy(follower: RelayFollower, index: number, log: Log): FollowedStreams {
  const { match = '**', maxQueueBytes = MAX_QUEUE_BYTES, isAudience = false } = follower;
  const problem = KeyPattern.problem(match);
  if (problem !== undefined)
    throw new ConfigError([
      { source: 'followers', path: `${index}.match`, problem: `${problem}, got ${match}` },
    ]);
  const onStream = follower.onStream.bind(follower);
  return new FollowedStreams(new KeyPattern(match), { onStream, maxQueueBytes, isAudience }, log);
}

function handleOf(relay: Relay): EmbeddedRelay {
  return {
    addresses: relay.listeners.map(addressOf),
    status: () => relay.status(),
    streams: (wish = {}) => allOf((page) => relay.streams({ ...wish, ...page })),
    sessions: (wish = {}) => allOf((page) => relay.sessions({ ...wish, ...page })),
    why: (key) => relay.why(key),
    callClient: (session, call) => relay.changes.callClient(session, call),
    sendData: (stream, data) => relay.changes.sendData(stream, data),
    metrics: async () => (await relay.metrics()).text,
    configure: async (config) => relay.configure(settingsOf(config)),
    drain: () => relay.drain(),
    close: () => relay.close(),
    [Symbol.asyncDispose]: () => relay.close(),
  };
}

function addressOf({ protocol, address }: Listener): RelayAddress {
  return { listener: protocol, host: address.address, port: address.port };
}

/** So much of a list is looked at in one go. */
const PAGE = 1000;

async function allOf<T>(read: (page: PageWish) => Promise<ListPart<T>>): Promise<readonly T[]> {
  const all: T[] = [];
  for (let after: string | undefined; ; ) {
    const { items, next } = await read({ limit: PAGE, after });
    all.push(...items);
    if (next === null) return all;
    after = next;
  }
}
