import { describe, expect, test } from 'vitest';
import { isPublication, MessageStreams } from '../../../../src/protocol/rtmp/dialogue/message-streams.ts';

describe('ids', () => {
  test('begin at 1; the lowest free one is given out first', () => {
    const streams = new MessageStreams();
    expect([streams.create(), streams.create(), streams.create()]).toEqual([1, 2, 3]);
    streams.delete(2);
    streams.delete(1);
    expect([streams.create(), streams.create(), streams.create()]).toEqual([1, 2, 4]);
  });

  test('end at 32, until one is deleted', () => {
    const streams = new MessageStreams();
    for (let id = 1; id <= 32; id++) expect(streams.create()).toBe(id);
    expect(streams.create()).toBeUndefined();
    streams.delete(7);
    expect(streams.create()).toBe(7);
    expect(streams.create()).toBeUndefined();
  });

  test('that a client took by itself are not given out', () => {
    const streams = new MessageStreams();
    expect(streams.ask(1, 'play', 'a')).toBe(true);
    expect(streams.create()).toBe(2);
  });

  test('that do not exist can be deleted', () => {
    const streams = new MessageStreams();
    for (const id of [0, 1, 33, 0xffffffff, -1, 1.5, Number.NaN]) streams.delete(id);
    expect(streams.create()).toBe(1);
  });
});

describe('a wish', () => {
  test.each([
    { wish: 'publish', state: 'asksToPublish' },
    { wish: 'play', state: 'asksToPlay' },
  ] as const)('to $wish is noted with the name', ({ wish, state }) => {
    const streams = new MessageStreams();
    const id = streams.create() as number;
    expect([streams.stateOf(id), streams.nameOf(id)]).toEqual(['idle', '']);
    expect(streams.ask(id, wish, 'a?key=1')).toBe(true);
    expect([streams.stateOf(id), streams.nameOf(id)]).toEqual([state, 'a?key=1']);
  });

  test.each([0, 33, 0xffffffff])('on message stream %i is not possible', (id) => {
    const streams = new MessageStreams();
    expect(streams.ask(id, 'publish', 'a')).toBe(false);
    expect([streams.stateOf(id), streams.nameOf(id)]).toEqual(['idle', '']);
  });

  test.each([1, 32])('on message stream %i, which was never created, is', (id) => {
    expect(new MessageStreams().ask(id, 'play', 'a')).toBe(true);
  });

  test('of a client that asks on every message stream does not lead beyond 32', () => {
    const streams = new MessageStreams();
    for (let id = 1; id <= 100; id++) expect(streams.ask(id, 'play', 'a')).toBe(id <= 32);
    expect(streams.create()).toBeUndefined();
  });
});

test('a deleted message stream is idle, has no name, and does not become anything', () => {
  const streams = new MessageStreams();
  streams.ask(1, 'publish', 'a');
  streams.delete(1);
  streams.become(1, 'publishing');
  expect([streams.stateOf(1), streams.nameOf(1)]).toEqual(['idle', '']);
});

test('publications are found by name, and by name only publications', () => {
  const streams = new MessageStreams();
  streams.ask(1, 'publish', 'a');
  streams.ask(2, 'publish', 'a');
  streams.become(2, 'publishing');
  streams.ask(3, 'play', 'a');
  streams.ask(4, 'play', 'a');
  streams.become(4, 'playing');
  streams.ask(5, 'publish', 'b');
  streams.ask(6, 'publish', 'a');
  streams.become(6, 'idle');
  expect([...streams.withPublication('a')]).toEqual([1, 2]);
  expect([...streams.withPublication('c')]).toEqual([]);
});

test.each([
  { state: 'idle', is: false },
  { state: 'asksToPublish', is: true },
  { state: 'publishing', is: true },
  { state: 'asksToPlay', is: false },
  { state: 'playing', is: false },
] as const)('$state is a publication: $is', ({ state, is }) => {
  expect(isPublication(state)).toBe(is);
});
