import { expect, test } from 'vitest';
import type { RecordWish } from '../../../src/config/recordings/recording-settings.ts';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { Followers } from '../../../src/service/followers.ts';
import { Recorder } from '../../../src/service/recording/recorder.ts';
import type { WishedRecording } from '../../../src/stream/source.ts';
import { frames } from '../../support/fake-media.ts';
import { FakeFile, FakeStore } from '../../support/fake-store.ts';
import { FakeStudio } from '../../support/fake-studio.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const { recordings } = relaySettings.parse({ recordings: { folder: '/films' } });

/** A recorder that hears of a stream. */
class Scene {
  readonly log = new RecordingLog();
  readonly followers = new Followers(this.log);
  readonly studio = new FakeStudio(
    {},
    {
      onFlush: () => {},
      onLive: (stream) => this.followers.onLive(stream),
      onAway: (stream) => this.followers.onAway(stream),
      onEnd: (stream) => this.followers.onEnd(stream),
    },
  );
  readonly store = new FakeStore();
  /** What followers were told. */
  readonly told: string[] = [];
  wish: RecordWish;
  readonly recorder: Recorder;

  constructor(wish: RecordWish, tellsStore = true) {
    this.wish = wish;
    if (recordings === null) throw new Error('there is a folder');
    this.recorder = new Recorder(recordings, {
      ...{ clock: this.studio.clock, log: this.log, news: this.followers, tellsStore },
      wishOf: () => this.wish,
    });
    this.followers.add(this.recorder);
    this.followers.add({
      onRecordingBegun: ({ run, part }) => this.told.push(`begun ${run}.${part}`),
      onRecordingDone: ({ run, part }, end) => this.told.push(`${end} ${run}.${part}`),
      onStore: (state) => this.told.push(state),
      onRecordingUploaded: ({ key }) => this.told.push(`uploaded ${key}`),
      onRecordingNotUploaded: ({ key }, why) => this.told.push(`not uploaded ${key}: ${why}`),
      onUploads: (state) => this.told.push(`uploads ${state}`),
    });
    this.recorder.connect(this.store);
  }

  /** Publishes, perhaps with a wish. @returns what the publisher hears of it */
  publish(recording?: Pick<WishedRecording, 'run'>): string[] {
    this.studio.clock.advance(60_000); // who has taken a stream over has it for a while
    const heard: string[] = [];
    const onState: WishedRecording['onState'] = (state) => heard.push(state);
    const publication = this.studio.registry.publish(this.studio.key, {
      address: 'encoder',
      recording: recording && { ...recording, by: 'publisher:ann@192.0.2.7', onState },
      onReplaced: () => {},
    });
    if ('conflict' in publication) throw new Error(publication.conflict);
    for (const frame of frames('VH1@0 K1@0 P2@40')) publication.receive(frame);
    return heard;
  }

  get wishes(): string[] {
    return this.store.files.map(({ wish: { run, by } }) => `${run} for ${by}`);
  }
}

const quiet = { onBegun: () => {}, onDrain: () => {}, onEnd: () => {} };

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a stream that is always recorded is from its beginning to its end', async () => {
  const scene = new Scene('always');
  scene.publish();
  await turn();
  scene.studio.stream.end('ended');
  await turn();
  expect(scene.wishes).toEqual(['new for settings']);
  expect(scene.told).toEqual(['begun run0.1', 'finished run0.1']);
});

test.for([
  { run: 'new', wishes: ['new for publisher:ann@192.0.2.7'] },
  { run: 'latest', wishes: ['latest for publisher:ann@192.0.2.7'] },
] as const)('a publisher that wishes it ($run) is told that it is', async ({ run, wishes }) => {
  const scene = new Scene('onWish');
  const heard = scene.publish({ run });
  await turn();
  expect([scene.wishes, heard]).toEqual([wishes, ['started']]);
});

test('without a wish, or against the settings, nothing is recorded', async () => {
  const onWish = new Scene('onWish');
  onWish.publish();
  const never = new Scene('never');
  never.publish({ run: 'new' });
  expect(never.recorder.start('live/a', { run: 'new', by: 'api:ann' })).toBe('never');
  expect([onWish.wishes, never.wishes]).toEqual([[], []]);
});

test('an operator begins and ends it; what an operator has ended stays so, also where it is always recorded', async () => {
  const scene = new Scene('always');
  expect(scene.recorder.start('live/a', { run: 'new', by: 'api:ann' })).toBe('no-stream');
  const heard = scene.publish({ run: 'new' });
  await turn();
  expect(scene.recorder.start('live/a', { run: 'new', by: 'api:ann' })).toBe('going-on');
  expect([scene.recorder.stop('live/a'), scene.recorder.stop('live/a')]).toEqual([true, false]);
  scene.publish();
  await turn();
  expect([scene.wishes.length, heard]).toEqual([1, ['started', 'stopped']]);
  expect(scene.recorder.start('live/a', { run: 'latest', by: 'api:ann' })).toBe('started');
  scene.publish(); // sends a keyframe
  expect(scene.wishes[1]).toBe('latest for api:ann');
});

test('other settings begin and end what they say, and leave alone what somebody has wished', async () => {
  const scene = new Scene('onWish');
  scene.publish();
  scene.wish = 'always';
  if (recordings !== null) scene.recorder.configure(recordings);
  scene.publish();
  await turn();
  scene.wish = 'onWish';
  if (recordings !== null) scene.recorder.configure(recordings);
  await turn();
  expect(scene.told).toEqual(['begun run0.1', 'finished run0.1']);
  scene.recorder.start('live/a', { run: 'new', by: 'api:ann' });
  scene.publish();
  await turn();
  if (recordings !== null) scene.recorder.configure(recordings);
  expect(scene.recorder.sample().open).toBe(1);
});

test('how the store does is told once when it changes, by one thread of several', async () => {
  const [scene, other] = [new Scene('always'), new Scene('always', false)];
  for (const { recorder, store } of [scene, other]) {
    recorder.onState('slow', 'the disk does not answer');
    recorder.onState('slow', 'the disk does not answer');
    recorder.onState('ok', 'the disk answers');
    recorder.onState('gone', 'the connection is over');
    recorder.connect(store);
  }
  expect([scene.told, other.told]).toEqual([['slow', 'ok', 'gone', 'ok'], []]);
  expect(scene.log.find('store-state').map(({ level }) => level)).toEqual(['error', 'info', 'error', 'info']);
});

test('what becomes of uploads is told once, by one thread of several, also when the store has gone meanwhile', () => {
  const [scene, other] = [new Scene('onWish'), new Scene('onWish', false)];
  const { recording } = new FakeFile({ stream: 'live/a', family: 'FLV', run: 'new', by: 'test' }, quiet, 1);
  const { key } = recording;
  for (const { recorder, store } of [scene, other]) {
    recorder.onUpload({ what: 'failed', recording, why: 'it cannot be read' });
    recorder.onUpload({ what: 'down', why: 'recordings wait' });
    recorder.onState('gone', 'the connection is over');
    recorder.connect(store);
    recorder.onUpload({ what: 'down', why: 'recordings wait' });
    recorder.onUpload({ what: 'uploaded', recording });
    recorder.onUpload({ what: 'up', why: 'recordings are uploaded again' });
  }
  const upload = [`not uploaded ${key}: it cannot be read`, 'uploads down', 'uploads up', `uploaded ${key}`];
  expect(scene.told.filter((each) => each.includes('upload'))).toEqual(upload);
  expect(other.told).toEqual([]);
  const about = { stream: 'live/a', recording: key, bytes: 0 };
  expect(scene.log.find('upload')).toMatchObject([
    { level: 'warn', fields: { ...about, outcome: 'failed' } },
    { level: 'info', fields: { ...about, outcome: 'uploaded' } },
  ]);
  expect(scene.log.find('uploads')).toMatchObject([
    { level: 'error', text: 'recordings wait', fields: { state: 'down' } },
    { level: 'info', fields: { state: 'up' } },
  ]);
});

test('a store that does not answer is slow, until it does', async () => {
  const scene = new Scene('always');
  scene.store.isThere = false;
  for (const _ of ['asked', 'asked again']) {
    scene.studio.clock.advance(2000);
    await turn();
  }
  expect([scene.told, scene.recorder.sample().isStoreUp]).toEqual([['slow'], false]);
  scene.store.isThere = true;
  scene.studio.clock.advance(2000);
  await turn();
  expect([scene.told, scene.recorder.sample().isStoreUp]).toEqual([['slow', 'ok'], true]);
});

test('to close it waits for the files that are being finished', async () => {
  const scene = new Scene('always');
  scene.publish();
  await turn();
  scene.store.answers = false;
  let isClosed = false;
  const closed = scene.recorder.close('the relay stops').then(() => {
    isClosed = true;
  });
  await turn();
  expect([isClosed, scene.store.files[0]?.finished]).toEqual([false, 'the relay stops']);
  scene.store.files[0]?.end('finished', '');
  await closed;
});
