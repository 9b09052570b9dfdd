import { describe, expect, test } from 'vitest';
import { type Follower, Followers } from '../../src/service/followers.ts';
import type { AcceptedActivity, Session } from '../../src/session/session.ts';
import { frames } from '../support/fake-media.ts';
import { FakeStudio } from '../support/fake-studio.ts';
import { RecordingLog } from '../support/recording-log.ts';

/** A follower of everything that notes what it hears. */
function listener(): Follower & { readonly heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    onStreamLive: ({ key }) => heard.push(`live ${key}`),
    onStreamAway: ({ key }) => heard.push(`away ${key}`),
    onStreamMoved: ({ key }) => heard.push(`moved ${key}`),
    onStreamEnded: ({ key }) => heard.push(`ended ${key}`),
    onUpstreamFlowing: ({ key, url }) => heard.push(`${key} from ${url}`),
    onUpstreamMoved: ({ key, url }) => heard.push(`${key} now from ${url}`),
    onUpstreamLost: ({ key, url }, why) => heard.push(`${key} no more from ${url}: ${why}`),
    onForwardFlowing: ({ key, url }) => heard.push(`${key} to ${url}`),
    onForwardLost: ({ key, url }, why) => heard.push(`${key} no more to ${url}: ${why}`),
    onAccepted: ({ id }) => heard.push(`accepted ${id}`),
    onRejected: (reason) => heard.push(`rejected: ${reason}`),
    onFirstMedia: (ms) => heard.push(`media after ${ms}`),
    onReported: ({ clientId, text }) => heard.push(`${clientId} reports ${text}`),
    onBegun: ({ verb, key }) => heard.push(`began to ${verb} ${key}`),
    onOver: ({ verb, key }, reason) => heard.push(`no more to ${verb} ${key}: ${reason}`),
    onClosed: ({ id }) => heard.push(`closed ${id}`),
  };
}

/** Streams of a thread, with somebody who follows them. */
class Scene {
  readonly log = new RecordingLog();
  readonly followers = new Followers(this.log);
  readonly listener = listener();
  readonly studio = new FakeStudio(
    {},
    {
      onFlush: () => {},
      onLive: (stream) => this.followers.onLive(stream),
      onAway: (stream) => this.followers.onAway(stream),
      onEnd: (stream) => this.followers.onEnd(stream),
    },
  );

  constructor() {
    this.followers.add(this.listener);
  }

  /** What was heard since the last look. */
  get news(): string[] {
    return this.listener.heard.splice(0);
  }
}

describe('a stream', () => {
  test('is told of once when media comes and once when it is over', () => {
    const scene = new Scene();
    const publisher = scene.studio.publish();
    expect(scene.news).toEqual([]);
    publisher.send('VH1@0 K1@0 K2@40');
    publisher.leave('ended');
    expect(scene.news).toEqual(['live live/a', 'ended live/a']);
  });

  test('that is lost is away; that comes back, or that another source takes over, has moved', () => {
    const scene = new Scene();
    const publisher = scene.studio.publish();
    publisher.send('K1@0');
    publisher.leave('lost');
    const second = scene.studio.publish('second');
    second.send('K1@0');
    scene.studio.publish('third').send('K1@0');
    expect(scene.news).toEqual(['live live/a', 'away live/a', 'moved live/a', 'moved live/a']);
  });

  test('that was never live is not told of at all', () => {
    const scene = new Scene();
    scene.studio.publish().leave('ended');
    expect(scene.news).toEqual([]);
  });

  test('whose copy is here is told of where it is kept', () => {
    const scene = new Scene();
    const copy = { address: 'worker 1', isCopy: true, onReplaced: () => {} };
    const publication = scene.studio.registry.attach('live/a', copy);
    for (const frame of frames('K1@0')) publication.receive(frame);
    publication.leave('ended');
    expect(scene.news).toEqual([]);
  });

  test('that becomes a copy is over here', () => {
    const scene = new Scene();
    scene.studio.publish().send('K1@0');
    const copy = { address: 'worker 1', isCopy: true, onReplaced: () => {} };
    const publication = scene.studio.registry.attach('live/a', copy);
    for (const frame of frames('K1@0')) publication.receive(frame);
    expect(scene.news).toEqual(['live live/a', 'ended live/a']);
  });
});

test('an upstream is told of when it comes, when another one goes on in its place, and when it is gone', () => {
  const { followers, listener: told } = new Scene();
  followers.onUpstreamLost('a', 'never there');
  followers.onUpstreamFlowing({ key: 'a', url: 'rtmp://first/a' });
  followers.onUpstreamFlowing({ key: 'a', url: 'rtmp://first/a' });
  followers.onUpstreamFlowing({ key: 'a', url: 'rtmp://second/a' });
  followers.onUpstreamLost('a', 'lost');
  followers.onUpstreamLost('a', 'stopped');
  expect(told.heard).toEqual([
    'a from rtmp://first/a',
    'a now from rtmp://second/a',
    'a no more from rtmp://second/a: lost',
  ]);
});

test('forwards and sessions are told of as they say it', () => {
  const { followers, listener: told } = new Scene();
  const session = { id: 's1' } as Session;
  followers.onForwardFlowing({ key: 'a', url: 'rtmp://first/***' });
  followers.onForwardLost({ key: 'a', url: 'rtmp://first/***' }, 'gone');
  followers.onAccepted(session);
  followers.onRejected('access');
  followers.onFirstMedia(30);
  followers.onReported({ session, clientId: 7, text: 'well' });
  const activity = { verb: 'publish', key: 'b' } as AcceptedActivity;
  followers.onBegun(activity);
  followers.onOver(activity, 'closed');
  followers.onClosed(session);
  expect(told.heard).toEqual([
    'a to rtmp://first/***',
    'a no more to rtmp://first/***: gone',
    'accepted s1',
    'rejected: access',
    'media after 30',
    '7 reports well',
    'began to publish b',
    'no more to publish b: closed',
    'closed s1',
  ]);
});

test('one that throws harms nobody, and the log has it as a bug', () => {
  const scene = new Scene();
  const after = listener();
  scene.followers.add({
    onStreamLive: () => {
      throw new RangeError('broken');
    },
  });
  scene.followers.add(after);
  const player = scene.studio.join();
  scene.studio.publish().send('K1@0');
  expect([scene.news, after.heard, player.calls]).toEqual([['live live/a'], ['live live/a'], ['start']]);
  expect(scene.log.find('bug').map(({ text }) => text.split(' at ')[0])).toEqual(['RangeError: broken']);
});

test('one that has left is told nothing more', () => {
  const scene = new Scene();
  const other = listener();
  scene.followers.add(other)();
  scene.studio.publish().send('K1@0');
  expect([scene.news.length, other.heard]).toEqual([1, []]);
});
