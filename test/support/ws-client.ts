/** Node's own WebSocket client, which nobody here wrote, and the head of a request for those that a test writes byte by byte. */
export class WsClient implements AsyncDisposable {
  /** The payload of every message, binary all. */
  readonly messages: Buffer[] = [];
  /** Resolves with code and reason when the connection is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #webSocket: WebSocket;
  readonly #waiting = new Set<() => void>();

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.binaryType = 'arraybuffer';
    webSocket.addEventListener('message', ({ data }) => {
      if (!(data instanceof ArrayBuffer)) throw new TypeError('a message that is not binary');
      this.messages.push(Buffer.from(data));
      this.#wake();
    });
    this.closed = new Promise((resolve) =>
      webSocket.addEventListener('close', ({ code, reason }) => {
        resolve({ code, reason });
        this.#wake();
      }),
    );
  }

  /** Resolves when the upgrade was answered. @param headers - of the request for it, besides those that it must have */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<WsClient> {
    const webSocket = new WebSocket(url, { headers });
    const client = new WsClient(webSocket);
    await new Promise<void>((resolve, reject) => {
      webSocket.addEventListener('open', () => resolve());
      webSocket.addEventListener('error', () => reject(new Error(`cannot open ${url}`)));
    });
    return client;
  }

  /** Resolves when there are so many messages; rejects when the connection closes before. */
  async messageOf(count: number): Promise<void> {
    while (this.messages.length < count) {
      if (this.#webSocket.readyState === WebSocket.CLOSED)
        throw new Error(`closed after ${this.messages.length} messages`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  close(): void {
    this.#webSocket.close(1000);
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#webSocket.close();
    await this.closed;
  }
}

/** The head of an upgrade request up to its last line, which is for the test to write. */
export function webSocketHead(path: string): string {
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  return `GET ${path} HTTP/1.1\nHost: x\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: ${key}\n`;
}
