import { lstat, opendir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { removeEmptyFolders } from '../file/safe-files.ts';
import { reread } from '../format/format-of.ts';
import type { Recording } from '../recording.ts';
import { recordingKey, streamFolders } from '../recording-key.ts';
import { destroy, doomedBase } from '../sealing/destruction.ts';
import { encodeFacts } from '../sealing/finished-facts.ts';
import { type Description, readDescription } from './description.ts';
import type { StoreFolder } from './store-folder.ts';

const descriptionEnd = '.json';

/** A file that is being recorded, or a description that is being written. */
const stillborn = /^(.*\/\d{8}T\d{6}Z-[\w-]{22})\.(?:(?:flv|asf)(?:\.sealed)?\.part|json\.tmp)$/;

/** Another store may have begun it only now, milliseconds. */
const STILLBORN_MS = 60_000;

/** Folders in folders: a stream's key has no more segments. */
const MAX_DEPTH = 512;

/**
 * The descriptions below a folder. What was to be deleted, and is not gone yet, is deleted.
 * @param onFault - told of those that are none, which are left as they are
 */
export async function* descriptionsIn(
  root: string,
  onFault: (path: string, error: unknown) => void,
): AsyncGenerator<Description, void, undefined> {
  const folders: string[] = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const names = relative(root, folder).split(sep);
    const entries = await opendir(folder).catch((error: NodeJS.ErrnoException) => {
      if (folder === root || error.code !== 'ENOENT') throw error;
    });
    if (entries === undefined) continue; // another process has removed it, with the last recording in it
    let isDeleted = false;
    for await (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (names.length < MAX_DEPTH) folders.push(path);
      } else if (entry.isFile() && doomedBase(path) !== undefined) {
        await destroy(doomedBase(path) ?? '').catch((error: unknown) => onFault(path, error));
        isDeleted = true;
      } else if (entry.isFile() && entry.name.endsWith(descriptionEnd) && folder !== root) {
        try {
          yield await descriptionAt(root, folder, entry.name.slice(0, -descriptionEnd.length));
        } catch (error) {
          onFault(path, error);
        }
      } else if (entry.isFile()) await removeStillborn(path).catch((error: unknown) => onFault(path, error));
    }
    if (isDeleted && folder !== root) await removeEmptyFolders(root, names);
  }
}

/** What was written of a recording when its store was killed before it had a description: no frame is in it. */
async function removeStillborn(path: string): Promise<void> {
  const base = stillborn.exec(path)?.[1];
  if (base === undefined || (await isThere(`${base}${descriptionEnd}`))) return;
  const { mtimeMs } = await lstat(path);
  if (Date.now() - mtimeMs > STILLBORN_MS) await rm(path, { force: true });
}

/** A description whose key leads to where it lies. @throws RecordingError `damaged`; what the file system says */
async function descriptionAt(root: string, folder: string, id: string): Promise<Description> {
  const path = join(folder, `${id}${descriptionEnd}`);
  const description = await readDescription(path);
  const { key, stream } = description.recording;
  const isThere = key === recordingKey({ stream, id }) && join(root, ...streamFolders(stream)) === folder;
  if (isThere) return description;
  throw new Error('it is the description of a recording that lies elsewhere');
}

/**
 * Puts a recording in order whose writer has not finished it: keeps what is whole, writes head and ending, gives the file its name. What has
 * nothing in it is deleted.
 * @returns undefined where nothing is left
 * @throws RecordingError; what the file system says
 */
export async function recover(folder: StoreFolder, description: Description): Promise<Recording | undefined> {
  const form = folder.requireForm(description.recording);
  const { unfinished, file } = folder.paths(description.recording);
  const path = (await isThere(unfinished)) ? unfinished : file;
  if (path === file && !(await isThere(file))) {
    await folder.delete(description.recording);
    return undefined;
  }
  const { key, family } = description.recording;
  const { headBytes, form: notes } = description;
  const opened = await form.openUnfinished({ key, path, notes, headBytes });
  let recording: Recording;
  let places: Description['places'];
  try {
    const { format, bodyBytes } = await reread(family, opened, headBytes);
    if (bodyBytes === 0) {
      await folder.delete(description.recording);
      return undefined;
    }
    recording = { ...description.recording, ...format.facts, state: 'recovered' };
    places = format.unsaidPlaces;
    await opened.finish(format.head(), encodeFacts({ recording, headBytes, places }), bodyBytes);
  } finally {
    await opened.close();
  }
  if (path === unfinished) await folder.rename(recording);
  await folder.write({ ...description, recording, places, writer: null });
  await folder.sync(recording.stream);
  return recording;
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
