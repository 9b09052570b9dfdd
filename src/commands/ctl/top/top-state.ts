import type { RelayStatus, SessionStatus, StreamStatus } from '../../../service/admin/relay-status.ts';

/** Rows and columns of a terminal. */
export interface ScreenSize {
  readonly rows: number;
  readonly columns: number;
}

/** What streams are sorted by; the most, or the first of the alphabet, comes first. */
export const streamOrders = ['players', 'out', 'in', 'lagging', 'name'] as const;

/** One of {@link streamOrders}. */
export type StreamOrder = (typeof streamOrders)[number];

/** What sessions are sorted by; the most, or the longest, comes first. */
export const sessionOrders = ['out', 'backlog', 'age', 'address'] as const;

/** One of {@link sessionOrders}. */
export type SessionOrder = (typeof sessionOrders)[number];

/** A list as far as it was asked for. */
export interface Listed<T> {
  readonly items: readonly T[];
  /** Whether the relay has more than these. */
  readonly isCut: boolean;
}

/** A log line of the relay that somebody should read. */
export interface Warning {
  /** ISO 8601. */
  readonly at: string;
  readonly text: string;
  readonly isError: boolean;
}

/** Who is to be kicked, with a name for people. */
export interface KickTarget {
  readonly by: 'stream' | 'session';
  readonly value: string;
  readonly name: string;
}

/** What the bottom line is for. */
export type Prompt =
  | { readonly at: 'none' }
  | { readonly at: 'help' }
  | { readonly at: 'filter' }
  | { readonly at: 'kick'; readonly target: KickTarget };

/** All that `top` shows. */
export interface TopState {
  readonly relay: RelayStatus;
  readonly streams: Listed<StreamStatus>;
  /** Of the stream that is looked at; undefined until they are known. */
  readonly sessions: Listed<SessionStatus> | undefined;
  /** The oldest first. */
  readonly warnings: readonly Warning[];
  readonly link:
    | { readonly at: 'there' }
    | { readonly at: 'away'; readonly sinceMs: number; readonly problem: string };
  readonly view: { readonly at: 'streams' } | { readonly at: 'sessions'; readonly stream: string };
  readonly streamOrder: StreamOrder;
  readonly sessionOrder: SessionOrder;
  readonly filter: string;
  /** The entry that keys are about, and its place, which the next one takes when it goes. */
  readonly selected: { readonly id: string | undefined; readonly index: number };
  readonly prompt: Prompt;
  /** Said on the bottom line for a while. */
  readonly notice: { readonly text: string; readonly isBad: boolean; readonly untilMs: number } | undefined;
}

/** What `top` shows first. */
export function firstState(relay: RelayStatus, streams: Listed<StreamStatus>): TopState {
  return settled({
    relay,
    streams,
    sessions: undefined,
    warnings: [],
    link: { at: 'there' },
    view: { at: 'streams' },
    streamOrder: 'players',
    sessionOrder: 'out',
    filter: '',
    selected: { id: undefined, index: 0 },
    prompt: { at: 'none' },
    notice: undefined,
  });
}

/** The streams that are shown, in order. */
export function shownStreams({ streams, streamOrder, filter }: TopState): readonly StreamStatus[] {
  const wanted = filter.toLowerCase();
  return streams.items
    .filter(({ stream }) => stream.toLowerCase().includes(wanted))
    .sort((a, b) => streamRank[streamOrder](b) - streamRank[streamOrder](a) || order(a.stream, b.stream));
}

/** The sessions that are shown, in order. */
export function shownSessions({ sessions, sessionOrder, filter }: TopState): readonly SessionStatus[] {
  const wanted = filter.toLowerCase();
  return (sessions?.items ?? [])
    .filter(({ id, address, client, identity, role }) =>
      [id, address, client, identity ?? '', role].some((text) => text.toLowerCase().includes(wanted)),
    )
    .sort((a, b) => compareSessions[sessionOrder](a, b) || order(a.id, b.id));
}

/** Ids of the entries that are shown, in order. */
export function shownIds(state: TopState): readonly string[] {
  return state.view.at === 'streams'
    ? shownStreams(state).map(({ stream }) => stream)
    : shownSessions(state).map(({ id }) => id);
}

/** The state with its selection on an entry that is there: the same as before, or the one that has taken its place. */
export function settled(state: TopState): TopState {
  const ids = shownIds(state);
  const { id, index } = state.selected;
  const found = id === undefined ? -1 : ids.indexOf(id);
  const place = found >= 0 ? found : Math.max(0, Math.min(index, ids.length - 1));
  return { ...state, selected: { id: ids[place], index: place } };
}

const streamRank: Readonly<Record<StreamOrder, (stream: StreamStatus) => number>> = {
  players: ({ players }) => players,
  out: ({ sentBitsPerSecond }) => sentBitsPerSecond ?? 0,
  in: ({ receivedBitsPerSecond }) => receivedBitsPerSecond ?? 0,
  lagging: ({ laggingPlayers }) => laggingPlayers,
  name: () => 0,
};

const compareSessions: Readonly<Record<SessionOrder, (a: SessionStatus, b: SessionStatus) => number>> = {
  out: (a, b) => (b.sentBitsPerSecond ?? 0) - (a.sentBitsPerSecond ?? 0),
  backlog: (a, b) => b.backlogBytes - a.backlogBytes,
  age: (a, b) => Date.parse(a.since) - Date.parse(b.since),
  address: (a, b) => order(a.address, b.address),
};

function order(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
