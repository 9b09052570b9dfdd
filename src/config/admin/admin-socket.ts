import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What says where a process may keep its sockets. */
export interface SocketSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the process; -1 where the platform has none. */
  readonly uid: number;
  /** The directory for temporary files. */
  readonly temporary: string;
  /** Whose sockets these are; without it a relay's. */
  readonly service?: 'relay' | 'house';
}

/** Those of this process. @param service - whose sockets these are */
export function socketSurroundings(service: 'relay' | 'house' = 'relay'): SocketSurroundings {
  return { service, env: process.env, uid: process.getuid?.() ?? -1, temporary: tmpdir() };
}

/**
 * The sockets that `"admin": { "socket": "auto" }` stands for: a relay takes the first one whose directory is there, or can be made. What
 * systemd has made for a service is used without an alternative.
 */
export function autoSockets(surroundings: SocketSurroundings): readonly string[] {
  const given = givenSocket(surroundings);
  if (given !== undefined) return [given];
  return [...(surroundings.uid === 0 ? [systemSocket(surroundings)] : []), ...ownSockets(surroundings)];
}

/** Where a relay's socket may be if nothing is said, likeliest first: that of a service, or of one that this user has started. */
export function likelySockets(surroundings: SocketSurroundings): readonly string[] {
  const given = givenSocket(surroundings);
  const paths = [
    ...(given === undefined ? [] : [given]),
    systemSocket(surroundings),
    ...ownSockets(surroundings),
  ];
  return [...new Set(paths)];
}

/** The sockets that a relay with this setting may have. @param wish - as for `admin.socket` */
export function possibleSockets(wish: string | null, surroundings: SocketSurroundings): readonly string[] {
  if (wish === null) return [];
  return wish === 'auto' ? autoSockets(surroundings) : [wish];
}

/** Where the socket of a relay is found once a successor has taken its place. @param pid - its process; without it how all of them begin */
export function drainingSocket(path: string, pid: number | ''): string {
  return `${path}.draining-${pid}`;
}

/** That of a service of the whole machine; systemd gives one with `RuntimeDirectory=streampump` the same directory. */
function systemSocket(surroundings: SocketSurroundings): string {
  return `/run/streampump/${fileOf(surroundings)}`;
}

function fileOf({ service = 'relay' }: SocketSurroundings): string {
  return service === 'relay' ? 'admin.sock' : `${service}.sock`;
}

/** systemd names the directories of a service, separated by colons. */
function givenSocket(surroundings: SocketSurroundings): string | undefined {
  const [directory = ''] = surroundings.env['RUNTIME_DIRECTORY']?.split(':') ?? [];
  return directory === '' ? undefined : join(directory, fileOf(surroundings));
}

/** The socket of a user who has no directory of their own for such. */
export function temporarySocket(surroundings: SocketSurroundings): string {
  const { uid, temporary } = surroundings;
  return join(temporary, `streampump-${uid}`, fileOf(surroundings));
}

function ownSockets(surroundings: SocketSurroundings): string[] {
  const runtime = surroundings.env['XDG_RUNTIME_DIR'] ?? '';
  const shared = temporarySocket(surroundings);
  return runtime === '' ? [shared] : [join(runtime, 'streampump', fileOf(surroundings)), shared];
}
