import { beforeEach, expect, test } from 'vitest';
import { flvWireForm } from '../../src/family/flv/flv-wire-form.ts';
import { FlvPlay, type FlvPlayOwner } from '../../src/session/flv-play.ts';
import type { SessionContext } from '../../src/session/session.ts';
import type { Refusal } from '../../src/session/stream-gate.ts';
import type { Play } from '../../src/stream/stream-registry.ts';
import { RecordingLog } from '../support/recording-log.ts';

type Answer = Play | Refusal;

let events: string[];
let answer: PromiseWithResolvers<Answer>;
let play: FlvPlay;
const isPresent = { audio: true, video: false };

const granted = (): Play => ({
  key: 'live/a',
  isLive: false,
  stop: () => events.push('stop'),
  pause: () => {},
  change: () => {},
  kinds: () => isPresent,
});

beforeEach(() => {
  events = [];
  answer = Promise.withResolvers<Answer>();
  const owner: FlvPlayOwner = {
    context: {
      address: '127.0.0.1',
      gate: { play: () => answer.promise },
      events: { onPlayerLeft: (reason: string) => events.push(`left ${reason}`) },
    } as unknown as SessionContext,
    log: new RecordingLog(),
    writer: {
      backlogBytes: 7,
      write: (bytes, onTaken) => {
        events.push(`write ${bytes.toString('latin1', 0, 3)}${bytes.length}`);
        onTaken?.();
      },
    },
    sentBytes: 0,
    onPlayAccepted: () => events.push('accepted'),
    onPlayRefused: ({ refused }) => events.push(`refused ${refused}`),
    onPlayStart: (path) => events.push(`start ${path.join()}`),
    onFirstMedia: () => events.push('first media'),
    onPlayEnd: (reason) => events.push(`end ${reason}`),
    onBug: (error) => events.push(`bug ${String(error)}`),
  };
  play = new FlvPlay(owner, {
    reading: { key: 'live/a', query: '' },
    path: [],
    form: flvWireForm.raw,
    client: 'test',
  });
  play.begin();
});

async function settle(settled: Answer): Promise<void> {
  answer.resolve(settled);
  await answer.promise;
  await Promise.resolve();
}

test('media that comes before the answer of the gate waits for it, behind the header', async () => {
  play.onStart(['upstream']);
  play.write(Buffer.from('abc'), () => events.push('taken'));
  play.write(Buffer.from('defg'));
  expect(events).toEqual([]);
  expect(play.role).toBe('pending');
  expect(play.backlogBytes).toBe(14);
  await settle(granted());
  expect(events).toEqual([
    ...['accepted', 'start upstream', 'write FLV13', 'first media'],
    ...['write abc3', 'taken', 'write def4'],
  ]);
  expect(play.role).toBe('player');
  expect(play.backlogBytes).toBe(7);
});

test('so does the end of the stream', async () => {
  play.onStart([]);
  play.write(Buffer.from('abc'));
  play.onEnd('ended');
  await settle(granted());
  expect(events.slice(-3)).toEqual(['write abc3', 'left ended', 'end ended']);
});

test('who goes before the answer is taken off the stream when it comes', async () => {
  play.onStart([]);
  play.leave('closed');
  play.write(Buffer.from('abc'));
  await settle(granted());
  expect(events).toEqual(['stop']);
});

test('who goes before the answer hears no refusal', async () => {
  play.leave('closed');
  await settle({ refused: 'access', description: '' });
  expect(events).toEqual([]);
});

test('a gate that fails is a bug of ours', async () => {
  answer.reject(new Error('no gate'));
  await answer.promise.catch(() => {});
  await Promise.resolve();
  await Promise.resolve();
  expect(events).toEqual(['bug Error: no gate']);
});

test('waits, starts, ends, and says nothing after that', async () => {
  await settle(granted());
  expect(play.role).toBe('waiting');
  play.onStart([]);
  play.onEnd('stalled');
  play.write(Buffer.from('abc'));
  play.onEnd('ended');
  play.leave('closed');
  expect(events).toEqual(['accepted', 'start ', 'write FLV13', 'left stalled', 'end stalled']);
});
