import type { Socket } from 'node:net';
import type { AccessGate } from '../../session/access.ts';
import { createHttpServer, type HttpDoor } from '../listen/http-listener.ts';
import { Listeners, type ListenersParts } from '../serving/listeners.ts';
import { httpSocketBeside, openSuccessorSocket, type SuccessorSocket } from './handover/successor-socket.ts';

/** What a relay's listeners need. */
export interface RelayListenersParts extends ListenersParts {
  /** What a successor may. */
  readonly successor: AccessGate;
}

/** All listeners of a relay, which can leave its ports and streams to another one. */
export class RelayListeners extends Listeners {
  readonly #parts: RelayListenersParts;
  readonly #successors: SuccessorSocket[] = [];

  constructor(parts: RelayListenersParts) {
    super(parts);
    this.#parts = parts;
  }

  /** Leaves all ports to a successor, who listens there already, and gives it the streams on Unix sockets. @returns the path of RTMP's */
  async handOver(path: string): Promise<string> {
    const { door, beginRtmp, site, successor } = this.#parts;
    const here = { address: '127.0.0.1', isProxy: false, isSuccessor: true, peer: 'successor' } as const;
    const successorDoor: HttpDoor = {
      admit: (socket, begin) => door.admit(socket, (context) => begin({ ...context, gate: successor }), here),
      replace: (session) => door.replace(session),
    };
    const server = createHttpServer(successorDoor, site); // never listens: its connections are brought to it
    await this.#open(path, (socket) => successorDoor.admit(socket, (context) => beginRtmp(socket, context)));
    await this.#open(httpSocketBeside(path), (socket) => server.emit('connection', socket));
    await this.leave();
    return path;
  }

  async #open(path: string, onSocket: (socket: Socket) => void): Promise<void> {
    try {
      this.#successors.push(await openSuccessorSocket(path, onSocket));
    } catch (error) {
      this.#closeSuccessors();
      throw error;
    }
  }

  override close(): void {
    this.#closeSuccessors();
    super.close();
  }

  #closeSuccessors(): void {
    for (const socket of this.#successors.splice(0)) socket.close();
  }
}
