// A server that relays: what one client publishes goes to all who play it, from the latest keyframe on.
//   node relay-server.ts [PORT]
import { createServer } from 'node:net';
import { decodeAudioMessage, decodeVideoMessage, VideoFrameType } from 'streampump/flv';
import { type ServerPlay, type ServerPublication, ServerSession, type StreamMessage } from 'streampump/rtmp';

/** A stream under one name: who plays it, and what somebody who comes late gets first. */
class Stream {
  readonly players = new Set<ServerPlay>();
  source: ServerPublication | undefined;
  readonly #headers = new Map<string, StreamMessage>();
  #group: StreamMessage[] = [];

  async relay(publication: ServerPublication): Promise<void> {
    this.source?.close('somebody else publishes this stream now');
    this.source = publication;
    try {
      for await (const message of publication) if (this.source === publication) this.#take(message);
    } finally {
      if (this.source === publication) this.#end();
    }
  }

  add(player: ServerPlay): void {
    for (const message of [...this.#headers.values(), ...this.#group]) void player.send(message);
    this.players.add(player);
    void player.ended.then(() => this.players.delete(player));
  }

  #take(message: StreamMessage): void {
    const { type, payload } = message;
    const video = type === 'video' ? decodeVideoMessage(payload) : undefined;
    const audio = type === 'audio' ? decodeAudioMessage(payload) : undefined;
    const isHeader = type === 'data' || (video ?? audio)?.packet === 'sequenceStart';
    if (isHeader) this.#headers.set(type, message);
    else {
      if (video?.frameType === VideoFrameType.key) this.#group = [];
      this.#group.push(message);
    }
    for (const player of this.players) void player.send(message);
  }

  #end(): void {
    this.source = undefined;
    this.#headers.clear();
    this.#group = [];
    for (const player of this.players) player.close();
  }
}

const streams = new Map<string, Stream>();

function streamOf(name: string): Stream {
  const known = streams.get(name);
  if (known !== undefined) return known;
  const stream = new Stream();
  streams.set(name, stream);
  return stream;
}

const server = createServer(async (socket) => {
  let app = '';
  // a player that does not keep up is closed: what it has not taken is kept in memory
  await using session = new ServerSession(socket, { limits: { backlogBytes: 4_000_000 } });
  try {
    for await (const event of session) {
      if (event.type === 'connect') {
        ({ app } = event.request);
        event.accept();
      } else if (event.type === 'publish') {
        streamOf(`${app}/${event.streamName}`).relay(event.accept()).catch(console.error);
      } else if (event.type === 'play') {
        streamOf(`${app}/${event.streamName}`).add(event.accept());
      }
    }
  } catch (error) {
    console.error(`${socket.remoteAddress}: ${error}`);
  }
});

server.listen(Number(process.argv[2] ?? 1935), () => {
  const address = server.address();
  if (typeof address === 'object') console.log(`listening on port ${address?.port}`);
});
