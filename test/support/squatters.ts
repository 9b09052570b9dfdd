import { connect, type Socket } from 'node:net';

/** How often connections that were closed are opened again, and those that are there go on, milliseconds. */
const ROUND_MS = 50;

/** What whoever only wants to hold connections does with them. */
export interface Squat {
  /** Opens a connection. @returns the socket to speak on */
  readonly open?: (port: number, localAddress: string) => Socket;
  /** Is said at once. */
  readonly first?: Buffer | string;
  /** Is said again and again, so as not to look silent. */
  readonly again?: Buffer | string;
}

/** Connections from several addresses that want nothing but to be there: one that is closed is opened again. */
export class Squatters implements AsyncDisposable {
  readonly #port: number;
  readonly #squat: Squat;
  readonly #sockets: { readonly address: string; socket: Socket }[];
  readonly #timer: NodeJS.Timeout;

  /** @param each - connections from each address */
  constructor(port: number, addresses: readonly string[], each: number, squat: Squat = {}) {
    this.#port = port;
    this.#squat = squat;
    this.#sockets = addresses.flatMap((address) =>
      Array.from({ length: each }, () => ({ address, socket: this.#open(address) })),
    );
    this.#timer = setInterval(() => this.#goOn(), ROUND_MS);
  }

  #goOn(): void {
    const { again } = this.#squat;
    for (const place of this.#sockets) {
      if (place.socket.destroyed) place.socket = this.#open(place.address);
      else if (again !== undefined && place.socket.writable) place.socket.write(again);
    }
  }

  #open(localAddress: string): Socket {
    const { open = openPlain, first } = this.#squat;
    const socket = open(this.#port, localAddress)
      .on('error', () => {}) // 'close' follows
      .resume();
    if (first !== undefined) socket.write(first);
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const closed = this.#sockets.map(
      ({ socket }) => socket.closed || new Promise((resolve) => socket.once('close', resolve).destroy()),
    );
    await Promise.all(closed);
  }
}

/** Loopback addresses that nothing else in the tests uses. */
export function strangers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `127.0.66.${1 + index}`);
}

function openPlain(port: number, localAddress: string): Socket {
  return connect({ port, host: '127.0.0.1', localAddress });
}
