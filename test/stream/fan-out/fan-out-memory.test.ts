import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { rtmpWireForm } from '../../../src/family/flv/rtmp-wire-form.ts';
import type { WireForm } from '../../../src/stream/fan-out/wire-form.ts';
import type { Player } from '../../../src/stream/player.ts';
import { FakeStudio, form } from '../../support/fake-studio.ts';

const mib = 2 ** 20;

/** A player that keeps all that it is written and takes nothing until it is told to. */
class HoardingPlayer implements Player {
  readonly isRelay = false;
  readonly held: Buffer[] = [];
  readonly takenBytes = 0;
  backlogBytes = 0;
  #onTaken: (() => void) | undefined;

  write(bytes: Buffer, onTaken?: () => void): void {
    this.held.push(bytes);
    this.backlogBytes += bytes.length;
    this.#onTaken = onTaken;
  }

  /** Takes all that it was written. */
  take(): void {
    this.held.length = 0;
    this.backlogBytes = 0;
    this.#onTaken?.();
  }

  onStart(): void {}

  onEnd(): void {}
}

/** The forms that few want: other message streams, with audio or without, with video or without. */
const rareForms: WireForm[] = Array.from({ length: 31 }, (_, i) => ({
  messageStreamId: i + 2,
  audio: true,
  video: true,
}))
  .flatMap((wish) => [wish, { ...wish, audio: false }, { ...wish, video: false }])
  .map(rtmpWireForm);

/** A keyframe group of 12 MB, in frames of this size. */
function group(size: number): string {
  const frames = Array.from({ length: 12_000_000 / size }, (_, i) => `P${i + 2}@${i + 1}:${size}`);
  return `M1@0 VH1@0 AH1@0 K1@0 ${frames.join(' ')}`;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is held now, once nothing is left of what was held before, bytes. */
async function heldBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await setImmediate();
    collectGarbage();
  }
  return process.memoryUsage().arrayBuffers;
}

/** How much memory something takes that lasts, bytes. */
async function growth(act: () => void): Promise<number> {
  const before = await heldBytes();
  act();
  return (await heldBytes()) - before;
}

function hoard(studio: FakeStudio, wish: WireForm): HoardingPlayer {
  const player = new HoardingPlayer();
  studio.registry.play(studio.key, player, { form: wish, lateJoin: 'keyframeGroup' });
  studio.clock.settle();
  return player;
}

describe.each([{ size: 10_000 }, { size: 1_000_000 }])('with frames of $size bytes', ({ size }) => {
  test('players of forms that few want keep no keyframe group of their own', async () => {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send(group(size));
    const players: HoardingPlayer[] = [];
    expect(await growth(() => players.push(...rareForms.map((wish) => hoard(studio, wish))))).toBeLessThan(
      32 * mib,
    );
    const flush = () => {
      publisher.send(`P9@20000:${size} A9@20001`);
      studio.flush();
    };
    expect(await growth(flush)).toBeLessThan(32 * mib);
    expect(await growth(() => studio.stream.end('ended'))).toBeLessThan(rareForms.length * 2 * mib);
    expect(players).toHaveLength(rareForms.length);
  });

  test('nor a backlog of their own', async () => {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send('M1@0 VH1@0 AH1@0 K1@0');
    const players = rareForms.map((wish) => hoard(studio, wish));
    for (const player of players) player.take();
    const stream = () => {
      for (let sent = 0, time = 40; sent < 4_000_000; sent += size, time += 1) {
        publisher.send(`P9@${time}:${size} A9@${time}`);
        if (sent % 40_000 === 0) studio.clock.advance(1);
      }
    };
    expect(await growth(stream)).toBeLessThan(4_000_000 + 48 * mib);
    expect(studio.stream.broadcast.fanOut.laggingCount).toBe(0);
  });
});

test('players who come back from a pause at many versions share what they are sent', async () => {
  const studio = new FakeStudio();
  const publisher = studio.publish();
  publisher.send('M1@0:300000 VH1@0:300000 AH1@0:300000 K1@0');
  const plays = Array.from({ length: 40 }, (_, i) => {
    const player = new HoardingPlayer();
    const play = studio.registry.play(studio.key, player, { form: form.all, lateJoin: 'live' });
    studio.clock.settle();
    publisher.send(`VH${i + 2}@0:300000 K2@${(i + 1) * 40}`);
    studio.clock.advance(1);
    play.pause(true);
    player.take();
    return { player, play };
  });
  publisher.send('M2@0:300000 AH2@0:300000 A3@2000');
  studio.clock.advance(1);
  for (const { play } of plays) play.pause(false);
  publisher.send('K4@2040');
  expect(await growth(() => studio.clock.advance(1))).toBeLessThan(6 * mib);
  for (const { player } of plays) expect(player.backlogBytes).toBeGreaterThan(300_000);
});

test('a frame is packed once, though people come and go on a stream without steady players', () => {
  let written = 0;
  const { packing } = form.all;
  const counting: WireForm = {
    ...form.all,
    packing: {
      ...packing,
      write(target, at, frame, timestamp) {
        written++;
        return packing.write(target, at, frame, timestamp);
      },
    },
  };
  const studio = new FakeStudio();
  const publisher = studio.publish();
  publisher.send(`VH1@0 K1@0 ${'P2@40 '.repeat(500)}`);
  for (let i = 0; i < 100; i++) {
    const player = studio.player();
    const play = studio.play(player, { form: counting });
    publisher.send(`P3@${80 + i}`);
    if (i % 2 === 0) studio.clock.advance(1);
    play.stop();
    publisher.send(`A4@${80 + i}`);
  }
  expect(written).toBeLessThan(2 * 702);
  const last = studio.join({ form: counting });
  studio.clock.advance(1);
  expect(last.messages).toHaveLength(702);
});
