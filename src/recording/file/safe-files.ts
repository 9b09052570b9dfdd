import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RecordingError } from '../recording-error.ts';

/** What only the relay's user may read and write. */
export const FILE_MODE = 0o600;
export const FOLDER_MODE = 0o700;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** How a file is opened: to be read, to be made, or to be changed. */
const flagsOf: Readonly<Record<'read' | 'create' | 'change', number>> = {
  read: O_RDONLY,
  create: O_RDWR | O_CREAT | O_EXCL,
  change: O_RDWR,
};

/** Opens a file that is no link, pipe or device. @throws what the file system says; RecordingError `damaged` for what is no file */
export async function openFile(path: string, way: keyof typeof flagsOf): Promise<FileHandle> {
  const handle = await open(path, flagsOf[way] | O_NOFOLLOW | O_NONBLOCK, FILE_MODE);
  const stat = await handle.stat();
  if (stat.isFile()) return handle;
  await handle.close();
  throw new RecordingError('damaged', `${path} is no file`);
}

/**
 * Makes the folders that are missing on a way below a folder.
 * @throws what the file system says; RecordingError `damaged` where something on the way is no folder, such as a link
 */
export async function makeFolders(root: string, names: readonly string[]): Promise<string> {
  let path = root;
  for (const name of names) {
    path = join(path, name);
    await mkdir(path, { mode: FOLDER_MODE }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  await checkFolders(root, names);
  return path;
}

/** @throws RecordingError `damaged` where something on a way below a folder is no folder, such as a link; what the file system says */
export async function checkFolders(root: string, names: readonly string[]): Promise<void> {
  let path = root;
  for (const name of names) {
    path = join(path, name);
    if (!(await lstat(path)).isDirectory()) throw new RecordingError('damaged', `${path} is no folder`);
  }
}

/** Removes what is empty of the folders on a way below a folder, from its end on. Never rejects. */
export async function removeEmptyFolders(root: string, names: readonly string[]): Promise<void> {
  try {
    for (let count = names.length; count > 0; count--) await rmdir(join(root, ...names.slice(0, count)));
  } catch {
    // there is something in it, or it is not there
  }
}

/** Writes all bytes at a place. @throws what the file system says, when some of them may be there */
export async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

/** Reads bytes at a place; fewer only at the end of the file. */
export async function readSome(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await handle.read(bytes, at, length - at, position + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

/** Has the names in a folder on the disk. One that is not there has none. @throws what the file system says */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (folder === undefined) return;
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Puts a file in place of the one that is there, as a whole or not at all. */
export async function replaceFile(path: string, bytes: Buffer): Promise<void> {
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  const handle = await openFile(temporary, 'create');
  try {
    await writeAll(handle, bytes, 0);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}
