import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Agent, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { nodeHttp } from '../../../built-in.ts';
import { drainingSocket } from '../../../config/admin/admin-socket.ts';
import { socketFault } from '../../../config/admin/socket-fault.ts';
import { type ListenSettings, publicListeners } from '../../../config/listen-settings.ts';
import { PlainError } from '../../../errors.ts';

/** A relay that does not say within this time who it is does not answer, milliseconds. */
const LOOK_MS = 5000;

/** How often the connection is used, so that it lasts until this one listens, milliseconds. */
const BEAT_MS = 2000;

/** A relay leaves its ports within this time, milliseconds. */
const LEAVE_MS = 15_000;

/** Longer answers are none of a relay, bytes. */
const MAX_ANSWER_BYTES = 2 ** 20;

/** Nobody is at a socket, or nobody who is ours. */
const nobodyThere = ['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ENOTSOCK', 'EACCES'];

/** The relay that runs here cannot be replaced; the message is a sentence. */
export class HandoverError extends PlainError {
  override readonly name = 'HandoverError';
}

/** What a relay says of itself. */
type RelayFound = Pick<Predecessor, 'id' | 'isDraining' | 'pid'>;

/** A relay that listens where another is to listen, and the connection with its admin socket. */
export class Predecessor {
  /** As it says who it is. */
  readonly id: string;
  /** Its process. */
  readonly pid: number;
  /** Its admin socket. */
  readonly socket: string;
  /** Whether it is about to stop anyway, and has left its ports but for the admin port. */
  readonly isDraining: boolean;
  /** One connection for everything: it lasts when the process has given up the rights to open another. */
  readonly #agent: Agent;
  readonly #beat: NodeJS.Timeout;

  private constructor({ id, pid, isDraining }: RelayFound, socket: string, agent: Agent) {
    this.id = id;
    this.pid = pid;
    this.isDraining = isDraining;
    this.socket = socket;
    this.#agent = agent;
    this.#beat = setInterval(
      () => void ask(socket, 'GET', '/healthz', LOOK_MS, agent).catch(() => {}),
      BEAT_MS,
    );
  }

  /**
   * Finds the relay that listens on one of the ports that the settings name, by its admin socket.
   * @param sockets - where that may be
   * @returns undefined where there is none: then the ports are free, or somebody else's
   * @throws HandoverError where one is there that does not answer
   */
  static async find(sockets: readonly string[], listen: ListenSettings): Promise<Predecessor | undefined> {
    const wanted = new Set(publicListeners.flatMap((listener) => listen[listener].map(({ port }) => port)));
    for (const socket of sockets) {
      if (socketFault(socket) !== undefined) continue;
      const agent = new nodeHttp.Agent({ keepAlive: true, maxSockets: 1 });
      const found = await ask(socket, 'GET', '/api/v1/relay', LOOK_MS, agent);
      if (found === undefined) continue;
      const { id, pid, listeners, readiness } = objectIn(found);
      if (typeof id !== 'string' || typeof pid !== 'number' || !Array.isArray(listeners))
        throw new HandoverError(`what answers at ${socket} is no relay that could be replaced`);
      const ports = listeners.map((one: { readonly port?: unknown } | null) => one?.port);
      if (ports.some((port) => typeof port === 'number' && port !== 0 && wanted.has(port)))
        return new Predecessor({ id, pid, isDraining: readiness === 'draining' }, socket, agent);
      agent.destroy();
    }
    return undefined;
  }

  /**
   * Has it leave its ports to this relay, which listens on them already.
   * @returns the Unix sockets on which it gives its streams
   * @throws HandoverError where it does not
   */
  async takeOver(): Promise<readonly string[]> {
    const { id, pid, socket } = this;
    const path = `/api/v1/handover?relay=${encodeURIComponent(id)}`;
    const moved = drainingSocket(socket, pid);
    try {
      const answer =
        (await ask(socket, 'POST', path, LEAVE_MS, this.#agent).catch((error: unknown) => {
          if (!existsSync(moved)) throw error;
        })) ?? (await ask(moved, 'POST', path, LEAVE_MS));
      const { sockets } = objectIn(answer ?? '');
      if (Array.isArray(sockets) && sockets.every((one) => typeof one === 'string')) return sockets;
    } finally {
      this.close();
    }
    throw new HandoverError(`the relay with the process id ${pid} has gone, or cannot hand over`);
  }

  /** It is not asked any more. */
  close(): void {
    clearInterval(this.#beat);
    this.#agent.destroy();
  }
}

/** @returns the answer; undefined where nobody is there */
async function ask(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  ms: number,
  agent: Agent | false = false,
): Promise<string | undefined> {
  const fail = (why: string): HandoverError => new HandoverError(`the relay at ${socketPath} ${why}`);
  const signal = AbortSignal.timeout(ms);
  try {
    const asked = nodeHttp.request({
      socketPath,
      method,
      path,
      signal,
      agent,
      headers: { host: 'localhost' },
    });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const body = await read(answer);
    if (answer.statusCode !== 200) throw fail(`says ${answer.statusCode}: ${body.slice(0, 500)}`);
    return body;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (nobodyThere.includes(code)) return undefined;
    if (error instanceof HandoverError) throw error;
    throw fail(signal.aborted ? `has not answered for ${ms} ms` : `does not answer: ${String(error)}`);
  }
}

async function read(answer: IncomingMessage): Promise<string> {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) answer.destroy(new Error('the answer is too long'));
  });
  return text(answer);
}

/** What a text of JSON holds; an empty object where it is none. */
function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
