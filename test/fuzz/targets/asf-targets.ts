import { readFileSync } from 'node:fs';
import { AsfIntake } from '../../../src/family/asf/asf-intake.ts';
import { MmshIntake } from '../../../src/family/asf/mmsh-intake.ts';
import { AsfFileReader } from '../../../src/protocol/asf/asf-file-reader.ts';
import { asfHeaderBytes, readAsfHeader } from '../../../src/protocol/asf/asf-header.ts';
import { AsfGuid } from '../../../src/protocol/asf/asf-object.ts';
import { durationMs, readAsfPacket, sendTimeAt } from '../../../src/protocol/asf/asf-packet.ts';
import {
  broadcastHeader,
  fullAsfPacket,
  paddablePacket,
  shiftAsfTimes,
} from '../../../src/protocol/asf/asf-rewriting.ts';
import { MmshReader } from '../../../src/protocol/mmsh/mmsh-reader.ts';
import { bbbAsfPath } from '../../support/media.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { plainBodies } from './seed-material.ts';
import { bytesTarget, streamReader, streamTarget, type TargetPlan } from './target-plan.ts';

/** Packets of the file have so many bytes. */
const PACKET_BYTES = 3200;

/** The longest packet of MMSH, and a header that comes in pieces. */
const MAX_HELD_BYTES = 2 ** 20 + 2 ** 17;

const file = (): Buffer => readFileSync(bbbAsfPath);
const headerOf = (bytes: Buffer): Buffer => bytes.subarray(0, asfHeaderBytes(bytes));

const packets = (): Buffer[] => {
  const bytes = file();
  const start = headerOf(bytes).length;
  return [0, 1, 2, 7, 8].map((index) =>
    bytes.subarray(start + index * PACKET_BYTES, start + (index + 1) * PACKET_BYTES),
  );
};

const shortFile = (): Buffer => file().subarray(0, headerOf(file()).length + 4 * PACKET_BYTES);

const mmsh = (): Buffer[] => [
  ...plainBodies('to-server', 'mmsh-push').filter((body) => body[0] === 0x24),
  ...plainBodies('to-client', 'mmsh-pull').filter((body) => body[0] === 0x24),
];

/** Object ids as they stand in a file, and headers of MMSH packets. */
const asfTokens: readonly Buffer[] = [
  ...Object.values(AsfGuid).map((guid) => Buffer.from(guid, 'hex')),
  ...[
    '24480c00',
    '24440c00',
    '24450400',
    '24430400',
    '2448ffff',
    '2444ffff',
    '24c80c00',
    '24460100',
    '24540000',
    '244d0000',
  ].map((hex) => Buffer.from(hex, 'hex')),
  ...['0000000000000000', 'ffffffffffffffff', '0100000000000000', '820000', '118200', '805d', '8f0000'].map(
    (hex) => Buffer.from(hex, 'hex'),
  ),
];

/** What every player's bytes are made of once a packet is read. */
function rewritten(packet: Buffer, packetBytes: number): unknown {
  const read = readAsfPacket(packet, packetBytes);
  const padded = fullAsfPacket(Buffer.from(paddablePacket(packet, packetBytes, read)), packetBytes);
  if (padded.length !== packetBytes)
    throw new FuzzFault('padding', `${padded.length} bytes in place of ${packetBytes}`);
  const again = readAsfPacket(padded, packetBytes);
  if (again.payloads.length !== read.payloads.length)
    throw new FuzzFault('padding', `${again.payloads.length} payloads in place of ${read.payloads.length}`);
  const shifted = Buffer.from(padded);
  shiftAsfTimes(shifted, packetBytes, 123_456);
  return [read, sendTimeAt(padded), durationMs(padded), shifted];
}

export const asfTargets: Readonly<Record<string, TargetPlan>> = {
  'asf-header': bytesTarget({ seeds: () => [headerOf(file())], tokens: asfTokens }, (bytes) => {
    const header = readAsfHeader(bytes);
    return [header, broadcastHeader(Buffer.from(bytes), header)];
  }),
  'asf-packet': bytesTarget({ seeds: packets, tokens: asfTokens }, (bytes) =>
    bytes.length > PACKET_BYTES ? readAsfPacket(bytes, PACKET_BYTES) : rewritten(bytes, PACKET_BYTES),
  ),
  'asf-file': streamTarget({ seeds: () => [shortFile()], tokens: asfTokens }, 0, (meter) => {
    const reader = new AsfFileReader(meter);
    return streamReader(reader, () => reader.parts());
  }),
  'asf-intake': streamTarget({ seeds: () => [shortFile()], tokens: asfTokens }, 0, (meter) => {
    const intake = new AsfIntake(meter);
    return streamReader(intake, () => intake.frames());
  }),
  'mmsh-packets': streamTarget({ seeds: mmsh, tokens: asfTokens }, MAX_HELD_BYTES, (meter) => {
    const reader = new MmshReader({ meter });
    return streamReader(reader, () => reader.packets());
  }),
  'mmsh-intake': streamTarget({ seeds: mmsh, tokens: asfTokens }, MAX_HELD_BYTES, (meter) => {
    const paths: unknown[] = [];
    const intake = new MmshIntake({ meter, onPath: (path) => paths.push(path) });
    return streamReader(intake, function* () {
      try {
        for (const frame of intake.frames()) {
          yield* paths.splice(0); // in the order in which it was told
          yield frame;
        }
      } finally {
        yield* paths.splice(0);
      }
    });
  }),
};
