/** Node's own WebSocket client, which nobody here wrote, with texts of JSON. */
export class RpcClient implements AsyncDisposable {
  /** All that the server has said. */
  readonly said: unknown[] = [];
  /** Resolves with code and reason when the connection is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #webSocket: WebSocket;
  readonly #waiting = new Set<() => void>();

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.addEventListener('message', ({ data }) => {
      this.said.push(JSON.parse(String(data)));
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
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RpcClient> {
    const webSocket = new WebSocket(url, { headers });
    const client = new RpcClient(webSocket);
    await new Promise<void>((resolve, reject) => {
      webSocket.addEventListener('open', () => resolve());
      webSocket.addEventListener('error', () => reject(new Error(`cannot open ${url}`)));
    });
    return client;
  }

  /** Sends text as it is, anything else as JSON. */
  send(message: unknown): void {
    this.#webSocket.send(
      typeof message === 'string' || message instanceof Uint8Array
        ? (message as string)
        : JSON.stringify(message),
    );
  }

  /** Calls a method. */
  call(method: string, params: unknown, id: unknown): void {
    this.send({ jsonrpc: '2.0', method, params, id });
  }

  /** The next that the server says which this finds; rejects when the connection closes before. */
  async hears<T>(find: (message: { readonly [name: string]: unknown }) => T | undefined): Promise<T> {
    for (;;) {
      for (const message of this.said) {
        const found = find(message as { readonly [name: string]: unknown });
        if (found !== undefined) return found;
      }
      if (this.#webSocket.readyState === WebSocket.CLOSED)
        throw new Error(`closed after ${JSON.stringify(this.said)}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** The answer to the call of this id. */
  answerTo(id: unknown): Promise<{ readonly [name: string]: unknown }> {
    return this.hears((message) => (message['id'] === id && !('method' in message) ? message : undefined));
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
