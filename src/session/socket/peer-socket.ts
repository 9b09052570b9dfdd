import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** As much of a socket as a session uses: what carries the bytes may be a connection of TCP or something that looks like one. */
export type PeerSocket = Duplex &
  Pick<Socket, 'remoteAddress' | 'remotePort' | 'bytesRead' | 'bytesWritten'> & {
    /** How many bytes were taken of the write that is not done; undefined where only the kernel knows. */
    readonly takenOfWrite?: number;
  };
