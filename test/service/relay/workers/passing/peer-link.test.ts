import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flvFamily } from '../../../../../src/family/flv/flv-family.ts';
import type { ToPeer } from '../../../../../src/service/relay/workers/messages.ts';
import { FrameCodec } from '../../../../../src/service/relay/workers/passing/frame-codec.ts';
import { PeerLink, type PeerLinkEnd } from '../../../../../src/service/relay/workers/passing/peer-link.ts';
import type { Frame } from '../../../../../src/stream/frame.ts';
import { ownMemory } from '../../../../../src/stream/own-memory.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { frames, wordOf } from '../../../../support/fake-media.ts';

/** Two ends of a link in one thread. */
class Scene implements Disposable {
  readonly clock = new FakeClock(1000);
  /** How many messages the first end has posted. */
  posts = 0;
  /** What has come to the second end, as words. */
  readonly came: string[] = [];
  /** The same frames, kept as a stream keeps them. */
  readonly kept: Frame[] = [];
  readonly near: PeerLink;
  readonly far: PeerLink;
  readonly #ports: readonly MessagePort[];

  constructor(maxBacklogBytes: number = 2 ** 23) {
    const { port1, port2 } = new MessageChannel();
    this.#ports = [port1, port2];
    const post = port1.postMessage.bind(port1);
    port1.postMessage = (value: unknown) => {
      this.posts++;
      post(value);
    };
    const route = { clock: this.clock, codec: new FrameCodec([flvFamily]), limits: { maxBacklogBytes } };
    const deaf: PeerLinkEnd = { onMessage: () => {}, onFrame: () => {}, onClose: () => {} };
    this.near = new PeerLink(port1, route, deaf);
    this.far = new PeerLink(port2, route, {
      onMessage: (message) => this.came.push(String(message.id)),
      onFrame: (way, id, frame) => {
        ownMemory(frame);
        this.kept.push(frame);
        this.came.push(`${way} ${id} ${wordOf(frame)}`);
      },
      onClose: () => {},
    });
  }

  /** A message that has nothing but a number. */
  post(id: number): void {
    this.near.post({ say: 'away', id } satisfies ToPeer);
  }

  /** Lets everything arrive. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) {
      this.clock.advance(2);
      for (let i = 0; i < 3; i++) await nextTurn();
    }
  }

  [Symbol.dispose](): void {
    for (const port of this.#ports) port.close();
  }
}

test('the frames of 300 streams in one turn wake the other end once', async () => {
  using scene = new Scene();
  const senders = Array.from({ length: 300 }, (_, id) => scene.near.sender({ way: 'fromHome', id }));
  const round = async (number: number): Promise<void> => {
    for (const sender of senders) for (const frame of frames(`P${number}@0:300`)) sender.send(frame);
    await scene.settle();
  };
  await round(0);
  scene.posts = 0; // the first has said where the ring is
  for (const number of [1, 2, 3]) await round(number);
  expect(scene.posts).toBe(3);
  expect(scene.came).toHaveLength(1200);
  expect(scene.came.slice(-1)).toEqual(['fromHome 299 P3@0']);
});

test('what comes in turns that follow each other closely wakes the other end once in four milliseconds', async () => {
  using scene = new Scene();
  const sender = scene.near.sender({ way: 'toHome', id: 1 });
  const [frame] = frames('P1@0') as [Frame];
  sender.send(frame);
  await scene.settle();
  scene.posts = 0;
  for (let i = 0; i < 40; i++) {
    sender.send(frame);
    scene.clock.advance(0.25);
    await nextTurn();
    await nextTurn();
  }
  expect(scene.posts).toBeLessThanOrEqual(4);
  await scene.settle();
  expect(scene.came).toHaveLength(41);
});

test('messages and frames of all sizes arrive in the order in which they were sent, and kept frames stay as they were', async () => {
  const step = fc.oneof(
    { weight: 1, arbitrary: fc.constant('message' as const) },
    { weight: 1, arbitrary: fc.constant('turn' as const) },
    {
      weight: 6,
      arbitrary: fc.tuple(fc.boolean(), fc.nat(3), fc.constantFrom(20, 900, 30_000, 60_000, 150_000)),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      using scene = new Scene(2 ** 30);
      const sent: string[] = [];
      const payloads: Buffer[] = [];
      for (const [number, what] of steps.entries()) {
        if (what === 'turn') await scene.settle();
        else if (what === 'message') {
          scene.post(number);
          sent.push(String(number));
        } else {
          const [isToHome, id, size] = what;
          const way = isToHome ? 'toHome' : 'fromHome';
          const [frame] = frames(`P${number}@${number}:${size}`) as [Frame];
          frame.payload.fill(number, 20);
          scene.near.sender({ way, id }).send(frame);
          sent.push(`${way} ${id} ${wordOf(frame)}`);
          payloads.push(frame.payload);
        }
      }
      await scene.settle();
      expect(scene.came).toEqual(sent);
      expect(scene.kept.map(({ payload }, i) => payload.equals(payloads[i] as Buffer))).toEqual(
        payloads.map(() => true),
      );
    }),
    { numRuns: 60 },
  );
});

test('a kept frame pins no more than twice its size', async () => {
  using scene = new Scene();
  const sender = scene.near.sender({ way: 'toHome', id: 1 });
  for (const size of [20, 2000, 40_000, 60_000, 200_000, 200_000, 30_000, 50_000])
    for (const frame of frames(`P1@0:${size}`)) sender.send(frame);
  await scene.settle();
  expect(scene.kept).toHaveLength(8);
  for (const { payload } of scene.kept)
    expect(payload.buffer.byteLength).toBeLessThanOrEqual(2 * payload.length + 64);
});

test('who does not read is behind, and so is nobody whose frames were read', async () => {
  using scene = new Scene(100_000);
  const [one, two] = [1, 2].map((id) => scene.near.sender({ way: 'fromHome', id }));
  const send = (script: string, sender = one): string =>
    frames(script)
      .filter((frame) => !sender?.send(frame))
      .map(wordOf)
      .join(' ');
  expect(send('K1@0:60000 P2@40:60000 P3@80:60000')).toBe('P3@80');
  expect(send('K1@0:60000', two)).toBe(''); // a stream of its own
  await scene.settle();
  expect(send('P4@120')).toBe('P4@120');
  expect(send('K5@160:60000 P6@200:60000')).toBe('');
});
