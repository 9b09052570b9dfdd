import fc from 'fast-check';
import type { RawMessage } from '../../src/protocol/rtmp/message/message.ts';

/** One message as its sender means it; what its format does not carry comes from the header before it. */
interface PlannedMessage {
  readonly format: 0 | 1 | 2 | 3;
  readonly time: number;
  readonly length: number;
  readonly type: number;
  readonly messageStreamId: number;
  readonly seed: number;
}

interface PlannedStream {
  readonly chunkStreamId: number;
  /** Whether an id that two bytes can hold is written with three. */
  readonly isWide: boolean;
  readonly messages: readonly PlannedMessage[];
}

/** What happens next: perhaps a new chunk size, then one chunk of some stream, then perhaps an Abort of what it began. */
interface Turn {
  readonly pick: number;
  readonly chunkSize: number | undefined;
  readonly aborts: boolean;
}

interface Plan {
  readonly repeatsExtended: boolean;
  readonly streams: readonly PlannedStream[];
  readonly turns: readonly Turn[];
}

/** A well-formed recording of a chunk stream, and the messages that its sender meant. */
export interface ChunkSession {
  readonly wire: Buffer;
  readonly repeatsExtended: boolean;
  /** Without Set Chunk Size and Abort; the last one is a ping. */
  readonly messages: readonly RawMessage[];
}

interface WrittenSession extends ChunkSession {
  /** Whether what follows a header without a repeated extended timestamp is, by chance, that timestamp's bytes. */
  readonly isAmbiguous: boolean;
}

/** Any well-formed session: interleaved chunk streams, all formats, chunk sizes that change, Aborts, extended timestamps. */
export function chunkSessions(): fc.Arbitrary<ChunkSession> {
  return plans.map(writeSession).filter(({ isAmbiguous }) => !isAmbiguous);
}

const times = fc.oneof(
  fc.nat(1000),
  fc.constantFrom(0xfffffe, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff),
  fc.nat(0xffffffff),
);

const plannedMessages: fc.Arbitrary<PlannedMessage> = fc.record({
  format: fc.constantFrom(0, 1, 2, 3),
  time: times,
  length: fc.oneof(fc.constantFrom(0, 1, 127, 128, 129), fc.nat(300)),
  type: fc.constantFrom(4, 8, 9, 18, 20, 22, 0, 255),
  messageStreamId: fc.constantFrom(0, 1, 0x01020304, 0xffffffff),
  seed: fc.nat(0xffff),
});

const chunkStreamIds = fc.oneof(
  fc.constantFrom(3, 63, 64, 65, 319, 320, 575, 65_598, 65_599),
  fc.integer({ min: 3, max: 65_599 }),
);

const plans: fc.Arbitrary<Plan> = fc.record({
  repeatsExtended: fc.boolean(),
  streams: fc.uniqueArray(
    fc.record({
      chunkStreamId: chunkStreamIds,
      isWide: fc.boolean(),
      messages: fc.array(plannedMessages, { minLength: 1, maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 4, selector: ({ chunkStreamId }) => chunkStreamId },
  ),
  turns: fc.array(
    fc.record({
      pick: fc.nat(3),
      chunkSize: fc.option(fc.constantFrom(1, 2, 3, 4, 100, 128, 129, 4096, 0xffffff, 0x7fffffff), {
        nil: undefined,
        freq: 8,
      }),
      aborts: fc.nat(15).map((n) => n === 0),
    }),
    { maxLength: 60 },
  ),
});

/** A sender's memory of one chunk stream. */
interface Lane {
  readonly chunkStreamId: number;
  readonly isWide: boolean;
  readonly queue: PlannedMessage[];
  begun: boolean;
  clock: number;
  step: number;
  length: number;
  type: number;
  messageStreamId: number;
  /** Payload bytes of the message in progress that are still to be sent, and all of them. */
  unsent: number[];
  payload: number[];
  isInProgress: boolean;
}

function writeSession({ repeatsExtended, streams, turns }: Plan): WrittenSession {
  const wire: number[] = [];
  /** Where an extended timestamp was not repeated, and which. */
  const unrepeated: { readonly at: number; readonly time: number }[] = [];
  const messages: RawMessage[] = [];
  let chunkSize = 128;
  const lanes = streams.map<Lane>(({ chunkStreamId, isWide, messages: queue }) => ({
    chunkStreamId,
    isWide,
    queue: [...queue],
    begun: false,
    clock: 0,
    step: 0,
    length: 0,
    type: 0,
    messageStreamId: 0,
    unsent: [],
    payload: [],
    isInProgress: false,
  }));

  /** A control message on chunk stream 2, whole. */
  const control = (type: number, body: number[]): void => {
    wire.push(0x02, 0, 0, 0, ...bigEndian(body.length, 3), type, 0, 0, 0, 0);
    for (let i = 0; i < body.length; i++) {
      if (i > 0 && i % chunkSize === 0) wire.push(0xc2);
      wire.push(body[i] as number);
    }
  };
  const basicHeader = (format: number, { chunkStreamId: id, isWide }: Lane): void => {
    if (id < 64) wire.push(format * 64 + id);
    else if (id < 320 && !isWide) wire.push(format * 64, id - 64);
    else wire.push(format * 64 + 1, (id - 64) % 256, Math.floor((id - 64) / 256));
  };

  const repeatExtended = (time: number): void => {
    if (repeatsExtended) wire.push(...bigEndian(time, 4));
    else unrepeated.push({ at: wire.length, time });
  };

  const chunk = (lane: Lane): void => {
    if (lane.isInProgress) {
      basicHeader(3, lane);
      if (lane.step >= 0xffffff) repeatExtended(lane.step);
    } else {
      begin(lane, lane.queue.shift() as PlannedMessage);
    }
    wire.push(...lane.unsent.splice(0, chunkSize));
    lane.isInProgress = lane.unsent.length > 0;
    if (lane.isInProgress) return;
    const { type, clock: timestamp, messageStreamId, payload } = lane;
    messages.push({ type, timestamp, messageStreamId, payload: Buffer.from(payload) });
  };

  const begin = (lane: Lane, planned: PlannedMessage): void => {
    const format = lane.begun ? planned.format : ((planned.format % 2) as 0 | 1);
    if (format < 3) lane.step = repeatsExtended ? planned.time : planned.time % 0x80000000;
    if (format < 2) {
      lane.length = planned.length;
      lane.type = planned.type;
    }
    if (format === 0) lane.messageStreamId = planned.messageStreamId;
    lane.clock = format === 0 ? lane.step : (lane.clock + lane.step) % 2 ** 32;
    lane.begun = true;

    basicHeader(format, lane);
    if (format < 3) wire.push(...bigEndian(Math.min(lane.step, 0xffffff), 3));
    if (format < 2) wire.push(...bigEndian(lane.length, 3), lane.type);
    if (format === 0) wire.push(...bigEndian(lane.messageStreamId, 4).reverse());
    if (lane.step >= 0xffffff) {
      if (format < 3) wire.push(...bigEndian(lane.step, 4));
      else repeatExtended(lane.step);
    }

    // A sender that repeats nothing seldom sends by chance what looks like a repetition: high bytes after low times.
    const lowest = repeatsExtended ? 0 : 0x80;
    lane.payload = Array.from(
      { length: lane.length },
      (_, i) => ((planned.seed * 31 + i * 7) % 256) | lowest,
    );
    lane.unsent = [...lane.payload];
  };

  for (let turn = 0; ; turn++) {
    const open = lanes.filter(({ isInProgress, queue }) => isInProgress || queue.length > 0);
    if (open.length === 0) break;
    const {
      pick,
      chunkSize: newSize,
      aborts,
    } = turns[turn] ?? { pick: 0, chunkSize: undefined, aborts: false };
    if (newSize !== undefined) {
      control(1, bigEndian(newSize, 4));
      chunkSize = newSize;
    }
    const lane = open[pick % open.length] as Lane;
    chunk(lane);
    if (aborts) {
      control(2, bigEndian(lane.chunkStreamId, 4));
      lane.isInProgress = false;
    }
  }
  // Something must follow the last chunk, or it can still look like the beginning of a repetition.
  const ping = [0, 6, 1, 2, 3, 4];
  control(4, ping);
  messages.push({ type: 4, timestamp: 0, messageStreamId: 0, payload: Buffer.from(ping) });
  const bytes = Buffer.from(wire);
  const isAmbiguous = unrepeated.some(({ at, time }) => bytes.readUInt32BE(at) === time);
  return { wire: bytes, repeatsExtended, messages, isAmbiguous };
}

function bigEndian(value: number, size: number): number[] {
  const bytes: number[] = [];
  for (let i = size - 1; i >= 0; i--) bytes.push(Math.floor(value / 256 ** i) % 256);
  return bytes;
}
