import { RawClient } from './raw-client.ts';
import { readChunksSlowly } from './slow-chunk-reader.ts';

const handshakeAnswerBytes = 1 + 2 * 1536;

/** What a client has got of a stream. */
export interface MediaCounts {
  readonly audioMessages: number;
  readonly videoMessages: number;
  readonly mediaBytes: number;
}

/** Plays a stream, keeps every byte and counts when all is over: slow and obvious, with nothing of the load tester in it. */
export class CountingClient implements AsyncDisposable {
  readonly #client: RawClient;
  readonly #received: Buffer[] = [];

  private constructor(client: RawClient) {
    this.#client = client;
    client.socket.on('data', (bytes: Buffer) => this.#received.push(bytes));
  }

  static async play(port: number, app: string, streamName: string): Promise<CountingClient> {
    const raw = await RawClient.open(port);
    const client = new CountingClient(raw);
    raw.connect(app);
    raw.command('createStream', 2, null);
    await raw.heard('_result 2');
    raw.commandOn(1, 'play', 0, null, streamName);
    return client;
  }

  /** Resolves when the stream has ended. */
  async ended(): Promise<MediaCounts> {
    await this.#client.heard('onStatus NetStream.Play.UnpublishNotify');
    await this.#client[Symbol.asyncDispose]();
    const messages = readChunksSlowly(Buffer.concat(this.#received).subarray(handshakeAnswerBytes));
    const audio = messages.filter(({ type }) => type === 8);
    const video = messages.filter(({ type }) => type === 9);
    return {
      audioMessages: audio.length,
      videoMessages: video.length,
      mediaBytes: [...audio, ...video].reduce((bytes, { payload }) => bytes + payload.length, 0),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }
}
