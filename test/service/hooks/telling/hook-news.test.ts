import { expect, test } from 'vitest';
import { Followers } from '../../../../src/service/followers.ts';
import { eventBody, withLosses } from '../../../../src/service/hooks/telling/event-body.ts';
import { HookNews } from '../../../../src/service/hooks/telling/hook-news.ts';
import type { ToldEvent } from '../../../../src/service/hooks/telling/told-event.ts';
import type { AcceptedActivity } from '../../../../src/session/session.ts';
import { FakeFile } from '../../../support/fake-store.ts';
import { FakeStudio } from '../../../support/fake-studio.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

/** Followers of a thread, and what hooks hear. @param wanted - events; undefined for all */
function scene(wanted?: readonly string[]) {
  const followers = new Followers(new RecordingLog());
  const events: ToldEvent[] = [];
  const studio = new FakeStudio(
    {},
    {
      onFlush: () => {},
      onLive: (stream) => followers.onLive(stream),
      onAway: (stream) => followers.onAway(stream),
      onEnd: (stream) => followers.onEnd(stream),
    },
  );
  const { clock } = studio;
  const listener = {
    wants: (event: string) => wanted?.includes(event) ?? true,
    tell: (event: ToldEvent) => events.push(event),
  };
  const publicQuery = (query: string): string => query.replace(/key=[^&]*&?/, '');
  followers.add(new HookNews({ clock, listener, publicQuery }));
  const news = (): unknown[] =>
    events.splice(0).map((event) => {
      const { time, relay, ...body } = eventBody(event, 'edge1');
      expect([relay, Number.isNaN(Date.parse(String(time)))]).toEqual(['edge1', false]);
      return body;
    });
  return { followers, studio, clock, events, news };
}

function activity(facts: Partial<AcceptedActivity> = {}): AcceptedActivity {
  return {
    verb: 'publish',
    key: 'live/cam1',
    identity: 'anna',
    until: Number.POSITIVE_INFINITY,
    query: 'lang=en&key=s3cret',
    isRelay: false,
    session: {
      ...{ id: 'c7', protocol: 'rtmp', address: '192.0.2.1', peer: '192.0.2.1:5000', isTls: false },
      via: undefined,
      ...{ client: 'FMLE/3.0', clientUrls: { tcUrl: 'rtmp://h/live', swfUrl: '', pageUrl: '' } },
    },
    progress: () => ({ ms: 1500.4, bytes: 77 }),
    revoke: () => {},
    ...facts,
  };
}

const peer = {
  stream: 'live/cam1',
  session: 'c7',
  protocol: 'rtmp',
  address: '192.0.2.1',
  client: 'FMLE/3.0',
  tls: false,
  query: 'lang=en&',
  identity: 'anna',
};

test('a publication is told with who it is, and its end with why, how long and how much', () => {
  const { followers, events, news } = scene();
  followers.onBegun(activity());
  followers.onOver(activity(), 'ended');
  const [first, second] = events;
  expect(first?.id).toMatch(/^[\da-f-]{36}$/);
  expect(second?.id).not.toBe(first?.id);
  expect(news()).toEqual([
    { event: 'publish', ...peer, durationMs: 1500, bytes: 77 },
    { event: 'unpublish', ...peer, reason: 'ended', durationMs: 1500, bytes: 77 },
  ]);
});

test('a play likewise; what presets pass on is in no body of ours', () => {
  const { followers, events, news } = scene();
  const play = activity({ verb: 'play', identity: undefined });
  followers.onBegun(play);
  followers.onOver(play, 'stalled');
  expect(JSON.stringify(events)).toContain('s3cret');
  const bodies = news();
  expect(JSON.stringify(bodies)).not.toContain('s3cret');
  expect(bodies).toMatchObject([
    { event: 'play', identity: null },
    { event: 'stop', reason: 'stalled' },
  ]);
});

test('a stream is up from its first media until it is over', () => {
  const { studio, clock, news } = scene(['streamUp', 'streamDown']);
  const publisher = studio.publish();
  expect(news()).toEqual([]);
  publisher.send('K0@0 P1@40');
  expect(news()).toEqual([{ event: 'streamUp', stream: studio.key, durationMs: null }]);
  clock.advance(4000);
  publisher.leave('ended');
  expect(news()).toEqual([{ event: 'streamDown', stream: studio.key, durationMs: 4000 }]);
});

test('an upstream that changes is down, and the other one up', () => {
  const { followers, clock, news } = scene();
  followers.onUpstreamFlowing({ key: 'a', url: 'rtmp://one/a' });
  clock.advance(2000);
  followers.onUpstreamFlowing({ key: 'a', url: 'rtmp://two/a' });
  clock.advance(1000);
  followers.onUpstreamLost('a', 'no frame for 5000 ms');
  expect(news()).toEqual([
    { event: 'upstreamUp', stream: 'a', url: 'rtmp://one/a', reason: null, durationMs: null },
    {
      event: 'upstreamDown',
      stream: 'a',
      url: 'rtmp://one/a',
      reason: 'the stream comes from another server now',
      durationMs: 2000,
    },
    { event: 'upstreamUp', stream: 'a', url: 'rtmp://two/a', reason: null, durationMs: null },
    {
      event: 'upstreamDown',
      stream: 'a',
      url: 'rtmp://two/a',
      reason: 'no frame for 5000 ms',
      durationMs: 1000,
    },
  ]);
});

test('forwards of a stream are told each', () => {
  const { followers, clock, news } = scene();
  followers.onForwardFlowing({ key: 'a', url: 'rtmp://one/live/***' });
  clock.advance(500);
  followers.onForwardFlowing({ key: 'a', url: 'rtmp://two/live/***' });
  clock.advance(500);
  followers.onForwardLost({ key: 'a', url: 'rtmp://one/live/***' }, 'gone');
  expect(news().slice(2)).toEqual([
    { event: 'forwardDown', stream: 'a', url: 'rtmp://one/live/***', reason: 'gone', durationMs: 1000 },
  ]);
});

test('nothing is made of what nobody wants', () => {
  const { followers, events } = scene(['stop']);
  followers.onBegun(activity());
  followers.onOver(activity(), 'ended');
  followers.onForwardFlowing({ key: 'a', url: 'rtmp://one/live/***' });
  expect(events).toEqual([]);
});

test('a body says how many were lost before it', () => {
  expect(withLosses('{"event":"stop"}', 0)).toBe('{"event":"stop"}');
  expect(JSON.parse(withLosses('{"event":"stop"}', 3))).toEqual({ event: 'stop', lost: 3 });
});

test('recordings: what becomes of the files, and of uploads', () => {
  const { followers, news } = scene();
  const { recording } = new FakeFile(
    { stream: 'live/cam1', family: 'FLV', run: 'new', by: 'settings' },
    { onBegun: () => {}, onDrain: () => {}, onEnd: () => {} },
    1,
  );
  const done = { ...recording, durationMs: 1500.4, bytes: 77 };
  followers.onRecordingBegun(recording);
  followers.onRecordingDone(done, 'finished', 'the stream ended');
  followers.onRecordingNotUploaded(done, 'it cannot be read');
  followers.onUploads('down', 'recordings wait');
  followers.onUploads('up', 'recordings are uploaded again');
  followers.onRecordingUploaded(done);
  const { key, run, part } = recording;
  const facts = { stream: 'live/cam1', recording: key, run, part };
  const whole = { ...facts, bytes: 77, durationMs: 1500 };
  const nothing = { stream: '', durationMs: null };
  expect(news()).toEqual([
    { event: 'recordingBegun', ...facts, bytes: 0, outcome: null, reason: null, durationMs: null },
    { event: 'recordingDone', ...whole, outcome: 'finished', reason: 'the stream ended' },
    { event: 'recordingNotUploaded', ...whole, outcome: null, reason: 'it cannot be read' },
    { event: 'uploadsDown', ...nothing, reason: 'recordings wait' },
    { event: 'uploadsUp', ...nothing, reason: null },
    { event: 'recordingUploaded', ...whole, outcome: null, reason: null },
  ]);
});
