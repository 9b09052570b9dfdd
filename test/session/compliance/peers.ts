import type { Socket } from 'node:net';
import { FrameReader } from '../../../src/protocol/ws/frame-reader.ts';
import { RtmpServerSession } from '../../../src/session/rtmp/rtmp-server-session.ts';
import type { SessionContext } from '../../../src/session/session.ts';
import { asfFrames } from '../../support/asf-frames.ts';
import type { ComplianceScene } from '../../support/compliance-scene.ts';
import { media } from '../../support/fake-media.ts';
import { chunk, flvBody, flvHeader } from '../../support/flv-body.ts';
import { MemorySocket } from '../../support/memory-socket.ts';
import { RawClient } from '../../support/raw-client.ts';
import { endPacket } from '../../support/wms/encoder-packets.ts';
import { pushPackets } from '../../support/wms/mmsh-words.ts';
import { webSocketHead } from '../../support/ws-client.ts';

/** The far end of a connection, in words that all protocols have in common. */
export interface Peer {
  readonly socket: Socket;
  /** What it heard, as its protocol says it. */
  readonly heard: string;
  /** Everything that came, byte for byte. */
  readonly received: string;
  /** Asks to play live/a. */
  play(): void;
}

/** A peer that can publish too. */
export interface PublishingPeer extends Peer {
  /** Asks to publish live/a. */
  publish(): void;
  /** Sends media, as a script of `media`. */
  send(script: string): void;
  /** Sends what no publisher may send. */
  sendFault(): void;
  /** Ends its stream in good order. */
  end(): void;
}

const limits = { messageBytes: 2 ** 20, partialBytes: 2 ** 21, chunkStreams: 16 };

/** Keeps everything that comes in. */
function record(socket: Socket): () => string {
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  return () => Buffer.concat(received).toString('latin1');
}

/** An RTMP client that has said nothing yet. */
export function openRawRtmp(scene: ComplianceScene, changes: Partial<SessionContext> = {}): RawClient {
  const [near, far] = MemorySocket.pair(false);
  scene.sessions.push(new RtmpServerSession(near, { ...scene.context(), ...changes }, limits));
  return RawClient.over(far);
}

/** A line of the head of a request, where there is something to say. */
function lineOf(name: string, value: string | undefined): string {
  return value === undefined ? '' : `${name}: ${value}\n`;
}

/** An RTMP client that has created a message stream. @param resume - where it says that it left off */
export async function openRtmp(scene: ComplianceScene, resume?: string): Promise<PublishingPeer> {
  const client = openRawRtmp(scene);
  const received = record(client.socket);
  const left = resume === undefined ? {} : { streampumpResume: resume };
  client.connect('live', { streampumpPath: ['downstream'], ...left });
  client.command('createStream', 2, null);
  await scene.settle();
  return {
    socket: client.socket,
    get heard() {
      return client.said.slice(client.said.indexOf('_result 2 on 0') + 1).join('\n');
    },
    get received() {
      return received();
    },
    play: () => client.commandOn(1, 'play', 3, null, 'a'),
    publish: () => client.commandOn(1, 'publish', 3, null, 'a', 'live'),
    send(script) {
      for (const { type, timestamp, payload } of media(script)) client.message(type, payload, 1, timestamp);
    },
    sendFault: () => client.send('02 000000 000004 01 00000000 00000000'.replaceAll(' ', '')), // a chunk size of 0
    end: () => client.command('deleteStream', 0, null, 1),
  };
}

/** An HTTP client. @param resume - where it says that it left off */
export async function openHttp(scene: ComplianceScene, resume?: string): Promise<PublishingPeer> {
  const client = scene.connect();
  return {
    socket: client.socket,
    get heard() {
      return client.text;
    },
    get received() {
      return client.text;
    },
    play() {
      const left = lineOf('Streampump-Resume', resume);
      client.send(`GET /live/a.flv HTTP/1.1\nHost: x\nStreampump-Path: downstream\n${left}\n`);
    },
    publish() {
      client.send('PUT /live/a.flv HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n');
      client.send(chunk(flvHeader));
    },
    send: (script) => client.send(chunk(flvBody(script))),
    sendFault: () => client.send(chunk(Buffer.from('no tag, and no PreviousTagSize either'))),
    end: () => client.send('0\n\n'),
  };
}

/** A client that pushes MMSH, as encoders do. */
export async function openMmshPush(scene: ComplianceScene): Promise<PublishingPeer> {
  const client = scene.connect();
  const start = 'Host: x\nContent-Type: application/x-wms-pushstart\nTransfer-Encoding: chunked\n\n';
  return {
    socket: client.socket,
    get heard() {
      return client.text;
    },
    get received() {
      return client.text;
    },
    play: () => {
      throw new Error('encoders do not play');
    },
    publish: () => client.send(`POST /streams/a_push HTTP/1.1\n${start}`),
    send: (script) => client.send(chunk(pushPackets(script))),
    sendFault: () => client.send(chunk(Buffer.from('no packet'))),
    end: () => client.send(Buffer.concat([chunk(endPacket(0)), Buffer.from('0\r\n\r\n')])),
  };
}

/** An MMS player, which can ask for a description instead. @param resume - where it says that it left off */
export async function openMmsh(
  scene: ComplianceScene,
  resume?: string,
): Promise<Peer & { describe(): void }> {
  scene.frames = asfFrames;
  const client = scene.connect();
  const left = resume === undefined ? '' : `, streampump-resume=${resume}`;
  const ask = (pragma: string): void =>
    client.send(
      `GET /live/a.asf HTTP/1.1\nHost: x\nUser-Agent: NSPlayer/4.1.0.3856\nPragma: ${pragma}${left}\nStreampump-Path: downstream\n\n`,
    );
  return {
    socket: client.socket,
    get heard() {
      return client.text;
    },
    get received() {
      return client.text;
    },
    play: () => ask('xPlayStrm=1'),
    describe: () => ask('no-cache'),
  };
}

/** A WebSocket client. @param resume - where it says that it left off */
export async function openWs(scene: ComplianceScene, resume?: string): Promise<Peer> {
  const client = scene.connect();
  return {
    socket: client.socket,
    get heard() {
      const { text } = client;
      const head = text.slice(0, text.indexOf('\r\n\r\n') + 4);
      const said = [...new FrameReader().decode(client.bytes.subarray(head.length))].map((part) =>
        'code' in part ? `close ${part.code}: ${part.reason}` : `frame ${part.opcode}`,
      );
      return [head, ...said].join('\n');
    },
    get received() {
      return client.text;
    },
    play() {
      const left = lineOf('Streampump-Resume', resume);
      client.send(`${webSocketHead('/live/a.flv')}Streampump-Path: downstream\n${left}\n`);
    },
  };
}
