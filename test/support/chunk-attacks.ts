/** Chunks that no reader may take. */

/** Set Chunk Size with this payload, in hex. */
export function setChunkSize(payload: string): string {
  return `02000000${(payload.length / 2).toString(16).padStart(6, '0')}0100000000${payload}`;
}

/** Bytes after connect and createStream that must cost the connection, and the code that the log gives for it. */
export const chunkAttacks: readonly {
  readonly name: string;
  readonly code: string;
  readonly wire: string;
}[] = [
  { name: 'chunk size 0', code: 'RTMP_CHUNK_SIZE_INVALID', wire: setChunkSize('00000000') },
  {
    name: 'chunk size with the highest bit',
    code: 'RTMP_CHUNK_SIZE_INVALID',
    wire: setChunkSize('80000080'),
  },
  { name: 'chunk size of 2^32-1', code: 'RTMP_CHUNK_SIZE_INVALID', wire: setChunkSize('ffffffff') },
  { name: 'chunk size of 3 bytes', code: 'RTMP_PAYLOAD_TRUNCATED', wire: setChunkSize('000080') },
  { name: 'chunk size of no bytes', code: 'RTMP_PAYLOAD_TRUNCATED', wire: setChunkSize('') },
  { name: 'abort of 2 bytes', code: 'RTMP_PAYLOAD_TRUNCATED', wire: '020000000000020200000000' + '0003' },
  {
    name: 'acknowledgement of 1 byte',
    code: 'RTMP_PAYLOAD_TRUNCATED',
    wire: '020000000000010300000000' + '00',
  },
  { name: 'user control of 1 byte', code: 'RTMP_PAYLOAD_TRUNCATED', wire: '020000000000010400000000' + '00' },
  { name: 'message of 16 MiB', code: 'RTMP_MESSAGE_TOO_LARGE', wire: '04000000ffffff0900000000' },
  { name: 'format 2 first on a chunk stream', code: 'RTMP_CHUNK_UNEXPECTED', wire: '8a000000' },
  { name: 'format 3 first on a chunk stream', code: 'RTMP_CHUNK_UNEXPECTED', wire: 'c1ffff' },
  {
    name: 'aggregate whose part is longer than it',
    code: 'RTMP_PAYLOAD_TRUNCATED',
    wire: '0400000000000c1601000000' + '09ffffff0000000000000000',
  },
  { name: 'aggregate of one byte', code: 'RTMP_PAYLOAD_TRUNCATED', wire: '040000000000011601000000' + '09' },
];
