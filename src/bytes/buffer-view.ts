/** The same bytes as a Buffer, which is a view of their memory where they are none. */
export function bufferView(bytes: Uint8Array): Buffer {
  if (bytes instanceof Buffer) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
