import { expect, test } from 'vitest';
import { StreamRecorder } from '../../../src/service/recording/stream-recorder.ts';
import type { Frame } from '../../../src/stream/frame.ts';
import { wordOf } from '../../support/fake-media.ts';
import { type FakeFile, FakeStore } from '../../support/fake-store.ts';
import { FakeStudio } from '../../support/fake-studio.ts';
import { RecordingLog } from '../../support/recording-log.ts';

/** A stream that is recorded from its first frame on. */
class Scene {
  readonly studio = new FakeStudio();
  readonly publisher = this.studio.publish();
  readonly store = new FakeStore();
  isStoreThere = true;
  readonly told: string[] = [];
  readonly recorder: StreamRecorder;

  constructor({ maxDurationMs = 3_600_000, maxBytes = 2 ** 40, maxQueueBytes = 2 ** 20 } = {}) {
    this.publisher.send('M1@0 VH1@0 AH1@0 K1@0 A1@10');
    const scene = this;
    this.recorder = new StreamRecorder(
      this.studio.stream,
      { run: 'new', by: 'settings' },
      {
        ...{ clock: this.studio.clock, log: new RecordingLog() },
        settings: { segment: { maxDurationMs, maxBytes }, maxQueueBytes },
        get store() {
          return scene.isStoreThere ? scene.store : undefined;
        },
        onOpen: () => {},
        onClosed: () => {},
        onBegun: ({ run, part }) => this.told.push(`begun ${run}.${part}`),
        onDone: ({ run, part }, end, why) => this.told.push(`${end} ${run}.${part}: ${why}`),
        onGap: (stream, frames) => this.told.push(`${stream} lacks ${frames}`),
        onWritten: () => {},
      },
    );
  }

  /** What each file was given, a word a frame. */
  get files(): string[] {
    return this.store.files.map(wordsOf);
  }
}

function wordsOf({ frames }: FakeFile): string {
  return frames.map((frame) => (frame === 'gap' ? 'gap' : wordOf(frame as Frame))).join(' ');
}

/** Lets what is to be told be told. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a file begins with what there is from the latest keyframe on, and ends with the stream', async () => {
  const scene = new Scene();
  await turn();
  scene.publisher.send('P2@40');
  scene.recorder.stop('the stream ended');
  scene.publisher.send('P3@80');
  await turn();
  expect(scene.files).toEqual(['M1@0 VH1@0 AH1@0 K1@0 A1@10 P2@40']);
  expect(scene.store.files[0]?.wish).toEqual({
    stream: 'live/a',
    family: 'FLV',
    run: 'new',
    part: 1,
    by: 'settings',
  });
  expect(scene.told).toEqual(['begun run0.1', 'finished run0.1: the stream ended']);
});

test('one that is long enough is followed at the next keyframe by the next part, with metadata and headers', async () => {
  const scene = new Scene({ maxDurationMs: 1000 });
  await turn();
  scene.publisher.send('P2@960 P3@1000 VH2@1030 A2@1030 K4@1040 P5@1080');
  await turn();
  expect(scene.files).toEqual([
    'M1@0 VH1@0 AH1@0 K1@0 A1@10 P2@960 P3@1000 VH2@1030 A2@1030',
    'M1@1040 AH1@1040 VH2@1040 K4@1040 P5@1080',
  ]);
  expect(scene.store.files[1]?.wish.run).toBe('run0');
  expect(scene.told).toEqual(['begun run0.1', 'finished run0.1: the next part follows', 'begun run0.2']);
});

test('so is one that is large enough', async () => {
  const scene = new Scene({ maxBytes: 2000 });
  await turn();
  scene.publisher.send('K2@40:1000 K3@80:1000 K4@120:1000');
  await turn();
  expect(scene.files.map((file) => file.split(' ').at(-1))).toEqual(['K3@80', 'K4@120']);
});

test('sound alone is cut at any frame', async () => {
  const studio = new FakeStudio();
  const publisher = studio.publish();
  publisher.send('AH1@0 A1@0');
  const store = new FakeStore();
  const recorder = new StreamRecorder(
    studio.stream,
    { run: 'latest', by: 'settings' },
    {
      ...{ clock: studio.clock, log: new RecordingLog(), store },
      settings: { segment: { maxDurationMs: 1000, maxBytes: 2 ** 40 }, maxQueueBytes: 2 ** 20 },
      ...{ onOpen() {}, onClosed() {}, onBegun() {}, onDone() {}, onGap() {}, onWritten() {} },
    },
  );
  await turn();
  publisher.send('A2@100');
  await turn();
  publisher.send('A3@900 A4@1110 A5@1120');
  expect(store.files.map(wordsOf)).toEqual(['AH1@100 A2@100 A3@900', 'AH1@1110 A4@1110 A5@1120']);
  recorder.stop('enough');
});

test('another publisher goes on in the same file', async () => {
  const scene = new Scene();
  await turn();
  scene.publisher.leave('lost');
  scene.studio.clock.advance(1000);
  scene.studio.publish('again').send('VH7@0 K7@0');
  await turn();
  expect(scene.store.files).toHaveLength(1);
  expect(scene.files[0]).toMatch(/^M1@0 VH1@0 AH1@0 K1@0 A1@10 VH7@\d+ K7@\d+$/);
});

test('what a store does not take in time is left out up to the next keyframe, which is marked', async () => {
  const scene = new Scene({ maxQueueBytes: 11_000 });
  await turn();
  scene.store.hasRoom = false;
  scene.publisher.send('P2@40:1000 P3@80:1000 P4@120:1000 P5@160:1000 P6@200:1000 P7@240:1000');
  expect(scene.files[0]).toMatch(/A1@10 P2@40$/);
  scene.store.drain();
  scene.publisher.send('P8@280 VH2@290 K9@320 P10@360');
  expect(scene.files[0]).toMatch(/ P2@40 P3@80 .*gap M1@320 AH1@320 VH2@320 K9@320 P10@360$/);
  expect(scene.told.at(-1)).toMatch(/^live\/a lacks [1-9]$/);
});

test('a stream that ends is written to its end, be there room or not', async () => {
  const scene = new Scene();
  await turn();
  scene.store.hasRoom = false;
  scene.publisher.send('P2@40 P3@80');
  expect(scene.files[0]).toMatch(/P2@40$/);
  scene.recorder.stop('the stream ended');
  expect(scene.files[0]).toMatch(/P2@40 P3@80$/);
  expect(scene.store.files[0]?.finished).toBe('the stream ended');
});

test('a store that is lost and comes back gets what waits, in the next part, from the next keyframe on', async () => {
  const scene = new Scene();
  await turn();
  scene.isStoreThere = false;
  scene.store.files[0]?.end('lost', 'the store has gone');
  scene.publisher.send('P2@40 K3@80 P4@120');
  expect(scene.store.files).toHaveLength(1);
  scene.isStoreThere = true;
  scene.recorder.onStore();
  await turn();
  expect(scene.files[1]).toBe('M1@80 VH1@80 AH1@80 K3@80 P4@120');
  expect(scene.store.files[1]?.wish).toMatchObject({ run: 'run0', part: 2 });
  expect(scene.told).toEqual(['begun run0.1', 'lost run0.1: the store has gone', 'begun run0.2']);
});

test('after a long time without a store it goes on with what comes by then', async () => {
  const scene = new Scene({ maxQueueBytes: 11_000 });
  await turn();
  scene.isStoreThere = false;
  scene.store.files[0]?.end('lost', 'the store has gone');
  for (let i = 0; i < 20; i++) scene.publisher.send(`K${i}@${100 + i}:1000`);
  scene.isStoreThere = true;
  scene.recorder.onStore();
  scene.publisher.send('P30@400 K31@440 P32@480');
  await turn();
  expect(scene.files[1]).toBe('M1@440 VH1@440 AH1@440 K31@440 P32@480');
  expect(scene.told[2]).toMatch(/^live\/a lacks \d+$/);
});

test('after a file that failed another one is tried later, and later each time', async () => {
  const scene = new Scene();
  scene.store.answers = false;
  await turn();
  scene.store.files[0]?.end('failed', 'EIO');
  scene.publisher.send('K2@40');
  expect(scene.store.files).toHaveLength(1);
  scene.studio.clock.advance(1000);
  expect(scene.store.files).toHaveLength(2);
  scene.store.files[1]?.end('failed', 'EIO');
  scene.studio.clock.advance(1000);
  scene.publisher.send('K3@80');
  expect(scene.store.files).toHaveLength(2);
  scene.studio.clock.advance(1000);
  expect(scene.files[2]).toBe('M1@80 VH1@80 AH1@80 K3@80');
});

test('what comes to its end while there is no store is told as missing', async () => {
  const scene = new Scene();
  await turn();
  scene.isStoreThere = false;
  scene.store.files[0]?.end('lost', 'the store has gone');
  scene.publisher.send('P2@40 K3@80');
  scene.recorder.stop('the stream ended');
  expect(scene.told.at(-1)).toBe('live/a lacks 2');
});
