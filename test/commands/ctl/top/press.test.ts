import { expect, test } from 'vitest';
import type { Key } from '../../../../src/commands/ctl/top/key-reader.ts';
import { type Deed, press } from '../../../../src/commands/ctl/top/press.ts';
import { firstState, settled, shownIds, type TopState } from '../../../../src/commands/ctl/top/top-state.ts';
import { relayAnswer, sessionAnswer, streamAnswer } from '../../../support/ctl-answers.ts';

const streams = [
  streamAnswer('live/cam1', { players: 5, sentBitsPerSecond: 1e6 }),
  streamAnswer('live/cam2', { players: 200, sentBitsPerSecond: 2e6, laggingPlayers: 1 }),
  streamAnswer('live/cam10', { players: 5, sentBitsPerSecond: 9e6 }),
  streamAnswer('tv/news', { players: 0, sentBitsPerSecond: null }),
];
const first = firstState(relayAnswer, { items: streams, isCut: false });

/** Presses one key after the other: names of keys, or one character each. */
function pressed(state: TopState, ...keys: readonly (Key | string)[]): { state: TopState; deeds: Deed[] } {
  const deeds: Deed[] = [];
  let now = state;
  for (const key of keys) {
    const isText = typeof key === 'string' && key.length === 1;
    const { state: next, deed } = press(now, isText ? { text: key } : (key as Key), 10);
    now = next;
    if (deed !== undefined) deeds.push(deed);
  }
  return { state: now, deeds };
}

const sessionsOf = (stream: string): TopState => {
  const { state } = pressed({ ...first, selected: { id: stream, index: 0 } }, 'enter');
  const items = [
    sessionAnswer('c2', { sentBitsPerSecond: 1e6, address: '198.51.100.100', since: '2026-03-01T11:00:00Z' }),
    sessionAnswer('c10', { sentBitsPerSecond: 3e6, address: '198.51.100.20', backlogBytes: 5 }),
    sessionAnswer('c1', { role: 'publisher', sentBitsPerSecond: 0, address: '192.0.2.7', client: 'OBS' }),
  ];
  return settled({ ...state, sessions: { items, isCut: false } });
};

test('streams are sorted by players first, names as people count, and s goes on to the next order', () => {
  expect(shownIds(first)).toEqual(['live/cam2', 'live/cam1', 'live/cam10', 'tv/news']);
  const orders = ['players', 'out', 'in', 'lagging', 'name', 'players'];
  let state = first;
  for (const order of orders) {
    expect(state.streamOrder).toBe(order);
    if (order === 'out') expect(shownIds(state)[0]).toBe('live/cam10');
    if (order === 'name') expect(shownIds(state)[0]).toBe('live/cam1');
    ({ state } = pressed(state, 's'));
  }
  expect(pressed(first, 'S').state.streamOrder).toBe('name');
});

test('the selection stays with its stream when that moves, and goes to the next one when it ends', () => {
  const { state } = pressed(first, 'down');
  expect(state.selected.id).toBe('live/cam1');
  const busier = streams.map((stream) =>
    stream.stream === 'live/cam1' ? { ...stream, players: 999 } : stream,
  );
  const moved = settled({ ...state, streams: { items: busier, isCut: false } });
  expect(moved.selected).toEqual({ id: 'live/cam1', index: 0 });
  const left = settled({ ...state, streams: { items: streams.slice(1), isCut: false } });
  expect(left.selected).toEqual({ id: 'live/cam10', index: 1 });
  expect(settled({ ...state, streams: { items: [], isCut: false } }).selected.id).toBeUndefined();
});

test('keys move the selection, and never beyond the list', () => {
  const places: readonly (readonly [Key, number])[] = [
    ['up', 0],
    ['down', 1],
    ['end', 3],
    ['down', 3],
    ['pageUp', 0],
    ['pageDown', 3],
    ['home', 0],
  ];
  let state = first;
  for (const [key, index] of places) {
    ({ state } = press(state, key, 10));
    expect(state.selected.index, String(key)).toBe(index);
  }
});

test('a filter takes what is typed until Enter, and Escape ends it', () => {
  const { state } = pressed(first, '/', 'C', 'A', 'M', '1', 'enter', 'q');
  expect(shownIds(state)).toEqual(['live/cam1', 'live/cam10']);
  expect(pressed(first, '/', 'q', 'x', 'backspace').state.filter).toBe('q');
  expect(pressed(state, 'escape').state.filter).toBe('');
  expect(shownIds(pressed(first, '/', 'x', 'escape').state)).toHaveLength(4);
  expect(pressed(first, '/', ...'x'.repeat(200)).state.filter).toHaveLength(100);
});

test('Enter shows the sessions of a stream, which have to be asked for, and Escape goes back to it', () => {
  const opened = pressed(first, 'down', 'enter');
  expect(opened.state).toMatchObject({ view: { at: 'sessions', stream: 'live/cam1' }, sessions: undefined });
  expect(opened.deeds).toEqual([{ do: 'look' }]);
  const state = sessionsOf('live/cam1');
  expect(shownIds(state)).toEqual(['c10', 'c2', 'c1']);
  expect(shownIds(pressed(state, 's').state)[0], 'by backlog').toBe('c10');
  expect(shownIds(pressed(state, 's', 's').state)[0], 'by age').toBe('c2');
  expect(shownIds(pressed(state, 's', 's', 's').state)).toEqual(['c1', 'c10', 'c2']);
  expect(shownIds(pressed(state, '/', 'o', 'b', 's').state)).toEqual(['c1']);
  const back = pressed(state, 'escape').state;
  expect(back).toMatchObject({ view: { at: 'streams' }, selected: { id: 'live/cam1' } });
});

test('nobody is kicked without a yes, and who is asked about is who is kicked', () => {
  const asked = pressed(first, 'k').state;
  expect(asked.prompt).toMatchObject({ at: 'kick', target: { name: 'all of live/cam2 (200 players)' } });
  for (const no of ['n', 'enter', 'escape', 'k', 'q', 'delete'] as const)
    expect(pressed(asked, no)).toMatchObject({ state: { prompt: { at: 'none' } }, deeds: [] });
  const gone = settled({ ...asked, streams: { items: streams.slice(2), isCut: false } });
  const target = { by: 'stream', value: 'live/cam2' };
  expect(pressed(gone, 'y').deeds).toMatchObject([{ do: 'kick', target, isBanned: false }]);

  const session = pressed(sessionsOf('live/cam1'), 'down', 'delete', 'b');
  expect(session.deeds).toMatchObject([
    { do: 'kick', target: { by: 'session', value: 'c2' }, isBanned: true },
  ]);
  const nobody = settled({ ...first, streams: { items: [], isCut: false } });
  expect(pressed(nobody, 'k', 'y')).toMatchObject({ state: { prompt: { at: 'none' } }, deeds: [] });
});

test('Ctrl-C quits whatever is asked, q where nothing is', () => {
  for (const before of [[], ['k'], ['/'], ['?']])
    expect(pressed(first, ...before, 'ctrl-c').deeds).toEqual([{ do: 'quit' }]);
  expect(pressed(first, 'q').deeds).toEqual([{ do: 'quit' }]);
  expect(pressed(first, '?').state.prompt).toEqual({ at: 'help' });
  expect(pressed(first, '?', 'q')).toMatchObject({ state: { prompt: { at: 'none' } }, deeds: [] });
  expect(pressed(first, 'ctrl-l', 'ctrl-z').deeds).toEqual([{ do: 'redraw' }, { do: 'pause' }]);
});
