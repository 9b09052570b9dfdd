import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  openSync,
  readdirSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Account, PrivilegeError } from './account.ts';

/** A file that settings name, and the path of the setting that does. */
export interface NamedFile {
  readonly path: string;
  readonly file: string;
}

/** Every file that settings name to be read: what is called `file`, or has a name that ends in `File`, or a list in one that ends in `Files`. */
export function namedFiles(settings: unknown, path: readonly string[] = []): readonly NamedFile[] {
  if (typeof settings !== 'object' || settings === null) return [];
  const isAlone = path[0] === 'listen' && Array.isArray(settings) && settings.length === 1; // may be written without its list
  return Object.entries(settings).flatMap(([name, value]) => {
    const here = isAlone ? path : [...path, name];
    if (typeof value !== 'string') return namedFiles(value, here);
    const isFile = /^file$|File$/.test(name) || (/Files$/.test(path.at(-1) ?? '') && Array.isArray(settings));
    return isFile ? [{ path: here.join('.'), file: value }] : [];
  });
}

/** Those of the files that are there and that an account may not read. To be asked by root, and before anything else runs. */
export function unreadableFor(account: Account, files: readonly NamedFile[]): readonly NamedFile[] {
  const there = files.filter(({ file }) => existsSync(file));
  return there.length === 0 ? [] : asAccount(account, () => there.filter(({ file }) => !isReadable(file)));
}

function isReadable(file: string): boolean {
  try {
    closeSync(openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)); // access(2) would ask for the real user
    return true;
  } catch {
    return false;
  }
}

/** Does something with the rights of an account, for a moment and with the whole process. */
function asAccount<T>({ uid, gid, groups, name }: Account, act: () => T): T {
  const { getgroups, getegid, setgroups, setegid, seteuid } = process;
  if (!getgroups || !getegid || !setgroups || !setegid || !seteuid)
    throw new PrivilegeError('user', `this platform cannot become ${name}`);
  const own = { groups: getgroups(), gid: getegid() };
  try {
    setgroups([...groups]);
    setegid(gid);
    seteuid(uid);
    return act();
  } finally {
    seteuid(0);
    setegid(own.gid);
    setgroups(own.groups);
  }
}

/**
 * Makes a file of root that of an account, which goes on to write it. Whoever may write the folder could have put something else in its
 * place: neither links nor files that have another name are given away.
 */
export function giveFile(file: string, { uid, gid }: Account): void {
  let open: number | undefined;
  try {
    open = openSync(
      file,
      constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    const found = fstatSync(open);
    if (found.isFile() && found.nlink === 1 && found.uid === 0) fchownSync(open, uid, gid);
  } catch {
    // it stays as it is, open for this process; the log tells when it cannot be opened again
  } finally {
    if (open !== undefined) closeSync(open);
  }
}

/** Makes a folder of root that of an account, with all that is in it: while it was root's nobody else could have put anything there. */
export function giveFolder(folder: string, { uid, gid }: Account): void {
  if (lstatSync(folder).uid !== 0) return;
  for (const name of readdirSync(folder)) lchownSync(join(folder, name), uid, gid);
  lchownSync(folder, uid, gid);
}

/** Makes a socket of root that of an account, with its folder where that is there for nothing else: so it can be removed, and made again. */
export function giveSocket(path: string, { uid, gid }: Account, withFolder: boolean): void {
  for (const place of withFolder ? [path, dirname(path)] : [path]) {
    try {
      if (lstatSync(place).uid === 0) lchownSync(place, uid, gid);
    } catch {
      // who comes later finds out that it cannot be used
    }
  }
}
