import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { type SocketSurroundings, socketSurroundings, temporarySocket } from './admin-socket.ts';

/** What group and others may write. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Why nobody who looks for this user's relay may connect to a socket: among everybody's temporary files anyone can be the first to make the
 * directory, and answer there in a relay's place. Other directories are as the system or the operator has made them.
 * @returns undefined when nothing is wrong; its code is ENOENT where there is no directory
 */
export function socketFault(
  path: string,
  surroundings: SocketSurroundings = socketSurroundings(),
): NodeJS.ErrnoException | undefined {
  if (path !== temporarySocket(surroundings)) return undefined;
  const directory = dirname(path);
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return Object.assign(new Error(`there is no ${directory}`), { code: 'ENOENT' });
  const isOurs = found.isDirectory() && [surroundings.uid, 0].includes(found.uid);
  if (isOurs && (found.mode & WRITABLE_BY_OTHERS) === 0) return undefined;
  return new Error(`${directory} is not this user's alone: whoever answers there may be no relay`);
}
