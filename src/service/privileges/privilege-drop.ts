import { readFileSync } from 'node:fs';
import type { AccountSettings } from '../../config/account-settings.ts';
import type { RelaySettings } from '../../config/relay-settings.ts';
import type { Log } from '../../log.ts';
import { type Account, findAccount, PrivilegeError } from './account.ts';
import { giveFile, giveSocket } from './file-rights.ts';

/** Who the process becomes, and which files it goes on to write. */
export type DropSettings = Pick<RelaySettings, keyof AccountSettings | 'log' | 'accessLog' | 'admin'>;

/** Whether the process has to change to be this account; it is root then. @throws PrivilegeError when it can be neither */
export function hasToBecome({ name, uid, gid }: Account): boolean {
  const { getuid, geteuid, getgid, getegid } = process;
  if (getuid === undefined || geteuid === undefined || getgid === undefined || getegid === undefined)
    throw new PrivilegeError('user', 'this platform has no users to become');
  if (getuid() === uid && geteuid() === uid && getgid() === gid && getegid() === gid) return false;
  if (geteuid() === 0) return true;
  const own = `user ${geteuid()}, group ${getegid()}`;
  throw new PrivilegeError(
    'user',
    `only root can become ${name} (user ${uid}, group ${gid}), and this process runs as ${own}`,
  );
}

/**
 * Gives up root for good, in all threads, and makes sure of it. Nothing happens where settings name nobody.
 * @param socket - the path of the admin socket, if it is open
 * @throws PrivilegeError when the process is not exactly who it should be afterwards: it must not go on then
 */
export function dropPrivileges(settings: DropSettings, log: Log, socket?: string): void {
  const account = findAccount(settings);
  if (account === undefined) return;
  const { name, uid, gid } = account;
  if (hasToBecome(account)) {
    for (const { file } of [settings.log, settings.accessLog]) if (file !== null) giveFile(file, account);
    if (socket !== undefined) giveSocket(socket, account, settings.admin.socket === 'auto');
    become(account);
  }
  proveUnprivileged(account);
  const groups = (process.getgroups?.() ?? []).join(' ');
  log.info('user', `runs as ${name} (user ${uid}, group ${gid}, groups ${groups})`, { user: name, uid, gid });
}

/** Groups first: who is not root any more may not change them. */
function become({ name, uid, gid, groups }: Account): void {
  try {
    process.setgroups?.([...groups]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (error) {
    throw new PrivilegeError('user', `this process could not become ${name}: ${(error as Error).message}`);
  }
  const own = new Set(process.getgroups?.());
  if (own.size !== groups.length || groups.some((group) => !own.has(group)))
    throw new PrivilegeError(
      'user',
      `this process has the groups ${[...own].join(' ')}, not ${groups.join(' ')}`,
    );
  if (/[^0]/.test(statusOf('CapPrm') ?? ''))
    throw new PrivilegeError('user', `this process became ${name} and kept capabilities of root`);
}

/** That all of its ids are those of the account, the saved ones too, and that it cannot be root again. */
function proveUnprivileged({ name, uid, gid }: Account): void {
  const ids = [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()];
  const isDone = ids.join() === [uid, uid, gid, gid].join() && hasOnly('Uid', uid) && hasOnly('Gid', gid);
  if (!isDone) throw new PrivilegeError('user', `this process did not become ${name} in every respect`);
  for (const becomeRoot of [() => process.seteuid?.(0), () => process.setuid?.(0)]) {
    try {
      becomeRoot();
    } catch {
      continue; // as it should be
    }
    throw new PrivilegeError(
      'user',
      `this process became ${name} and could be root again: take CAP_SETUID away from it`,
    );
  }
}

/** Whether real, effective, saved and file system id are this one; true where the system does not tell. */
function hasOnly(which: 'Uid' | 'Gid', id: number): boolean {
  return (
    statusOf(which)
      ?.split(/\s+/)
      .every((one) => Number(one) === id) ?? true
  );
}

/** What the kernel says of this process; undefined outside of Linux. */
function statusOf(name: string): string | undefined {
  try {
    return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
