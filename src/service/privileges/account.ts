import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AccountSettings } from '../../config/account-settings.ts';
import { PlainError } from '../../errors.ts';

/** How long a directory of users may take to answer, milliseconds. */
const LOOKUP_MS = 10_000;

/** Whom a process becomes: a user, its group and its supplementary groups. */
export interface Account {
  /** As people know it: `streampump`, or a number that has no name. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** All of its groups, the first among them. */
  readonly groups: readonly number[];
}

/** The process cannot become whom its settings name, or not as they ask for it; the message is a sentence that says why. */
export class PrivilegeError extends PlainError {
  override readonly name = 'PrivilegeError';
  readonly setting: keyof AccountSettings;
  /** The sentence without the name of the setting. */
  readonly problem: string;
  constructor(setting: keyof AccountSettings, problem: string) {
    super(`${setting}: ${problem}`);
    this.setting = setting;
    this.problem = problem;
  }
}

/** What @types/node does not know of. */
type WithInitgroups = typeof process & { initgroups?(user: string, extraGroup: number): void };

/** Whom settings name; undefined where they name nobody. @throws PrivilegeError when there is no such user or group */
export function findAccount({ user, group }: AccountSettings): Account | undefined {
  if (user === null && group === null) return undefined;
  if (user === null) throw new PrivilegeError('user', 'has to be set, because there is a group');
  const entry = entryOf('passwd', user);
  const uid = entry === undefined ? numberOf(user) : Number(entry[2]);
  if (uid === undefined) throw new PrivilegeError('user', `there is no user ${user} on this machine`);
  if (uid === 0) throw new PrivilegeError('user', `${user} is root, who gives up nothing: name another user`);
  const gid = group === null ? entry && Number(entry[3]) : groupId(group);
  if (gid === undefined)
    throw new PrivilegeError('user', `there is no user ${user} on this machine, so group has to be set, too`);
  const name = entry?.[0] ?? user;
  return { name, uid, gid, groups: entry === undefined ? [gid] : groupsOf(name, gid) };
}

function groupId(group: string): number {
  const entry = entryOf('group', group);
  const gid = entry === undefined ? numberOf(group) : Number(entry[2]);
  if (gid === undefined) throw new PrivilegeError('group', `there is no group ${group} on this machine`);
  return gid;
}

/** All groups that a user has by name; as the system's own function finds them, which only root may ask. */
function groupsOf(name: string, gid: number): readonly number[] {
  const own = process.getegid?.() ?? gid;
  const ownGroups = process.getgroups?.() ?? [];
  if (process.geteuid?.() !== 0) return [gid];
  try {
    process.setegid?.(gid); // Node counts this one among the groups that it gets, whoever set those
    (process as WithInitgroups).initgroups?.(name, gid);
    return [...new Set([gid, ...(process.getgroups?.() ?? [])])];
  } finally {
    process.setgroups?.(ownGroups);
    process.setegid?.(own);
  }
}

/** What stands of somebody in a database of users or groups: the files of the machine, or whatever else it asks. */
function entryOf(database: 'passwd' | 'group', who: string): readonly string[] | undefined {
  const isHim = ([name, , id]: readonly string[]): boolean => name === who || id === who;
  return linesOf(database, who)
    .map((line) => line.split(':'))
    .find(isHim);
}

function linesOf(database: 'passwd' | 'group', who: string): readonly string[] {
  try {
    return execFileSync('getent', [database, who], {
      encoding: 'utf8',
      timeout: LOOKUP_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return []; // there is none
    return readFileSync(`/etc/${database}`, 'utf8').split('\n'); // there is no getent
  }
}

function numberOf(who: string): number | undefined {
  return /^\d+$/.test(who) ? Number(who) : undefined;
}
