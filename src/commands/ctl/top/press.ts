import { count } from '../terminal/figures.ts';
import type { Key } from './key-reader.ts';
import {
  type KickTarget,
  sessionOrders,
  settled,
  shownIds,
  shownSessions,
  shownStreams,
  streamOrders,
  type TopState,
} from './top-state.ts';

/** What a key has somebody do besides changing what is shown. */
export type Deed =
  | { readonly do: 'quit' }
  | { readonly do: 'pause' }
  | { readonly do: 'redraw' }
  /** What is shown has to be asked for. */
  | { readonly do: 'look' }
  | { readonly do: 'kick'; readonly target: KickTarget; readonly isBanned: boolean };

/** What comes of a key. */
export interface Pressed {
  readonly state: TopState;
  readonly deed?: Deed;
}

/** A filter has at most so many characters. */
const MAX_FILTER = 100;

/** What comes of a key. @param pageRows - rows that the list has on the screen */
export function press(state: TopState, key: Key, pageRows: number): Pressed {
  if (key === 'ctrl-c') return { state, deed: { do: 'quit' } };
  if (key === 'ctrl-z') return { state, deed: { do: 'pause' } };
  if (key === 'ctrl-l') return { state, deed: { do: 'redraw' } };
  const { prompt } = state;
  switch (prompt.at) {
    case 'filter':
      return { state: type(state, key) };
    case 'kick':
      return answer(state, prompt.target, key);
    case 'help':
      return { state: { ...state, prompt: { at: 'none' } } };
    default:
      return typeof key === 'string' ? move(state, key, pageRows) : choose(state, key.text);
  }
}

function type(state: TopState, key: Key): TopState {
  if (key === 'enter') return { ...state, prompt: { at: 'none' } };
  if (key === 'escape') return settled({ ...state, filter: '', prompt: { at: 'none' } });
  const { filter } = state;
  if (key === 'backspace') return settled({ ...state, filter: [...filter].slice(0, -1).join('') });
  if (typeof key === 'string' || filter.length >= MAX_FILTER) return state;
  return settled({ ...state, filter: filter + key.text });
}

function answer(state: TopState, target: KickTarget, key: Key): Pressed {
  const done: TopState = { ...state, prompt: { at: 'none' } };
  const text = typeof key === 'string' ? '' : key.text.toLowerCase();
  if (text === 'y' || text === 'b')
    return { state: done, deed: { do: 'kick', target, isBanned: text === 'b' } };
  return { state: done };
}

function move(state: TopState, key: Exclude<Key, object>, pageRows: number): Pressed {
  const { view, filter } = state;
  switch (key) {
    case 'up':
      return { state: step(state, -1) };
    case 'down':
      return { state: step(state, 1) };
    case 'pageUp':
      return { state: step(state, -pageRows) };
    case 'pageDown':
      return { state: step(state, pageRows) };
    case 'home':
      return { state: step(state, Number.NEGATIVE_INFINITY) };
    case 'end':
      return { state: step(state, Number.POSITIVE_INFINITY) };
    case 'enter':
    case 'right':
      return open(state);
    case 'escape':
    case 'backspace':
    case 'left':
      if (filter !== '' && key === 'escape') return { state: settled({ ...state, filter: '' }) };
      return view.at === 'sessions' ? back(state, view.stream) : { state };
    case 'delete':
      return { state: ask(state) };
    default:
      return { state };
  }
}

function choose(state: TopState, text: string): Pressed {
  switch (text) {
    case 'q':
      return { state, deed: { do: 'quit' } };
    case '?':
    case 'h':
      return { state: { ...state, prompt: { at: 'help' } } };
    case '/':
      return { state: { ...state, prompt: { at: 'filter' } } };
    case 's':
      return { state: settled(reordered(state, 1)) };
    case 'S':
      return { state: settled(reordered(state, -1)) };
    case 'k':
      return { state: ask(state) };
    default:
      return { state };
  }
}

function step(state: TopState, by: number): TopState {
  const ids = shownIds(state);
  const index = Math.max(0, Math.min(state.selected.index + by, ids.length - 1));
  return { ...state, selected: { id: ids[index], index } };
}

function open(state: TopState): Pressed {
  const { view, selected } = state;
  if (view.at === 'sessions' || selected.id === undefined) return { state };
  const opened: TopState = {
    ...state,
    view: { at: 'sessions', stream: selected.id },
    sessions: undefined,
    filter: '',
    selected: { id: undefined, index: 0 },
  };
  return { state: opened, deed: { do: 'look' } };
}

function back(state: TopState, stream: string): Pressed {
  const closed: TopState = {
    ...state,
    view: { at: 'streams' },
    sessions: undefined,
    filter: '',
    selected: { id: stream, index: 0 },
  };
  return { state: settled(closed) };
}

function reordered(state: TopState, by: 1 | -1): TopState {
  const next = <T>(orders: readonly T[], order: T): T =>
    orders[(orders.indexOf(order) + by + orders.length) % orders.length] ?? order;
  return state.view.at === 'streams'
    ? { ...state, streamOrder: next(streamOrders, state.streamOrder) }
    : { ...state, sessionOrder: next(sessionOrders, state.sessionOrder) };
}

/** Asks before anybody is kicked. */
function ask(state: TopState): TopState {
  const target = targetOf(state);
  return target === undefined ? state : { ...state, prompt: { at: 'kick', target } };
}

function targetOf(state: TopState): KickTarget | undefined {
  const { view, selected } = state;
  if (view.at === 'streams') {
    const stream = shownStreams(state).find((shown) => shown.stream === selected.id);
    if (stream === undefined) return undefined;
    const players = stream.players === 1 ? '1 player' : `${count(stream.players)} players`;
    return { by: 'stream', value: stream.stream, name: `all of ${stream.stream} (${players})` };
  }
  const session = shownSessions(state).find(({ id }) => id === selected.id);
  if (session === undefined) return undefined;
  const { id, role, address } = session;
  return { by: 'session', value: id, name: `${id} (${role}, ${address})` };
}
