import { expect, test } from 'vitest';
import { EventNews } from '../../../../src/service/admin/events/event-news.ts';
import type { RelayEvent } from '../../../../src/service/admin/events/relay-event.ts';
import { Followers } from '../../../../src/service/followers.ts';
import type { AcceptedActivity } from '../../../../src/session/session.ts';
import { FakeFile } from '../../../support/fake-store.ts';
import { FakeStudio } from '../../../support/fake-studio.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

/** Followers of a thread, and what those hear who follow its events. */
class Scene {
  readonly followers = new Followers(new RecordingLog());
  readonly events: RelayEvent[] = [];
  readonly studio = new FakeStudio(
    {},
    {
      onFlush: () => {},
      onLive: (stream) => this.followers.onLive(stream),
      onAway: (stream) => this.followers.onAway(stream),
      onEnd: (stream) => this.followers.onEnd(stream),
    },
  );
  readonly news: EventNews;

  constructor(threads = 1) {
    this.news = new EventNews(this.studio.clock, threads, (event) => this.events.push(event));
    this.followers.add(this.news);
  }

  /** Events since the last look, without their times. */
  get heard(): unknown[] {
    return this.events.splice(0).map(({ type, data: { at, ...facts } }) => {
      expect(at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
      return { type, ...facts };
    });
  }
}

const activity: AcceptedActivity = {
  ...{ isRelay: false, verb: 'play', key: 'live/a', identity: 'anna', until: Number.POSITIVE_INFINITY },
  query: 'key=s3cret',
  session: {
    ...{ id: 'c7', protocol: 'rtmp', address: '192.0.2.1', peer: '192.0.2.1:5000', isTls: false },
    ...{ client: 'FMLE/3.0\u001b[2J', clientUrls: undefined, via: undefined },
  },
  progress: () => ({ ms: 1500.4, bytes: 77 }),
  revoke: () => {},
};

test('a stream that comes, is lost, comes back and ends', () => {
  const scene = new Scene();
  const publisher = scene.studio.publish();
  publisher.send('VH1@0 K1@0 K2@40');
  publisher.leave('lost');
  const second = scene.studio.publish('second');
  second.send('K1@0');
  second.leave('ended');
  const facts = { type: 'stream', stream: 'live/a', source: null };
  expect(scene.heard).toEqual(['live', 'away', 'moved', 'ended'].map((what) => ({ ...facts, what })));
});

test('who plays, and for how long, without what it has shown', () => {
  const scene = new Scene();
  scene.followers.onBegun(activity);
  scene.followers.onOver(activity, 'closed');
  const facts = {
    ...{ type: 'session', id: 'c7', verb: 'play', stream: 'live/a', protocol: 'rtmp', address: '192.0.2.1' },
    ...{ client: 'FMLE/3.0\\x1b[2J', identity: 'anna', seconds: 2, bytes: 77 },
  };
  expect(scene.heard).toEqual([
    { ...facts, what: 'begun', reason: null },
    { ...facts, what: 'over', reason: 'closed' },
  ]);
});

test('other servers that bring a stream, or take one', () => {
  const { followers, ...scene } = new Scene();
  followers.onUpstreamFlowing({ key: 'a', url: 'rtmp://first/a' });
  followers.onUpstreamFlowing({ key: 'a', url: 'rtmp://second/a' });
  followers.onUpstreamLost('a', 'it\nleft');
  followers.onForwardFlowing({ key: 'a', url: 'rtmp://there/live/***' });
  followers.onForwardLost({ key: 'a', url: 'rtmp://there/live/***' }, 'gone');
  const told = scene.events.map(({ type, data }) => [
    type,
    data.what,
    data['url' as never],
    data['why' as never],
  ]);
  expect(told).toEqual([
    ['upstream', 'up', 'rtmp://first/a', null],
    ['upstream', 'moved', 'rtmp://second/a', null],
    ['upstream', 'down', 'rtmp://second/a', 'it\\x0aleft'],
    ['forward', 'up', 'rtmp://there/live/***', null],
    ['forward', 'down', 'rtmp://there/live/***', 'gone'],
  ]);
});

test('of a crowd that joins so many are told as a second has room for, and how many were left out', () => {
  const scene = new Scene();
  for (let i = 0; i < 500; i++) scene.followers.onBegun(activity);
  expect(scene.heard.length).toBe(200);
  scene.studio.clock.advance(1000);
  expect(scene.heard).toEqual([{ type: 'gap', what: 'left-out', of: 'session', count: 300 }]);
  scene.followers.onBegun(activity);
  scene.studio.clock.advance(5000);
  expect(scene.heard.length).toBe(1);
});

test('threads share what may be told in a second', () => {
  const scene = new Scene(4);
  for (let i = 0; i < 500; i++) scene.followers.onBegun(activity);
  expect(scene.heard.length).toBe(50);
  scene.news.close();
  scene.studio.clock.advance(5000);
  expect(scene.heard).toEqual([]);
});

test('what becomes of uploads, in words that a terminal may show', () => {
  const scene = new Scene();
  const { recording } = new FakeFile(
    { stream: 'live/a', family: 'FLV', run: 'new', by: 'settings' },
    { onBegun: () => {}, onDrain: () => {}, onEnd: () => {} },
    1,
  );
  const done = { ...recording, bytes: 77 };
  scene.followers.onRecordingNotUploaded(done, 'refused\u001b[2J');
  scene.followers.onUploads('down', 'refused\u001b[2J');
  scene.followers.onUploads('up', 'recordings are uploaded again');
  scene.followers.onRecordingUploaded(done);
  const facts = { type: 'recording', stream: 'live/a', recording: recording.key, outcome: null };
  const file = { seconds: 0, bytes: 77, frames: 0 };
  const why = 'refused\\x1b[2J';
  expect(scene.heard).toEqual([
    { ...facts, ...file, what: 'not-uploaded', why },
    { type: 'uploads', what: 'down', why },
    { type: 'uploads', what: 'up', why: 'recordings are uploaded again' },
    { ...facts, ...file, what: 'uploaded', why: null },
  ]);
});
