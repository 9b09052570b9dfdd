import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Inspection, type InspectionOptions } from '../../src/inspect/inspection.ts';
import type { FlowPlace, InspectRecord, MediaPiece, MessageFound } from '../../src/inspect/record.ts';
import type { TcpCounts } from '../../src/protocol/capture/tcp-stream.ts';
import { encodeChunks, type MessageHeader } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { root } from './markdown.ts';

/** What an inspection has found. */
export interface Inspected {
  readonly records: readonly InspectRecord[];
  /** With the bytes of each piece. */
  readonly media: readonly { readonly flow: string; readonly piece: MediaPiece; readonly bytes: Buffer }[];
  readonly transports: ReadonlyMap<string, Readonly<TcpCounts>>;
}

/** Inspects one file. @param size - bytes of the pieces that it comes in */
export function inspectFile(
  bytes: Buffer,
  { size = 65_536, ...options }: Partial<InspectionOptions> & { readonly size?: number } = {},
): Inspected {
  return inspecting(options, (inspection) => {
    const source = inspection.source('file');
    for (let at = 0; at < bytes.length; at += size) source.push(bytes.subarray(at, at + size));
    source.end();
  });
}

/** Inspects one direction of a connection: its bytes, and as numbers how many are missing. */
export function inspectPieces(
  pieces: readonly (Buffer | number)[],
  {
    isFromBeginning = true,
    ...options
  }: Partial<InspectionOptions> & { readonly isFromBeginning?: boolean } = {},
): Inspected {
  return inspecting(options, (inspection) => {
    const { reader } = inspection.connection('capture', 'client', 'server', isFromBeginning).toServer;
    for (const piece of pieces)
      if (typeof piece === 'number') reader.gap(piece);
      else reader.push(Buffer.from(piece), undefined);
    reader.end();
  });
}

/** Inspects whatever is pushed to it. */
export function inspecting(
  { tellsChunks = false, showsSecrets = false }: Partial<InspectionOptions>,
  run: (inspection: Inspection) => void,
): Inspected {
  const records: InspectRecord[] = [];
  const media: { flow: string; piece: MediaPiece; bytes: Buffer }[] = [];
  const transports = new Map<string, Readonly<TcpCounts>>();
  const sink = {
    found: (record: InspectRecord) => void records.push(record),
    media: ({ id }: FlowPlace['flow'], piece: MediaPiece) =>
      void media.push({
        flow: id,
        piece,
        bytes: Buffer.from(piece.is === 'flv' ? piece.payload : piece.bytes),
      }),
    transported: ({ id }: FlowPlace['flow'], counts: Readonly<TcpCounts>) => void transports.set(id, counts),
  };
  run(new Inspection(sink, { tellsChunks, showsSecrets }));
  return { records, media, transports };
}

/** The messages among what was found. */
export function messagesIn(records: readonly InspectRecord[]): (FlowPlace & MessageFound)[] {
  return records.filter((record) => record.is === 'message');
}

/** What is wrong, and where reading went on, a line each. */
export function faultsIn(records: readonly InspectRecord[]): string[] {
  return records.flatMap((record) => {
    if (record.is === 'fault') return [`${record.offset}: ${record.reason}`];
    if (record.is === 'resumed')
      return [`${record.offset}: as ${record.protocol} behind ${record.skippedBytes}, ${record.sureness}`];
    return [];
  });
}

/** A connection that was recorded: what one side has said. */
export function recorded(name: string): Buffer {
  return readFileSync(join(root, 'test/fuzz/corpus', name));
}

/** The form of RTMP 1.0, of either side. */
export const handshake: Buffer = Buffer.concat([Buffer.of(3), Buffer.alloc(2 * 1536)]);

/** Chunks of one message. */
export function chunks(
  header: Partial<MessageHeader>,
  payload: Uint8Array | string,
  chunkSize = 128,
): Buffer {
  return encodeChunks(
    { type: 9, timestamp: 0, messageStreamId: 1, ...header },
    Buffer.from(payload),
    chunkSize,
  );
}

/** A message of video: a frame of AVC. */
export function videoFrame(size: number, isKeyframe = false): Buffer {
  const payload = Buffer.alloc(size, 0x55);
  payload.set([isKeyframe ? 0x17 : 0x27, 1, 0, 0, 0]);
  return payload;
}

/** A message of audio: a frame of AAC. */
export function audioFrame(size: number): Buffer {
  const payload = Buffer.alloc(size, 0x44);
  payload.set([0xaf, 1]);
  return payload;
}
