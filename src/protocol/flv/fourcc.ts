/** The codecs that Enhanced RTMP names, by their FourCC; others pass a relay just as well. @see Enhanced RTMP v2, AudioFourCc and VideoFourCc */
export const FourCc = {
  ac3: 'ac-3',
  eac3: 'ec-3',
  opus: 'Opus',
  mp3: '.mp3',
  flac: 'fLaC',
  aac: 'mp4a',
  vp8: 'vp08',
  vp9: 'vp09',
  av1: 'av01',
  avc: 'avc1',
  hevc: 'hvc1',
} as const;

/** One of the FourCCs that Enhanced RTMP names. */
export type FourCc = (typeof FourCc)[keyof typeof FourCc];

/** The four bytes of a FourCC as they stand on the wire, a big-endian uint32. */
export function fourCcCode(fourCc: FourCc): number {
  return Buffer.from(fourCc, 'latin1').readUInt32BE(0);
}

/**
 * The name of the FourCC with this code: its four characters, or `0x` and eight hex digits where one of them
 * is not visible ASCII, so that what a peer sent may stand in a log line.
 */
export function fourCcName(code: number): string {
  const characters = [code >>> 24, (code >>> 16) & 0xff, (code >>> 8) & 0xff, code & 0xff];
  if (characters.every((character) => character > 0x20 && character < 0x7f)) {
    return String.fromCharCode(...characters);
  }
  return `0x${code.toString(16).padStart(8, '0')}`;
}
