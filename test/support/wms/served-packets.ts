import { curl } from '../http-client.ts';
import type { RunningTool } from '../run-tool.ts';

/** A packet as a server sends it. @see MS-WMSP section 2.2.3 */
export interface ServedPacket {
  readonly id: string;
  /** Of `$H` and `$D`. */
  readonly locationId: number;
  readonly afFlags: number;
  /** Behind the data packet header, where there is one. */
  readonly payload: Buffer;
}

/** Starts curl as a player of MMSH that has been told the header already. @param pragmas - besides `xPlayStrm=1` */
export function fetchAsPlayer(url: string, ...pragmas: string[]): RunningTool {
  const lines = ['xPlayStrm=1', ...pragmas].flatMap((pragma) => ['-H', `Pragma: ${pragma}`]);
  return curl('--http1.0', '-A', 'NSPlayer/4.1.0.3856', ...lines, url);
}

/** The whole packets of what a player was sent. */
export function readServed(bytes: Buffer): ServedPacket[] {
  const packets: ServedPacket[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const id = String.fromCharCode(bytes.readUInt8(at + 1));
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    if (end > bytes.length) break;
    const hasHeader = id === 'H' || id === 'D';
    packets.push({
      id,
      locationId: hasHeader ? bytes.readUInt32LE(at + 4) : 0,
      afFlags: hasHeader ? bytes.readUInt8(at + 9) : 0,
      payload: bytes.subarray(at + (hasHeader ? 12 : 4), end),
    });
    at = end;
  }
  return packets;
}

/** What a player makes of the packets: the header, and data packets that are all of one size. */
export function asfOf(packets: readonly ServedPacket[], packetBytes: number): Buffer {
  const parts = packets
    .filter(({ id }) => id === 'H' || id === 'D')
    .map(({ id, payload }) =>
      id === 'H' ? payload : Buffer.concat([payload, Buffer.alloc(packetBytes - payload.length)]),
    );
  return Buffer.concat(parts);
}
