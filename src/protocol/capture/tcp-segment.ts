/** One TCP segment. */
export interface TcpSegment {
  /** Address and port of the sender, as in `192.0.2.1:1935` or `[2001:db8::1]:1935`. */
  readonly source: string;
  readonly target: string;
  readonly sourcePort: number;
  readonly targetPort: number;
  /** uint32, wraps. */
  readonly sequence: number;
  /** uint32; undefined where the segment acknowledges nothing. */
  readonly acknowledgement: number | undefined;
  readonly isSyn: boolean;
  readonly isFin: boolean;
  readonly isReset: boolean;
  /** A view of the packet: what was captured of it. */
  readonly payload: Buffer;
}

/** Why a packet has no segment to read. */
export type NoSegment = 'not TCP' | 'fragment' | 'cut';

const TCP = 6;
const TCP_HEADER_BYTES = 20;
const TcpFlag = { fin: 0x01, syn: 0x02, reset: 0x04, ack: 0x10 } as const;

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
/** Headers that may stand between that of IPv6 and TCP: options, routing, destination options. */
const extensions: ReadonlySet<number> = new Set([0, 43, 60]);
const FRAGMENT_HEADER = 44;
/** More of them than anybody sends. */
const MAX_EXTENSIONS = 8;

/** The TCP segment in an IP packet of either version. Packets that were cut into fragments are not put together. */
export function tcpSegmentIn(packet: Buffer): TcpSegment | NoSegment {
  const version = (packet[0] ?? 0) >> 4;
  if (version === 4) return inIpv4(packet);
  return version === 6 ? inIpv6(packet) : 'not TCP';
}

function inIpv4(packet: Buffer): TcpSegment | NoSegment {
  if (packet.length < IPV4_HEADER_BYTES) return 'cut';
  const headerBytes = 4 * (packet.readUInt8(0) & 0x0f);
  if (packet.readUInt8(9) !== TCP || headerBytes < IPV4_HEADER_BYTES) return 'not TCP';
  if (packet.readUInt16BE(6) & 0x3fff) return 'fragment'; // more fragments, or an offset
  const said = packet.readUInt16BE(2);
  const end = said === 0 ? packet.length : said; // 0 where the network card cuts what is sent
  return segmentAt(packet, headerBytes, end, [packet.subarray(12, 16), packet.subarray(16, 20)]);
}

function inIpv6(packet: Buffer): TcpSegment | NoSegment {
  if (packet.length < IPV6_HEADER_BYTES) return 'cut';
  const said = packet.readUInt16BE(4);
  const end = said === 0 ? packet.length : IPV6_HEADER_BYTES + said;
  let next = packet.readUInt8(6);
  let at = IPV6_HEADER_BYTES;
  for (let count = 0; count < MAX_EXTENSIONS; count++) {
    const isFragmented = next === FRAGMENT_HEADER;
    if (!isFragmented && !extensions.has(next)) break;
    if (at + 8 > packet.length) return 'cut';
    if (isFragmented && packet.readUInt16BE(at + 2) & 0xfff9) return 'fragment'; // an offset, or more fragments
    next = packet.readUInt8(at);
    at += isFragmented ? 8 : 8 * (packet.readUInt8(at + 1) + 1);
  }
  if (next !== TCP) return 'not TCP';
  return segmentAt(packet, at, end, [packet.subarray(8, 24), packet.subarray(24, 40)]);
}

function segmentAt(
  packet: Buffer,
  at: number,
  end: number,
  [source, target]: readonly [Buffer, Buffer],
): TcpSegment | NoSegment {
  if (at + TCP_HEADER_BYTES > packet.length) return 'cut';
  const headerBytes = 4 * (packet.readUInt8(at + 12) >> 4);
  const flags = packet.readUInt8(at + 13);
  if (headerBytes < TCP_HEADER_BYTES || at + headerBytes > end) return 'not TCP';
  const [sourcePort, targetPort] = [packet.readUInt16BE(at), packet.readUInt16BE(at + 2)];
  return {
    source: `${addressText(source)}:${sourcePort}`,
    target: `${addressText(target)}:${targetPort}`,
    sourcePort,
    targetPort,
    sequence: packet.readUInt32BE(at + 4),
    acknowledgement: flags & TcpFlag.ack ? packet.readUInt32BE(at + 8) : undefined,
    isSyn: (flags & TcpFlag.syn) !== 0,
    isFin: (flags & TcpFlag.fin) !== 0,
    isReset: (flags & TcpFlag.reset) !== 0,
    payload: packet.subarray(at + headerBytes, end),
  };
}

function addressText(address: Buffer): string {
  if (address.length === 4) return address.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => address.readUInt16BE(2 * i).toString(16)).join(':');
  const zeros = groups
    .match(/\b0(?::0)+\b/g)
    ?.reduce((longest, run) => (run.length > longest.length ? run : longest));
  const short =
    zeros === undefined
      ? groups
      : groups
          .replace(zeros, ':')
          .replace(/^:+|:+$/g, '::')
          .replace(':::', '::');
  return `[${short}]`;
}
