/** The bytes, in memory of their own if they are a small part of a large read: kept as a view they would keep all of it. */
export function ownMemory(payload: Buffer): Buffer {
  if (payload.length * 4 >= payload.buffer.byteLength) return payload;
  const own = Buffer.allocUnsafeSlow(payload.length);
  payload.copy(own);
  return own;
}
