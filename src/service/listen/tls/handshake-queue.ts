import type { Socket } from 'node:net';
import type { Clock } from '../../../stream/clock.ts';

/** A turn of the loop goes to handshakes for about this long, milliseconds: then players are sent what they wait for. */
const TURN_MS = 2;

/**
 * Where connections wait for their TLS handshake, of all listeners of a thread. It costs more than anything else that a stranger
 * may ask for: it begins once the client has spoken, and of a crowd a few begin in each turn of the loop, in the order in which they
 * have spoken. Who waits counts as pending, and has the deadline of a handshake.
 */
export class HandshakeQueue {
  readonly #clock: Clock;
  /** Those that have spoken, with what begins their handshake. */
  readonly #waiting = new Map<Socket, () => void>();
  #isRunning = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many have spoken and wait for their turn. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Takes a connection that was let in. @param begin - begins its handshake; not called for one that closes before */
  receive(socket: Socket, begin: () => void): void {
    const onReadable = (): void => {
      if (socket.readableLength === 0) {
        socket.read(); // which finds the end
        return;
      }
      socket.off('readable', onReadable);
      this.#waiting.set(socket, begin);
      this.#run();
    };
    socket.on('readable', onReadable);
    socket.on('close', () => this.#waiting.delete(socket));
  }

  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#clock.soon(() => this.#turn(this.#clock.now() + TURN_MS));
  }

  #turn(until: number): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#clock.now() >= until) {
      this.#isRunning = false;
      if (first !== undefined) this.#run();
      return;
    }
    const [socket, begin] = first;
    this.#waiting.delete(socket);
    begin();
    // node:tls reads what the client has said, which is the costly part, in a tick of its own: the clock is looked at behind that.
    process.nextTick(() => this.#turn(until));
  }
}
