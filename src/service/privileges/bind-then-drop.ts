import type { ListenSettings } from '../../config/listen-settings.ts';
import type { Log } from '../../log.ts';
import { findAccount, PrivilegeError } from './account.ts';
import { KeptPorts, type SocketsByProtocol } from './kept-ports.ts';
import { type DropSettings, dropPrivileges, hasToBecome } from './privilege-drop.ts';

/** What a relay of several threads has bound as root. */
export interface PortsOfRoot {
  readonly workers: KeptPorts;
  readonly admin: SocketsByProtocol;
}

/**
 * Gives up root, if settings say so, with all ports bound and before any thread listens: what a worker reads, one that replaces it has
 * to read, too.
 * @param socket - the path of the admin socket, if it is open
 * @returns the ports; undefined where the workers can bind theirs as they come
 * @throws ListenError when a port cannot be had, PrivilegeError when the process must not go on
 */
export async function bindThenDrop(
  settings: DropSettings,
  { admin, ...shared }: ListenSettings,
  workers: number,
  log: Log,
  socket?: string,
): Promise<PortsOfRoot | undefined> {
  const account = findAccount(settings);
  if (account === undefined || !hasToBecome(account)) {
    dropPrivileges(settings, log, socket);
    return undefined;
  }
  if (!KeptPorts.isPossible)
    throw new PrivilegeError(
      'user',
      'with several workers this needs Node 26.4 or newer; else let the system start the relay as this user',
    );
  const kept = await KeptPorts.forWorkers(shared, workers);
  try {
    const ports = { workers: kept, admin: await KeptPorts.once({ admin }) };
    dropPrivileges(settings, log, socket);
    return ports;
  } catch (error) {
    kept.close();
    throw error;
  }
}
