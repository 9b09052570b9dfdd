import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { FakePlayer } from '../../support/fake-player.ts';
import { FakeStudio } from '../../support/fake-studio.ts';

const RELAYS = 30;

/** So much is written in a millisecond of the thread. */
const BYTES_PER_MS = 48 * 1024;

const FRAME_MS = 40;
const FRAME_BYTES = 8000;
/** Frames that the relays have when they leave, that they miss, and that come when they are back. */
const [HAD, MISSED, LIVE] = [20, 60, 120];

/** The numbers of the frames that a player was sent. */
const numbersIn = (seen: string) => [...seen.matchAll(/[KP](\d+)@/g)].map(([, number]) => Number(number));

test('relays that come back at once get all that they have missed, and hold up nobody who is live', () => {
  const studio = new FakeStudio();
  const { clock } = studio;
  const publisher = studio.publish();
  const player = (isRelay: boolean): FakePlayer => {
    const made = studio.player(isRelay);
    made.onWriting = () => clock.spend((made.writes.at(-1) ?? 0) / BYTES_PER_MS);
    return made;
  };
  const sentAt: number[] = [];
  const send = (count: number) => {
    for (let i = 0; i < count; i++) {
      const number = sentAt.length;
      const due = clock.now() + FRAME_MS;
      sentAt.push(clock.now());
      publisher.send(`${number % 50 === 0 ? 'K' : 'P'}${number}@${FRAME_MS * number}:${FRAME_BYTES}`);
      clock.advance(due - clock.now());
    }
  };
  const witness = player(true);
  studio.play(witness);
  const live = player(false);
  studio.play(live);
  publisher.send('VH1@0');
  send(HAD);
  const last = witness.messages.at(-1);
  if (last === undefined) throw new Error('the witness has got nothing');
  const mark = { timestamp: last.timestamp, hash: hash('sha256', last.payload).slice(0, 16) };
  send(MISSED);

  const delays: number[] = [];
  const write = live.onWriting;
  live.onWriting = () => {
    write();
    for (const number of numbersIn(live.news)) delays.push(clock.now() - (sentAt[number] ?? 0));
  };
  live.news;
  const relays = Array.from({ length: RELAYS }, () => player(true));
  for (const relay of relays) studio.play(relay, { resume: { from: 'frame', marks: [mark] } });
  send(LIVE);

  const wanted = Array.from({ length: MISSED + LIVE + 1 }, (_, i) => HAD - 1 + i);
  for (const relay of relays) expect(numbersIn(relay.seen)).toEqual(wanted);
  expect(delays).toHaveLength(LIVE);
  // a flush to all takes 5 ms, a turn of those who catch up two and a slice of five, and all that they have missed 300
  expect(Math.max(...delays)).toBeLessThan(25);
});
