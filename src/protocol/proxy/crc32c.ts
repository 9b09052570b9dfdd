/** The polynomial of Castagnoli, bits reversed. */
const POLYNOMIAL = 0x82f6_3b78;

const table: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? POLYNOMIAL : 0);
  return sum;
});

/** The checksum CRC32c of all parts in a row, 32 bits without sign. @see RFC 4960 appendix B */
export function crc32c(...parts: readonly Uint8Array[]): number {
  let sum = 0xffff_ffff;
  for (const part of parts) for (const byte of part) sum = (sum >>> 8) ^ (table[(sum ^ byte) & 0xff] ?? 0);
  return (sum ^ 0xffff_ffff) >>> 0;
}
