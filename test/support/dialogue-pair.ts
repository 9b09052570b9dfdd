/** One end of a connection as the pair sees it. */
export interface PairedEnd {
  receive(bytes: Buffer): void;
}

/**
 * A connection in memory: what one end sends reaches the other in pieces of a given size when `settle` is called, so that no
 * end is entered again while it is at work.
 */
export class DialoguePair {
  readonly #pieceBytes: number;
  readonly #toServer: Buffer[] = [];
  readonly #toClient: Buffer[] = [];

  /** @param pieceBytes - the most that arrives at once. */
  constructor(pieceBytes: number = Number.POSITIVE_INFINITY) {
    this.#pieceBytes = pieceBytes;
  }

  readonly sendToServer = (bytes: Buffer): void => {
    this.#toServer.push(Buffer.from(bytes));
  };

  readonly sendToClient = (bytes: Buffer): void => {
    this.#toClient.push(Buffer.from(bytes));
  };

  /** Delivers in both directions until neither end has anything to say. */
  settle(client: PairedEnd, server: PairedEnd): void {
    while (this.#toServer.length > 0 || this.#toClient.length > 0) {
      this.#deliver(this.#toServer, server);
      this.#deliver(this.#toClient, client);
    }
  }

  #deliver(queue: Buffer[], end: PairedEnd): void {
    const bytes = Buffer.concat(queue.splice(0));
    const step = Math.min(this.#pieceBytes, bytes.length);
    for (let at = 0; at < bytes.length; at += step) end.receive(bytes.subarray(at, at + step));
  }
}
