import type { Socket } from 'node:net';
import type { ChunkReaderLimits } from '../../protocol/rtmp/chunk/chunk-reader.ts';
import type { AccessGate } from '../../session/access.ts';
import { RtmpServerSession } from '../../session/rtmp/rtmp-server-session.ts';
import type { SessionContext } from '../../session/session.ts';
import { Listeners, type ListenersParts } from '../serving/listeners.ts';
import { openSuccessorSocket, type SuccessorSocket } from './handover/successor-socket.ts';

/** What a relay's listeners need. */
export interface RelayListenersParts extends Omit<ListenersParts, 'beginRtmp'> {
  readonly chunkLimits: ChunkReaderLimits;
  /** What a successor may. */
  readonly successor: AccessGate;
}

/** All listeners of a relay, which can leave its ports and streams to another one. */
export class RelayListeners extends Listeners {
  readonly #parts: RelayListenersParts;
  #successor: SuccessorSocket | undefined;

  constructor(parts: RelayListenersParts) {
    super({
      ...parts,
      beginRtmp: (socket, context) => new RtmpServerSession(socket, context, parts.chunkLimits),
    });
    this.#parts = parts;
  }

  /** Leaves all ports to a successor, who listens there already, and gives it the streams on a Unix socket. @returns its path */
  async handOver(path: string): Promise<string> {
    const { door, chunkLimits, successor } = this.#parts;
    const here = { address: '127.0.0.1', isProxy: false, isSuccessor: true } as const;
    const onSocket = (socket: Socket): void => {
      const begin = (context: SessionContext) =>
        new RtmpServerSession(socket, { ...context, gate: successor }, chunkLimits);
      door.admit(socket, begin, { ...here, peer: 'successor' });
    };
    this.#successor = await openSuccessorSocket(path, onSocket);
    await this.leave();
    return path;
  }

  override close(): void {
    this.#successor?.close();
    super.close();
  }
}
