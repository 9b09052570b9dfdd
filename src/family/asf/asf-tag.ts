import type { AsfHeader } from '../../protocol/asf/asf-header.ts';

const HEADER = 1 << 23;
const FRAMED = 1 << 24;

/** What the tag of a frame says: what it is, and what the header says that its wire forms need. */
export const AsfTag = {
  of: (header: AsfHeader): number =>
    header.packetBytes | ((header.streams.find(({ type }) => type === 'video')?.number ?? 0) << 16),
  ofHeader: (header: AsfHeader): number => AsfTag.of(header) | HEADER,
  isHeader: (tag: number): boolean => (tag & HEADER) !== 0,
  /** Of a header: its publisher puts MMS data packet headers in front of packets. Whoever goes on for it has to know. */
  framed: (tag: number): number => tag | FRAMED,
  isFramed: (tag: number): boolean => (tag & FRAMED) !== 0,
  /** Of a packet: how many objects of this video stream begin in it, 0 to 63. */
  withVideoFrames: (tag: number, count: number): number => tag | (count << 25),
  videoFrames: (tag: number): number => (tag >> 25) & 0x3f,
  /** Bytes of a packet with all of its padding. */
  packetBytes: (tag: number): number => tag & 0xff_ff,
  /** The video stream whose key frames count, the first; 0 where there is none. */
  videoStream: (tag: number): number => (tag >> 16) & 0x7f,
} as const;
