/** Writes a capture of one publisher: `node bench/large-capture.ts FILE MEBIBYTES`, the test clip again and again, in segments of 1,448 bytes. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { FlvTagReader } from '../src/protocol/flv/flv-tag-reader.ts';
import { encodeChunks } from '../src/protocol/rtmp/chunk/chunk-writer.ts';
import { encodeCommand } from '../src/protocol/rtmp/message/command-message.ts';
import { ethernet, ipv4, pcap, tcp } from '../test/support/capture-maker.ts';
import { bbbPath } from '../test/support/media.ts';

const SEGMENT_BYTES = 1448;
const MEBIBYTE: number = 2 ** 20;
const FILE_HEADER_BYTES = 24;
const CHUNK_SIZE = 128;

const [, , name = 'large.pcap', mebibytes = '1024'] = process.argv;
const reader = new FlvTagReader({ maxTagBytes: MEBIBYTE });
reader.push(readFileSync(bbbPath));
const tags = [...reader.tags()].filter(({ type }) => type !== 18);
const clipMs = Math.max(...tags.map(({ timestamp }) => timestamp)) + 23;

const file = openSync(name, 'w');
let written = 0;
let sequence = 1;
let rest = Buffer.alloc(0);

function capture(segment: Buffer): void {
  const whole = pcap([ethernet(ipv4(segment))]);
  written += writeSync(file, written === 0 ? whole : whole.subarray(FILE_HEADER_BYTES));
}

function say(bytes: Buffer, isAll = false): void {
  rest = Buffer.concat([rest, bytes]);
  while (rest.length >= SEGMENT_BYTES || (isAll && rest.length > 0)) {
    const payload = rest.subarray(0, SEGMENT_BYTES);
    capture(tcp({ sequence, payload }));
    sequence += payload.length;
    rest = rest.subarray(payload.length);
  }
}

capture(tcp({ sequence: 0, flags: ['syn'] }));
say(Buffer.concat([Buffer.of(3), Buffer.alloc(2 * 1536)]));
const publish = encodeCommand('publish', 5, null, 'cam1', 'live');
say(encodeChunks({ type: 20, timestamp: 0, messageStreamId: 1 }, publish, CHUNK_SIZE));
for (let round = 0; written < Number(mebibytes) * MEBIBYTE; round++)
  for (const { type, timestamp, payload } of tags) {
    const header = { type, timestamp: (timestamp + round * clipMs) >>> 0, messageStreamId: 1 };
    say(encodeChunks(header, payload, CHUNK_SIZE));
  }
say(Buffer.alloc(0), true);
closeSync(file);
