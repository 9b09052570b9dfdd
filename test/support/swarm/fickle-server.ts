import type { Socket } from 'node:net';
import type { MediaMessage } from '../fake-media.ts';
import { flvHeader, flvTag } from '../flv-body.ts';
import { RawServer } from '../raw-server.ts';
import { OddMedia } from './odd-media.ts';
import { Random } from './random.ts';

/** A server that a relay pulls FLV from over HTTP, and that treats it in another way each time. */
export class FickleServer implements AsyncDisposable {
  readonly #seed: number;
  #server: RawServer | undefined;
  #asked = 0;
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(seed: number) {
    this.#seed = seed;
  }

  static async start(seed: number): Promise<FickleServer> {
    const server = new FickleServer(seed);
    server.#server = await RawServer.start((socket, head) => server.#answer(socket, head));
    return server;
  }

  /** How often it was asked so far. */
  get asked(): number {
    return this.#asked;
  }

  /** For a relay's config. */
  get urls(): readonly string[] {
    return ['first', 'second'].map(
      (name) => `http://user:secret@127.0.0.1:${this.#server?.port}/${name}/{key}.flv`,
    );
  }

  #answer(socket: Socket, head: string): void {
    const random = new Random(this.#seed, ++this.#asked);
    const does = random.weighted({
      plays: 10,
      endsSoon: 6,
      empty: 3,
      refuses: 3,
      redirects: 2,
      echoes: 1,
      keepsSilent: 1,
    });
    const ok = 'HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\nConnection: close\r\n\r\n';
    switch (does) {
      case 'plays':
        socket.write(ok);
        socket.write(flvHeader);
        this.#play(socket, new OddMedia(random), random);
        return;
      case 'endsSoon':
        socket.write(ok);
        socket.end(Buffer.concat([flvHeader, ...tagsOf(new OddMedia(random), random)]));
        return;
      case 'empty':
        socket.write(Buffer.concat([Buffer.from(ok), flvHeader, ...tagsOf(new OddMedia(random), random)]));
        this.#after(500, () => socket.end(Buffer.concat(new OddMedia(random).empty(5000).map(tagOf))));
        return;
      case 'refuses':
        socket.end(`HTTP/1.1 ${random.oneOf([404, 403, 500])} No\r\nContent-Length: 4\r\n\r\nnone`);
        return;
      case 'redirects':
        socket.end(`HTTP/1.1 302 Found\r\nLocation: /second/elsewhere.flv\r\nContent-Length: 0\r\n\r\n`);
        return;
      case 'echoes':
        socket.end(`HTTP/1.1 401 No\r\nContent-Length: ${head.length}\r\n\r\n${head}`);
        return;
      case 'keepsSilent':
        return;
      default:
        does satisfies never;
    }
  }

  /** A keyframe group now and then, as long as somebody takes it. */
  #play(socket: Socket, media: OddMedia, random: Random): void {
    if (socket.destroyed) return;
    if (socket.writableLength < 2 ** 20) socket.write(Buffer.concat(tagsOf(media, random)));
    this.#after(random.between(50, 400), () => this.#play(socket, media, random));
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#server?.[Symbol.asyncDispose]();
  }
}

function tagsOf(media: OddMedia, random: Random): Buffer[] {
  return [...media.group(), ...(random.chance(0.2) ? media.data(3) : [])].map(tagOf);
}

function tagOf(message: {
  readonly type: number;
  readonly timestamp: number;
  readonly payload: Buffer;
}): Buffer {
  return flvTag(message as MediaMessage);
}
