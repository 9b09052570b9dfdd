/**
 * How recordings are deleted so that nobody can read what is left of them. The description, which has the key of a sealed file, gets a name
 * that says what is to become of it, is overwritten, and goes when the files have gone. Wherever that is interrupted, the recording is no
 * longer there for anybody, and whoever meets the name goes on.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openFile, syncFolder, writeAll } from '../file/safe-files.ts';

const DESCRIPTION = '.json';
const DOOMED = '.deleted';

/** Whatever a recording may have left, besides its description. */
const REMAINS: readonly string[] = ['.flv', '.asf'].flatMap((media) =>
  ['', '.sealed'].flatMap((form) => ['', '.part'].map((state) => `${media}${form}${state}`)),
);

/** Whether a file says that a recording is being deleted. @returns the base of its names; undefined for any other file */
export function doomedBase(path: string): string | undefined {
  return path.endsWith(DOOMED) ? path.slice(0, -DOOMED.length) : undefined;
}

/**
 * Deletes a recording, or goes on with that.
 * @param base - of its names, without their endings
 * @throws what the file system says: then it is to be called again, and the recording is not there meanwhile
 */
export async function destroy(base: string): Promise<void> {
  const doomed = `${base}${DOOMED}`;
  await rename(`${base}${DESCRIPTION}`, doomed).catch(unlessMissing);
  await syncFolder(dirname(doomed)); // a description that is overwritten has its name
  for (const path of [doomed, `${base}${DESCRIPTION}.tmp`]) await overwrite(path);
  for (const end of [...REMAINS, `${DESCRIPTION}.tmp`]) await rm(`${base}${end}`, { force: true });
  await syncFolder(dirname(doomed));
  await rm(doomed, { force: true });
  await syncFolder(dirname(doomed));
}

/**
 * Puts something in the place of a file, and overwrites what was there.
 * @param replace - does the former, as a whole or not at all
 */
export async function replaceForGood(path: string, replace: () => Promise<void>): Promise<void> {
  const old = await openFile(path, 'change').catch(unlessMissing);
  try {
    await replace();
    if (old === undefined) return;
    await syncFolder(dirname(path)); // else the name may still be that of what is overwritten
    await overwriteOpen(old);
  } finally {
    await old?.close();
  }
}

async function overwrite(path: string): Promise<void> {
  const handle = await openFile(path, 'change').catch(unlessLink);
  if (handle === undefined) return;
  try {
    await overwriteOpen(handle);
  } finally {
    await handle.close();
  }
}

/** Not with zeros, for which some file systems keep nothing and leave what was there. */
async function overwriteOpen(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  await writeAll(handle, randomBytes(size), 0);
  await handle.sync();
}

/** A link is no file of ours: it goes, and what it leads to stays. */
function unlessLink(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ELOOP') unlessMissing(error);
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
