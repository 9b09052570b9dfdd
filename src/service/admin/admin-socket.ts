import { once } from 'node:events';
import { chmodSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { autoSockets, drainingSocket, type SocketSurroundings } from '../../config/admin/admin-socket.ts';
import { fileReason } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../stream/clock.ts';
import { ListenError } from '../listen/listener.ts';
import { isServed } from '../unix-socket.ts';
import { noteUnixConnections } from './unix-connections.ts';

/** Who has opened it may operate: only the user of the relay. */
const MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** What group and others may write. */
const WRITABLE_BY_OTHERS = 0o022;

/** How often it is looked whether another relay has left the socket, milliseconds: one that upgrades takes it over. */
const RETRY_MS = 1000;

/** A server that can listen on a path. */
type SocketServer = Server & { closeAllConnections(): void };

/** What the admin socket needs. */
export interface AdminSocketParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly surroundings: SocketSurroundings;
  /** Makes what answers; a server serves one path. */
  serve(): SocketServer;
  /** The user that this relay becomes, if it becomes one: the relay before it has given the directory to it. */
  readonly owner?: number | undefined;
  /** The relay that this one replaces: its socket, and its process. */
  readonly replaces?: ReplacedSocket | undefined;
}

/** A socket whose relay a successor takes the place of. */
export interface ReplacedSocket {
  readonly socket: string;
  readonly pid: number;
}

/** The Unix socket of the admin API. */
export class AdminSocket {
  readonly #parts: AdminSocketParts;
  #open: { readonly path: string; readonly server: SocketServer; remove(): void } | undefined;
  /** Why there is none, though there was to be one. */
  #problem: string | undefined;
  #stopWaiting: () => void = () => {};

  private constructor(parts: AdminSocketParts) {
    this.#parts = parts;
  }

  /**
   * Opens it, where there is to be one. With `auto` a relay goes on without it where it cannot be had, and takes it when another relay
   * has left it.
   * @param wish - its path, `auto`, or null for none
   * @throws ListenError when the path cannot be had
   */
  static async open(wish: string | null, parts: AdminSocketParts): Promise<AdminSocket> {
    const socket = new AdminSocket(parts);
    if (wish === 'auto') await socket.#openAny();
    else if (wish !== null) await socket.#openAt(wish);
    return socket;
  }

  /** Where it is; undefined while there is none. */
  get path(): string | undefined {
    return this.#open?.path;
  }

  /** Says where it is, or why there is none. */
  announce(): void {
    const { log } = this.#parts;
    const { path } = this;
    if (path !== undefined)
      log.info('listening', `listening admin ${path}`, { listener: 'admin', host: path, port: null });
    else if (this.#problem !== undefined) log.info('admin-socket', `no admin socket: ${this.#problem}`);
  }

  close(): void {
    this.#stopWaiting();
    this.#open?.server.close();
    this.#open?.server.closeAllConnections();
    this.#open?.remove();
    this.#open = undefined;
  }

  async #openAny(): Promise<void> {
    const { clock, surroundings } = this.#parts;
    const problems: string[] = [];
    for (const path of autoSockets(surroundings)) {
      try {
        makeDirectory(dirname(path));
        await this.#openAt(path);
        return;
      } catch (error) {
        if (!(error instanceof ListenError)) throw error;
        problems.push(error.message);
        if (error instanceof OccupiedError) {
          this.#stopWaiting = clock.after(RETRY_MS, () => void this.#retry(path));
          break;
        }
      }
    }
    this.#problem = problems.join('; ');
  }

  async #retry(path: string): Promise<void> {
    try {
      await this.#openAt(path);
      this.announce();
    } catch {
      this.#stopWaiting = this.#parts.clock.after(RETRY_MS, () => void this.#retry(path));
    }
  }

  async #openAt(path: string): Promise<void> {
    const { log } = this.#parts;
    const { replaces } = this.#parts;
    checkDirectory(path, this.#parts.owner);
    await removeDrained(path);
    await (replaces?.socket === path ? moveAway(replaces) : removeStale(path));
    const server = this.#parts.serve();
    noteUnixConnections(server);
    const remove = await listenAt(server, path, replaces);
    server.on('error', ({ message }: Error) =>
      log.error('accept', `could not accept a connection: ${message}`, { listener: 'admin' }),
    );
    this.#open = { path, server, remove };
  }
}

/** Another relay that runs has it. */
class OccupiedError extends ListenError {}

function refusal(path: string, why: string): ListenError {
  return new ListenError(`cannot listen on admin ${path}: ${why}`);
}

/** @throws ListenError */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  } catch (error) {
    throw refusal(directory, fileReason(error));
  }
}

/** Whoever may write the directory could put another socket there, and be sent what is for the relay. @throws ListenError */
function checkDirectory(path: string, owner: number | undefined): void {
  const directory = dirname(path);
  let found: ReturnType<typeof lstatSync>;
  try {
    found = lstatSync(directory);
  } catch (error) {
    throw refusal(path, fileReason(error));
  }
  if (!found?.isDirectory()) throw refusal(path, `${directory} is not a directory`);
  const isOurs = [process.getuid?.(), 0, owner].includes(found.uid);
  if (!isOurs) throw refusal(path, `${directory} belongs to another user`);
  if ((found.mode & WRITABLE_BY_OTHERS) !== 0)
    throw refusal(path, `others may write ${directory}, expected a directory that only its owner may write`);
}

/** A socket whose relay is gone is in the way of the next one. @throws ListenError where it is not, or something else is there */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw refusal(path, 'a file is there that is no socket');
  if (await isServed(path)) throw new OccupiedError(refusal(path, 'another relay has it').message);
  try {
    unlinkSync(path);
  } catch (error) {
    throw refusal(path, fileReason(error));
  }
}

/** The socket of a relay that drains is found under another name; here it stays until this one takes its place. */
function moveAway({ socket, pid }: ReplacedSocket): void {
  try {
    linkSync(socket, drainingSocket(socket, pid));
  } catch (error) {
    throw refusal(socket, `it cannot be taken over: ${fileReason(error)}`);
  }
}

/**
 * It is nobody else's from the moment that it is there, and takes the place of whatever was: bound under a name of its own, since node
 * deletes the name that it has bound, whoever has it by then.
 * @returns removes its names, unless they are a successor's
 * @throws ListenError
 */
async function listenAt(server: Server, path: string, replaces?: ReplacedSocket): Promise<() => void> {
  const own = `${path}.${process.pid}`;
  await removeStale(own);
  const listening = once(server, 'listening'); // rejects on 'error'
  const umask = process.umask(0o777 & ~MODE);
  try {
    server.listen({ path: own }); // which binds before it returns
  } finally {
    process.umask(umask);
  }
  try {
    await listening;
    chmodSync(own, MODE);
    const { dev, ino } = lstatSync(own);
    if (replaces?.socket === path) renameSync(own, path);
    else {
      linkSync(own, path);
      unlinkSync(own);
    }
    const isOurs = (name: string): boolean => {
      const found = lstatSync(name, { throwIfNoEntry: false });
      return found?.dev === dev && found.ino === ino;
    };
    // in a folder that this user may not enter any more they stay, and the next relay removes them
    return () =>
      quietly(() => {
        for (const name of [path, drainingSocket(path, process.pid)]) if (isOurs(name)) unlinkSync(name);
        // where this one ends first, the other one goes on
        const moved = replaces?.socket === path ? drainingSocket(path, replaces.pid) : undefined;
        if (moved !== undefined && lstatSync(path, { throwIfNoEntry: false }) === undefined)
          renameSync(moved, path);
      });
  } catch (error) {
    server.close();
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' || code === 'EEXIST')
      throw new OccupiedError(refusal(path, 'another relay has it').message);
    throw refusal(path, code === undefined ? message : fileReason(error));
  }
}

function quietly(change: () => void): void {
  try {
    change();
  } catch {}
}

/** Sockets of relays that have drained and could not remove them. */
async function removeDrained(path: string): Promise<void> {
  const beginning = drainingSocket(basename(path), '');
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(beginning));
  for (const name of names) await removeStale(join(dirname(path), name)).catch(() => {}); // one that drains still
}
