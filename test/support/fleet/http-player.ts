import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

/** A player of HTTP-FLV that asks a house first, as curl and VLC do, and counts what it gets. */
export class HttpPlayer implements Disposable {
  /** Where the house has sent it. */
  readonly location: string;
  readonly #response: IncomingMessage;
  #bytes = 0;
  #waiting = new Set<() => void>();
  isOver = false;

  private constructor(location: string, response: IncomingMessage) {
    this.location = location;
    this.#response = response;
    const wake = (): void => {
      for (const look of this.#waiting) look();
    };
    response.on('data', (bytes: Buffer) => {
      this.#bytes += bytes.length;
      wake();
    });
    response.on('close', () => {
      this.isOver = true;
      wake();
    });
    response.on('error', () => {}); // 'close' follows
  }

  /** Resolves once it plays. @param url - on a house */
  static async play(url: string): Promise<HttpPlayer> {
    const sent = await responseOf(url);
    sent.resume();
    const { location } = sent.headers;
    if (sent.statusCode !== 302 || location === undefined)
      throw new Error(`${url} was answered ${sent.statusCode}, without a redirection`);
    const response = await responseOf(location);
    if (response.statusCode !== 200) throw new Error(`${location} was answered ${response.statusCode}`);
    return new HttpPlayer(location, response);
  }

  /** Resolves when so many more bytes have come; rejects when it is over before that. */
  async more(bytes = 50_000): Promise<void> {
    const wanted = this.#bytes + bytes;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (this.isOver) reject(new Error(`the stream from ${this.location} has ended`));
        else if (this.#bytes >= wanted) resolve();
        else return;
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  [Symbol.dispose](): void {
    this.#response.destroy();
  }
}

async function responseOf(url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  return response;
}
