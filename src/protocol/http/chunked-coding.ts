const lineEnd = Buffer.from('\r\n');

/** One chunk of the chunked transfer coding. @param parts - what goes into it, not copied @see RFC 9112 section 7.1 */
export function httpChunk(parts: readonly Buffer[]): Buffer[] {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  return [Buffer.from(`${size.toString(16)}\r\n`, 'latin1'), ...parts, lineEnd];
}
