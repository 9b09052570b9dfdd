import type { Socket } from 'node:net';
import { encodeMmshHeader } from '../../src/protocol/mmsh/mmsh-packet.ts';
import { MmshPull } from '../../src/session/upstream/mmsh/mmsh-pull.ts';
import { ServerConnector } from '../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../src/stream/clock.ts';
import { asfHeader, asfPacket } from './asf-maker.ts';
import { chunk } from './flv-body.ts';
import { httpUrl } from './http-url.ts';
import { RawServer } from './raw-server.ts';
import { UpstreamNotes } from './upstream-notes.ts';
import { servedPacket } from './wms/encoder-packets.ts';

/** What the server's stream begins with: audio is stream 1, video 2. */
export const header: Buffer = asfHeader();
/** A keyframe at 40 ms, and audio at 80 ms. */
export const packets: readonly [Buffer, Buffer] = [
  asfPacket({ sendTimeMs: 40, payloads: [{ stream: 2, isKey: true, time: 40 }] }),
  asfPacket({ sendTimeMs: 80, payloads: [{ stream: 1, time: 80 }] }),
];
/** The same as a server sends them. */
export const data: readonly Buffer[] = packets.map((packet, index) =>
  servedPacket('D', packet, { locationId: index, afFlags: index }),
);

/** The head of an answer. */
export const ok = (type: string, ...lines: readonly string[]): string =>
  ['HTTP/1.1 200 OK', `Content-Type: ${type}`, ...lines, '', ''].join('\r\n');

/** The answer to a describe. */
export function described(body: Buffer = encodeMmshHeader(header), ...lines: readonly string[]): Buffer {
  const type = 'application/vnd.ms.wms-hdr.asfv1';
  return Buffer.concat([Buffer.from(ok(type, `Content-Length: ${body.length}`, ...lines)), body]);
}

const playing = ok('application/x-mms-framed', 'Transfer-Encoding: chunked', 'Streampump-Path: b, origin');

/** What says that an answer in chunks is complete. */
export const lastChunk: Buffer = Buffer.from('0\r\n\r\n');

/** The answer to a play, of these MMSH packets. */
export const played = (...parts: readonly Buffer[]): (string | Buffer)[] => [playing, ...parts.map(chunk)];

/** A pull from a server that says what the test wants, with all that it tells. */
export interface MmshScene extends AsyncDisposable {
  readonly server: RawServer;
  readonly notes: UpstreamNotes;
  readonly pull: MmshPull;
  /** The names of what was told, with the times of media. */
  readonly told: readonly unknown[];
}

/** A pull from a server that answers one request after the other with these parts, and ends each connection unless it is to stay. */
export async function pullMmsh(
  answers: readonly (readonly (string | Buffer)[])[],
  { stays = false }: { readonly stays?: boolean } = {},
): Promise<MmshScene> {
  let asked = 0;
  const server = await RawServer.start((socket: Socket) => {
    for (const part of answers[asked++] ?? []) socket.write(part);
    if (!stays) socket.end();
  });
  const notes = new UpstreamNotes();
  const connector = new ServerConnector(systemClock, { proxy: { url: null, bypass: [] } });
  const url = httpUrl(`mmsh://me:pass@127.0.0.1:${server.port}/streams/a?token=x`);
  const pull = new MmshPull({ url, waiting: ['me', 'child'] }, connector, notes);
  return {
    server,
    notes,
    pull,
    get told() {
      return notes.told.map(([name, , second]) => (name === 'media' ? second : name));
    },
    async [Symbol.asyncDispose]() {
      pull.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
