import { ByteQueue } from '../../src/bytes/byte-queue.ts';
import { ProtocolError } from '../../src/errors.ts';
import { ChunkReader, type ChunkReaderLimits } from '../../src/protocol/rtmp/chunk/chunk-reader.ts';
import type { RawMessage } from '../../src/protocol/rtmp/message/message.ts';
import { everySplit } from './every-split.ts';

/** Limits that no honest test comes near. */
export const wideLimits: ChunkReaderLimits = {
  messageBytes: 0xffffff,
  partialBytes: 2 ** 26,
  chunkStreams: 70_000,
};

/** Bytes from hexadecimal digits with spaces and line breaks anywhere. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replace(/\s+/g, ''), 'hex');
}

/** A message in one line: `type @timestamp on messageStreamId: payload in hex`. */
export function line({ type, timestamp, messageStreamId, payload }: RawMessage): string {
  return `${type} @${timestamp} on ${messageStreamId}: ${payload.toString('hex')}`;
}

/** What a ChunkReader makes of the parts: a line for each message, and at the end the code of its ProtocolError, if any. */
export function chunkOutcome(parts: Iterable<Buffer>, limits: ChunkReaderLimits = wideLimits): string[] {
  const bytes = new ByteQueue();
  const reader = new ChunkReader(bytes, limits);
  const lines: string[] = [];
  try {
    for (const part of parts) {
      bytes.push(part);
      for (const message of reader.messages()) lines.push(line(message));
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    lines.push(error.code);
  }
  return lines;
}

/** The outcomes of all the ways to cut the wire that differ from one another: one, if it does not matter. */
export function outcomesOfEveryCut(wire: Buffer, limits: ChunkReaderLimits = wideLimits): string[][] {
  const outcomes = new Map<string, string[]>();
  for (const parts of everySplit(wire)) {
    const outcome = chunkOutcome(parts, limits);
    outcomes.set(outcome.join('\n'), outcome);
  }
  return [...outcomes.values()];
}
