import { bufferView } from '../bytes/buffer-view.ts';

/** What a session uses of a `Duplex` of Node.js, such as a socket. */
export interface NodeDuplex {
  readonly destroyed: boolean;
  /** Sends bytes; tells when they are taken. */
  write(bytes: Uint8Array, onTaken: (error?: Error | null) => void): unknown;
  /** Holds back what is written until `uncork`. */
  cork?(): void;
  /** Sends what was held back. */
  uncork?(): void;
  /** Reads nothing for now. */
  pause(): unknown;
  /** Reads on. */
  resume(): unknown;
  /** Sends what is left, and that it was all. */
  end(): unknown;
  /** Closes at once. */
  destroy(): unknown;
  /** Bytes have come. */
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  /** It has failed. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** The peer has said its last, or it is closed. */
  on(event: 'end' | 'close', listener: () => void): unknown;
}

/** A pair of web streams, such as a WebTransport stream or both ends of a TransformStream. */
export interface WebDuplex {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** What a transport tells its session. */
export interface TransportEvents {
  /** @param bytes - the session's from now on */
  onBytes(bytes: Buffer): void;
  /** The peer's side, or what is below, has taken bytes. */
  onTaken(): void;
  /** The peer sends nothing more. */
  onEnd(): void;
  /** Nothing goes or comes any more; once. */
  onClosed(error: Error | undefined): void;
}

/** Carries the bytes of a session. */
export interface Transport {
  /** Bytes that were written and are not taken yet. */
  readonly backlogBytes: number;
  write(bytes: Uint8Array): void;
  /** Holds back what is written until {@link uncork}. */
  cork(): void;
  uncork(): void;
  /** Reads nothing until {@link resume}; what has been read already may still come. */
  pause(): void;
  resume(): void;
  /** Closes once all that was written is taken. */
  end(): void;
  /** Closes now. */
  destroy(): void;
}

/** Takes a duplex over: nobody else may read or write it from now on. */
export function openTransport(duplex: NodeDuplex | WebDuplex, events: TransportEvents): Transport {
  return 'writable' in duplex && typeof duplex.writable === 'object'
    ? new WebTransport(duplex as WebDuplex, events)
    : new NodeTransport(duplex as NodeDuplex, events);
}

class NodeTransport implements Transport {
  readonly #duplex: NodeDuplex;
  readonly #events: TransportEvents;
  #error: Error | undefined;
  backlogBytes = 0;

  constructor(duplex: NodeDuplex, events: TransportEvents) {
    this.#duplex = duplex;
    this.#events = events;
    duplex.on('data', (bytes: Uint8Array) => events.onBytes(bufferView(bytes)));
    duplex.on('end', () => events.onEnd());
    duplex.on('error', (error: Error) => {
      this.#error = error;
    });
    duplex.on('close', () => events.onClosed(this.#error));
    if (duplex.destroyed) queueMicrotask(() => events.onClosed(undefined));
  }

  write(bytes: Uint8Array): void {
    this.backlogBytes += bytes.length;
    this.#duplex.write(bytes, (error) => {
      this.backlogBytes -= bytes.length;
      if (error === undefined || error === null) this.#events.onTaken();
    });
  }

  cork(): void {
    this.#duplex.cork?.();
  }

  uncork(): void {
    this.#duplex.uncork?.();
  }

  pause(): void {
    this.#duplex.pause();
  }

  resume(): void {
    this.#duplex.resume();
  }

  end(): void {
    this.#duplex.end();
  }

  destroy(): void {
    this.#duplex.destroy();
  }
}

class WebTransport implements Transport {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #events: TransportEvents;
  #isPaused = false;
  #isClosed = false;
  /** Goes on with reading. */
  #goOn: () => void = () => {};
  backlogBytes = 0;

  constructor({ readable, writable }: WebDuplex, events: TransportEvents) {
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
    this.#events = events;
    this.#writer.closed.catch((error: unknown) => this.#close(error));
    void this.#read();
  }

  write(bytes: Uint8Array): void {
    this.backlogBytes += bytes.length;
    this.#writer.write(bytes).then(
      () => {
        this.backlogBytes -= bytes.length;
        if (!this.#isClosed) this.#events.onTaken();
      },
      () => {}, // `closed` rejects as well
    );
  }

  cork(): void {}

  uncork(): void {}

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#goOn();
  }

  end(): void {
    this.#writer.close().then(
      () => this.destroy(),
      () => {}, // `closed` rejects as well
    );
  }

  destroy(): void {
    this.#reader.cancel().catch(() => {});
    this.#writer.abort().catch(() => {});
    this.#close(undefined);
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (this.#isClosed) return;
        if (done) break;
        this.#events.onBytes(bufferView(value));
        if (this.#isPaused) await new Promise<void>((resolve) => (this.#goOn = resolve));
      }
      this.#events.onEnd();
    } catch (error) {
      this.#close(error);
    }
  }

  #close(error: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#goOn();
    queueMicrotask(() => this.#events.onClosed(error === undefined ? undefined : asError(error)));
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
