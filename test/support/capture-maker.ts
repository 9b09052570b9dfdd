/** Captures made by hand: packets of TCP, and the files that they stand in. */

/** What a segment says; the rest is usual. */
export interface SegmentSpec {
  readonly from?: number;
  readonly to?: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly flags?: readonly ('syn' | 'fin' | 'rst')[];
  readonly payload?: Buffer | string;
}

const TCP = 6;
const flagBits = { fin: 1, syn: 2, rst: 4 };

/** A TCP segment with its header. */
export function tcp({
  from = 50_000,
  to = 1935,
  sequence = 0,
  acknowledgement,
  flags = [],
  payload = '',
}: SegmentSpec): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header.writeUInt32BE(sequence >>> 0, 4);
  header.writeUInt32BE((acknowledgement ?? 0) >>> 0, 8);
  header[12] = 0x50;
  header[13] = flags.reduce((bits, flag) => bits | flagBits[flag], acknowledgement === undefined ? 0 : 0x10);
  return Buffer.concat([header, Buffer.from(payload)]);
}

/** An IPv4 packet. @param fragment - the 16 bits of flags and offset */
export function ipv4(
  segment: Buffer,
  {
    protocol = TCP,
    fragment = 0,
    length = 20 + segment.length,
  }: { protocol?: number; fragment?: number; length?: number } = {},
): Buffer {
  const header = Buffer.from('45000000000000004000000001020304c0000201', 'hex');
  header.writeUInt16BE(length, 2);
  header.writeUInt16BE(fragment, 6);
  header[9] = protocol;
  return Buffer.concat([header, segment]);
}

/** An IPv6 packet, with extension headers of these types, 8 bytes each. */
export function ipv6(segment: Buffer, extensions: readonly number[] = []): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(segment.length + 8 * extensions.length, 4);
  const types = [...extensions, TCP];
  header[6] = types[0] ?? TCP;
  header[23] = 1; // from ::1
  Buffer.from('20010db8000000000000000000000002', 'hex').copy(header, 24);
  const between = extensions.map((_, i) => Buffer.of(types[i + 1] ?? TCP, 0, 0, 0, 0, 0, 0, 0));
  return Buffer.concat([header, ...between, segment]);
}

/** An Ethernet frame. @param tags - VLAN tags before the type */
export function ethernet(packet: Buffer, tags: readonly number[] = []): Buffer {
  const type = packet.readUInt8(0) >> 4 === 6 ? '86dd' : '0800';
  const vlans = tags.map((tag) => `${tag.toString(16).padStart(4, '0')}0001`).join('');
  return Buffer.concat([Buffer.alloc(12), Buffer.from(`${vlans}${type}`, 'hex'), packet]);
}

/** A file as tcpdump writes it: from this second since 1970 on, a packet a second. */
export function pcap(
  packets: readonly Buffer[],
  {
    isLittleEndian = true,
    isNano = false,
    linkType = 1,
    seconds = 1000,
  }: { isLittleEndian?: boolean; isNano?: boolean; linkType?: number; seconds?: number } = {},
): Buffer {
  const u32 = (...values: number[]): Buffer => words(values, isLittleEndian);
  const magic = isNano ? 0xa1b23c4d : 0xa1b2c3d4;
  const version = isLittleEndian ? 0x0004_0002 : 0x0002_0004;
  return Buffer.concat([
    u32(magic, version, 0, 0, 262_144, linkType),
    ...packets.flatMap((packet, i) => [u32(seconds + i, 500, packet.length, packet.length), packet]),
  ]);
}

/** A block of pcapng. */
export function block(type: number, body: Buffer, isLittleEndian = true): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
  const size = words([padded.length + 12], isLittleEndian);
  return Buffer.concat([words([type], isLittleEndian), size, padded, size]);
}

/** Numbers of 32 bits one behind the other. */
export function words(values: readonly number[], isLittleEndian = true): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries())
    if (isLittleEndian) bytes.writeUInt32LE(value >>> 0, 4 * i);
    else bytes.writeUInt32BE(value >>> 0, 4 * i);
  return bytes;
}

/** A section header, and interfaces of this link type with these options. */
export function section(linkType = 1, options: Buffer = Buffer.alloc(0), isLittleEndian = true): Buffer {
  const header = block(
    0x0a0d0d0a,
    words([0x1a2b3c4d, isLittleEndian ? 1 : 0x0001_0000, 0xffffffff, 0xffffffff], isLittleEndian),
    isLittleEndian,
  );
  const link = isLittleEndian ? words([linkType, 0]) : words([linkType << 16, 0], false);
  return Buffer.concat([header, block(1, Buffer.concat([link, options]), isLittleEndian)]);
}

/** An enhanced packet block. */
export function enhancedPacket(packet: Buffer, time: number, isLittleEndian = true): Buffer {
  const head = words([0, Math.floor(time / 2 ** 32), time, packet.length, packet.length], isLittleEndian);
  return block(6, Buffer.concat([head, packet]), isLittleEndian);
}
