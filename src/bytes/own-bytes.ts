/** A copy in memory of its own: from the pool of Buffer, a byte would keep 64 KiB. */
export function ownBytes(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}
