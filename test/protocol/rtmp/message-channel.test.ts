import { describe, expect, test } from 'vitest';
import { encodeChunks } from '../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { type Handshake, MessageChannel } from '../../../src/protocol/rtmp/message-channel.ts';
import { Work, type WorkMeter } from '../../../src/protocol/work-meter.ts';
import { hex, line, wideLimits } from '../../support/chunk-outcome.ts';
import { describeMessage, type MessageDescription } from '../../support/describe-message.ts';
import { readChunksSlowly } from '../../support/slow-chunk-reader.ts';

const noHandshake: Handshake = { advance: () => ({ done: true }) };

/** A channel, what it sent, and all that it gives for some bytes. */
function openChannel(handshake: Handshake = noHandshake) {
  const sent: Buffer[] = [];
  const channel = new MessageChannel(handshake, wideLimits, (bytes) => sent.push(bytes));
  return {
    channel,
    sent,
    receive(bytes: Buffer): string[] {
      channel.receive(bytes);
      return [...channel.messages()].map(line);
    },
    /** What was sent since the last look. */
    heard(): MessageDescription[] {
      return readChunksSlowly(Buffer.concat(sent.splice(0))).map(describeMessage);
    },
  };
}

const setChunkSize = hex('02 000000 000004 01 00000000 00ffffff');
const windowSize = (bytes: number) => encodeChunks(control(5), uint32(bytes));
const control = (type: number) => ({ type, timestamp: 0, messageStreamId: 0 });

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

describe('handshake', () => {
  /** Takes 4 bytes and answers them. */
  function shortHandshake(): Handshake {
    return {
      advance: (received) => {
        const bytes = received.read(4);
        return bytes === undefined ? { done: false } : { done: true, send: Buffer.from(bytes) };
      },
    };
  }

  test('is answered first, and what came with it is read', () => {
    const { channel, sent, receive } = openChannel(shortHandshake());
    expect(receive(hex('0102'))).toEqual([]);
    expect(channel.isOpen).toBe(false);
    expect(receive(hex('0304 03 000010 000001 08 01000000 aa'))).toEqual(['8 @16 on 1: aa']);
    expect(channel.isOpen).toBe(true);
    expect(Buffer.concat(sent).toString('hex')).toBe('01020304');
  });
});

describe('acknowledgements', () => {
  test('are sent when as much has come as the peer wishes', () => {
    const { receive, heard } = openChannel();
    receive(windowSize(100)); // 16 bytes
    receive(encodeChunks({ type: 8, timestamp: 0, messageStreamId: 1 }, Buffer.alloc(71))); // 99
    expect(heard()).toEqual([]);
    receive(hex('c4'));
    expect(heard()).toEqual([['Acknowledgement', 100]]);
    receive(Buffer.alloc(71));
    expect(heard()).toEqual([]);
    receive(encodeChunks({ type: 8, timestamp: 0, messageStreamId: 1 }, Buffer.alloc(28)));
    expect(heard()).toEqual([['Acknowledgement', 211]]);
  });

  test('are sent every 2,500,000 bytes to a peer that says nothing', () => {
    const { receive, heard } = openChannel();
    receive(setChunkSize);
    const frame = encodeChunks(
      { type: 9, timestamp: 0, messageStreamId: 1 },
      Buffer.alloc(999_988),
      0xffffff,
    );
    for (let i = 0; i < 5; i++) receive(frame);
    expect(heard()).toEqual([['Acknowledgement', 3_000_016]]);
    receive(frame);
    expect(heard()).toEqual([['Acknowledgement', 6_000_016]]);
  });

  test('for a window of one byte cost one message for each read, whatever it brings', () => {
    const { receive, heard } = openChannel();
    const audio = hex('04 000010 000001 08 01000000 af');
    receive(windowSize(1));
    heard();
    expect(receive(Buffer.concat(Array.from({ length: 1000 }, () => audio)))).toHaveLength(1000);
    expect(heard()).toEqual([['Acknowledgement', 16 + 13_000]]);
    receive(Buffer.alloc(0));
    expect(heard()).toEqual([]);
  });

  test('for a window of zero are as before', () => {
    const { receive, heard } = openChannel();
    receive(Buffer.concat([windowSize(50), windowSize(0)]));
    expect(heard()).toEqual([]);
    receive(Buffer.concat([windowSize(0), windowSize(0)]));
    expect(heard()).toEqual([['Acknowledgement', 64]]);
  });

  test('are sent when messages that were left unread are read after all', () => {
    const { channel, heard } = openChannel();
    channel.receive(Buffer.concat([windowSize(20), hex('04 000010 000001 08 01000000 aa c4 bb')]));
    const [first] = channel.messages();
    expect(first?.payload.toString('hex')).toBe('aa');
    expect(heard()).toEqual([]);
    expect([...channel.messages()].map(line)).toEqual(['8 @32 on 1: bb']);
    expect(heard()).toEqual([['Acknowledgement', 31]]);
  });

  test('count on beyond 2^32', () => {
    let isOver = false;
    const { channel, receive, heard } = openChannel({
      advance: (received) => {
        if (!isOver) received.skip(received.length);
        return { done: isOver };
      },
    });
    const mebibytes = Buffer.alloc(2 ** 26); // 64 of these are 2^32
    for (let i = 0; i < 64; i++) receive(mebibytes);
    isOver = true;
    receive(windowSize(1_000_000_000));
    expect(channel.isOpen).toBe(true);
    expect(heard()).toEqual([['Acknowledgement', 16]]);
    receive(windowSize(5));
    expect(heard()).toEqual([['Acknowledgement', 32]]);
  });

  test('of the peer are not for others, wherever they stand', () => {
    const { receive, heard } = openChannel();
    for (const value of ['00000000', 'ffffffff', '00000001']) {
      expect(receive(hex(`02 000000 000004 03 00000000 ${value}`))).toEqual([]);
    }
    expect(heard()).toEqual([]);
  });
});

describe('Set Peer Bandwidth', () => {
  const limit = (bytes: number, type: number) =>
    encodeChunks(control(6), Buffer.concat([uint32(bytes), Buffer.from([type])]));

  test.each([0, 1])('of limit type %i is answered once, by the window that it asks for', (type) => {
    const { receive, heard } = openChannel();
    expect(receive(Buffer.concat([limit(2000, type), limit(2000, type)]))).toEqual([]);
    receive(limit(2000, type));
    expect(heard()).toEqual([['Window Acknowledgement Size', 2000]]);
    receive(limit(1000, type));
    expect(heard()).toEqual([['Window Acknowledgement Size', 1000]]);
  });

  test.each([
    {
      what: 'hard, then a larger hard one',
      limits: [
        [1000, 0],
        [2000, 0],
      ],
      windows: [1000, 2000],
    },
    {
      what: 'soft, then a larger soft one',
      limits: [
        [1000, 1],
        [2000, 1],
      ],
      windows: [1000],
    },
    {
      what: 'hard, then a larger soft one',
      limits: [
        [1000, 0],
        [2000, 1],
      ],
      windows: [1000],
    },
    { what: 'soft, larger than the default', limits: [[5_000_000, 1]], windows: [5_000_000] },
    {
      what: 'soft, then a larger hard one',
      limits: [
        [1000, 1],
        [2000, 0],
      ],
      windows: [1000, 2000],
    },
    {
      what: 'hard, then dynamic',
      limits: [
        [1000, 0],
        [2000, 2],
      ],
      windows: [1000, 2000],
    },
    {
      what: 'hard, then two dynamic ones',
      limits: [
        [1000, 0],
        [2000, 2],
        [3000, 2],
      ],
      windows: [1000, 2000, 3000],
    },
    {
      what: 'hard, soft, then dynamic',
      limits: [
        [2000, 0],
        [1000, 1],
        [3000, 2],
      ],
      windows: [2000, 1000],
    },
    { what: 'dynamic alone', limits: [[1000, 2]], windows: [] },
    { what: 'of no known type', limits: [[1000, 255]], windows: [] },
  ])('$what', ({ limits, windows }) => {
    const { receive, heard } = openChannel();
    for (const [bytes = 0, type = 0] of limits) receive(limit(bytes, type));
    expect(heard()).toEqual(windows.map((bytes) => ['Window Acknowledgement Size', bytes]));
  });

  test('leaves room for what the peer has not acknowledged, once it has acknowledged anything', () => {
    const { channel, receive } = openChannel();
    const acknowledge = (bytes: number) => encodeChunks(control(3), uint32(bytes));
    expect(channel.sendRoomBytes).toBe(Number.POSITIVE_INFINITY);
    receive(acknowledge(0));
    expect(channel.sendRoomBytes).toBe(Number.POSITIVE_INFINITY);
    receive(limit(1000, 0)); // answered in 16 bytes
    expect(channel.sendRoomBytes).toBe(984);
    channel.setChunkSize(); // 16 bytes
    channel.send(9, 1, Buffer.alloc(1200)); // and 12 of header
    expect(channel.sendRoomBytes).toBe(1000 - 16 - 16 - 1212);
    receive(acknowledge(1000));
    expect(channel.sendRoomBytes).toBe(1000 - 244);
    receive(acknowledge(4317)); // counts the handshake
    expect(channel.sendRoomBytes).toBe(1000);
  });

  test('of a peer that never acknowledges holds nothing back', () => {
    const { channel, receive } = openChannel();
    receive(limit(1000, 0));
    channel.send(9, 1, Buffer.alloc(12_000));
    expect(channel.sendRoomBytes).toBe(Number.POSITIVE_INFINITY);
  });

  test('of the window that it has, or of none, is not answered', () => {
    const { receive, heard } = openChannel();
    receive(Buffer.concat([limit(2_500_000, 0), limit(0, 0)]));
    expect(heard()).toEqual([]);
  });

  test('that came before the windows are announced counts in the announcement', () => {
    const { channel, receive, heard } = openChannel();
    receive(limit(5_000_000, 0));
    channel.openingControl();
    receive(limit(5_000_000, 0));
    expect(heard()).toEqual([
      ['Window Acknowledgement Size', 5_000_000],
      ['Window Acknowledgement Size', 5_000_000],
      ['Set Peer Bandwidth', 2_500_000, 2],
    ]);
  });
});

describe('User Control', () => {
  test('a ping is answered with its timestamp, and seen by others too', () => {
    const { receive, heard } = openChannel();
    expect(receive(hex('02 000000 000006 04 00000000 0006 fedcba98'))).toEqual(['4 @0 on 0: 0006fedcba98']);
    expect(heard()).toEqual([['ping response', 0xfedcba98]]);
  });

  test('a ping without its timestamp is answered with 0', () => {
    const { receive, heard } = openChannel();
    receive(hex('02 000000 000002 04 00000000 0006'));
    expect(heard()).toEqual([['ping response', 0]]);
  });

  test('other events are not answered', () => {
    const { receive, heard } = openChannel();
    expect(receive(hex('02 000000 000006 04 00000000 0007 00000001 c2 001a 00000001'))).toHaveLength(2);
    expect(heard()).toEqual([]);
  });
});

describe('sending', () => {
  test('is in chunks of 128 bytes until Set Chunk Size, and of 65,536 afterwards', () => {
    const { channel, sent } = openChannel();
    const payload = Buffer.from(Array.from({ length: 300 }, (_, i) => i & 0x7f));
    channel.send(20, 0, payload);
    channel.setChunkSize();
    channel.send(9, 1, payload, 0x01000000);
    expect(sent.map(({ length }) => length)).toEqual([300 + 12 + 2, 16, 300 + 16]);
    const whole = payload.toString('hex');
    expect(readChunksSlowly(Buffer.concat(sent)).map(line)).toEqual([
      `20 @0 on 0: ${whole}`,
      '1 @0 on 0: 00010000',
      `9 @16777216 on 1: ${whole}`,
    ]);
  });

  test('announces both windows', () => {
    const { channel, heard } = openChannel();
    channel.openingControl();
    expect(heard()).toEqual([
      ['Window Acknowledgement Size', 2_500_000],
      ['Set Peer Bandwidth', 2_500_000, 2],
    ]);
  });
});

test.each([
  { what: 'Acknowledgement', wire: '02 000000 000003 03 00000000 000000' },
  { what: 'Window Acknowledgement Size', wire: '02 000000 000000 05 00000000' },
  { what: 'Set Peer Bandwidth', wire: '02 000000 000004 06 00000000 00000001' },
  { what: 'User Control', wire: '02 000000 000001 04 00000000 00' },
])('$what that is too short is an error', ({ wire }) => {
  expect(() => openChannel().receive(hex(wire))).toThrowError(
    expect.objectContaining({ name: 'ProtocolError', code: 'RTMP_PAYLOAD_TRUNCATED' }),
  );
});

describe('a meter', () => {
  const part = '08 000001 000000 00 000000 aa 0000000c';
  const aggregate = encodeChunks({ type: 22, timestamp: 5, messageStreamId: 1 }, hex(part.repeat(3)));
  const audio = encodeChunks({ type: 8, timestamp: 7, messageStreamId: 1 }, hex('bb'));

  /** A meter that is spent after so many messages. */
  class Messages implements WorkMeter {
    left = 0;

    get isSpent(): boolean {
      return this.left <= 0;
    }

    spend(work: number): void {
      if (work === Work.message) this.left--;
    }
  }

  test('that is spent leaves messages and parts of one for later, in order', () => {
    const meter = new Messages();
    const channel = new MessageChannel(noHandshake, wideLimits, () => {}, meter);
    const next = (count: number): string[] => {
      meter.left = count;
      return [...channel.messages()].map(line);
    };
    channel.receive(Buffer.concat([audio, aggregate, audio]));
    expect(next(1)).toEqual(['8 @7 on 1: bb']);
    expect(next(3)).toEqual(['8 @5 on 1: aa', '8 @5 on 1: aa']); // the aggregate itself is one
    expect(next(0)).toEqual([]);
    expect(next(1)).toEqual(['8 @5 on 1: aa']);
    channel.receive(audio);
    expect(next(9)).toEqual(['8 @7 on 1: bb', '8 @7 on 1: bb']);
  });

  test('goes on with what it has kept when the memory that was lent has changed', () => {
    const meter = new Messages();
    const channel = new MessageChannel(noHandshake, wideLimits, () => {}, meter);
    meter.left = 2;
    const memory = Buffer.concat([aggregate, audio, audio.subarray(0, 5)]);
    channel.receive(memory);
    expect([...channel.messages()].map(line)).toEqual(['8 @5 on 1: aa']);
    channel.keep();
    memory.fill(0xee);
    channel.receive(audio.subarray(5));
    meter.left = 9;
    expect([...channel.messages()].map(line)).toEqual([
      '8 @5 on 1: aa',
      '8 @5 on 1: aa',
      '8 @7 on 1: bb',
      '8 @7 on 1: bb',
    ]);
  });

  test('may be left in the middle of an aggregate', () => {
    const { channel } = openChannel();
    channel.receive(Buffer.concat([aggregate, audio]));
    for (const _first of channel.messages()) break;
    expect([...channel.messages()].map(line)).toEqual(['8 @5 on 1: aa', '8 @5 on 1: aa', '8 @7 on 1: bb']);
  });

  test('is told that every value of a command is looked at', () => {
    let spent = 0;
    const meter = { isSpent: false, spend: (work: number) => (spent += work) };
    const channel = new MessageChannel(noHandshake, wideLimits, () => {}, meter as WorkMeter);
    channel.receive(encodeChunks({ type: 20, timestamp: 0, messageStreamId: 0 }, Buffer.alloc(4000, 5), 128));
    expect([...channel.messages()]).toHaveLength(1);
    expect(spent).toBeGreaterThan(1000);
  });
});
