import { expect, test } from 'vitest';
import { ClientHandshake, ServerHandshake } from '../../../src/protocol/rtmp/handshake/handshake.ts';
import { MessageChannel } from '../../../src/protocol/rtmp/message-channel.ts';
import { captures } from '../../fuzz/engine/corpus.ts';
import { everySplit } from '../../support/every-split.ts';

/** Handshake, dialogue and the first media; what follows is more of that. */
const MAX_BYTES = 6000;

const limits = { messageBytes: 2 ** 23, partialBytes: 2 ** 24, chunkStreams: 64 };

/** All messages of a recording that comes in these pieces, and what it is answered with. */
function toldOf(direction: 'to-server' | 'to-client', pieces: readonly Buffer[]): string {
  const told: unknown[] = [];
  const sent: Buffer[] = [];
  const handshake = direction === 'to-server' ? new ServerHandshake() : new ClientHandshake();
  const channel = new MessageChannel(handshake, limits, (bytes) => sent.push(bytes));
  for (const piece of pieces) {
    channel.receive(piece);
    for (const { type, timestamp, messageStreamId, payload } of channel.messages())
      told.push([type, timestamp, messageStreamId, payload.toString('base64')]);
    channel.keep();
  }
  return JSON.stringify([told, Buffer.concat(sent).toString('base64')]);
}

const recordings = (['to-server', 'to-client'] as const).flatMap((direction) =>
  captures(direction, 'rtmp-').map(({ name, bytes }) => ({ direction, name, bytes })),
);

test.each(recordings)(
  '$name, $direction, cut at any place gives the same messages',
  ({ direction, bytes }) => {
    const begun = bytes.subarray(0, MAX_BYTES);
    const whole = toldOf(direction, [begun]);
    expect(JSON.parse(whole)[0].length).toBeGreaterThan(2);
    for (const pieces of everySplit(begun)) {
      if (toldOf(direction, pieces) !== whole)
        expect.fail(`other messages when cut into ${pieces.map(({ length }) => length)}`);
    }
  },
);
