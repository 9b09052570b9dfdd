import type { Socket } from 'node:net';
import type { Inspection } from '../../inspect/inspection.ts';
import type { ServerSessionEvent } from '../../rtmp-session/server-event.ts';
import { ServerSession } from '../../rtmp-session/server-session.ts';
import type { ServerPublication } from '../../rtmp-session/server-stream.ts';
import type { NodeDuplex } from '../../rtmp-session/transport.ts';
import { type LiveConnection, type LiveOutput, nameOf, read } from './live-listener.ts';

/** Answers as a server of RTMP that lets everybody publish and keeps nothing, and inspects what both sides say. */
export function receiving(source: string, inspection: Inspection, output: LiveOutput): LiveConnection {
  return (client) => {
    const name = nameOf(client.remoteAddress, client.remotePort);
    const own = nameOf(client.localAddress, client.localPort);
    const { toServer, toClient } = inspection.connection(source, name, own, true);
    client.on('data', (bytes: Buffer) => {
      read(toServer, bytes);
      void output.flush();
    });
    client.on('close', () => {
      toServer.reader.end();
      toClient.reader.end();
      void output.flush();
    });
    const heard = new OverheardDuplex(client, (bytes) => read(toClient, bytes));
    serve(new ServerSession(heard)).catch((error: Error) => output.note(`${name}: ${error.message}`));
  };
}

async function serve(session: ServerSession): Promise<void> {
  for await (const event of session) answer(event);
}

function answer(event: ServerSessionEvent): void {
  if (event.type === 'connect') event.accept();
  else if (event.type === 'play') event.refuse('nothing can be played here: streampump inspect only takes');
  else if (event.type === 'publish') drain(event.accept()).catch(() => {}); // the session says the same
}

/** Reads what is published, so that more comes. */
async function drain(publication: ServerPublication): Promise<void> {
  for await (const _ of publication);
}

/** A socket that tells what is written to it. */
class OverheardDuplex implements NodeDuplex {
  readonly #socket: Socket;
  readonly #onWritten: (bytes: Buffer) => void;

  constructor(socket: Socket, onWritten: (bytes: Buffer) => void) {
    this.#socket = socket;
    this.#onWritten = onWritten;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  write(bytes: Uint8Array, onTaken: (error?: Error | null) => void): void {
    this.#onWritten(Buffer.from(bytes));
    this.#socket.write(bytes, onTaken);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  on(event: 'data' | 'error' | 'end' | 'close', listener: (...values: never[]) => void): void {
    this.#socket.on(event, listener as () => void);
  }
}
