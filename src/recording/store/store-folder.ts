import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileForm } from '../file/recording-file.ts';
import { checkFolders, makeFolders, removeEmptyFolders, syncFolder } from '../file/safe-files.ts';
import type { Recording } from '../recording.ts';
import { RecordingError } from '../recording-error.ts';
import { type RecordingPlace, streamFolders } from '../recording-key.ts';
import { destroy } from '../sealing/destruction.ts';
import { type Description, readDescription, writeDescription } from './description.ts';

/** What is added to the name of a file that is being recorded. */
const UNFINISHED = '.part';

/** The names of a recording's files. */
export interface RecordingPaths {
  readonly description: string;
  readonly file: string;
  readonly unfinished: string;
}

/** Where recordings lie below one folder. */
export class StoreFolder {
  readonly root: string;
  /** The forms that files may have; the first is that of new ones. */
  forms: readonly [FileForm, ...FileForm[]];

  constructor(root: string, forms: readonly [FileForm, ...FileForm[]]) {
    this.root = root;
    this.forms = forms;
  }

  get newForm(): FileForm {
    return this.forms[0];
  }

  /** The form of a recording; undefined where nothing here can read it. */
  formOf({ isSealed }: Pick<Recording, 'isSealed'>): FileForm | undefined {
    return this.forms.find(({ suffix }) => (suffix !== '') === isSealed);
  }

  /** The form of a recording. @throws RecordingError `unavailable` where nothing here can read it */
  requireForm(recording: Pick<Recording, 'isSealed' | 'key'>): FileForm {
    const form = this.formOf(recording);
    if (form !== undefined) return form;
    throw new RecordingError(
      'unavailable',
      `${recording.key} is sealed, and recordings.encryption is not set`,
    );
  }

  paths(recording: Pick<Recording, 'stream' | 'id' | 'family' | 'isSealed'>): RecordingPaths {
    const { stream, id, family, isSealed } = recording;
    const base = join(this.root, ...streamFolders(stream), id);
    const file = `${base}.${family === 'FLV' ? 'flv' : 'asf'}${isSealed ? '.sealed' : ''}`;
    return { description: `${base}.json`, file, unfinished: `${file}${UNFINISHED}` };
  }

  /**
   * Makes the folders of a stream and puts something into them. Those that are empty go with the last recording in them, at any time and by
   * another process, too: then it is done again.
   * @param put - does nothing, or all that it does
   * @throws what the file system says; RecordingError `damaged`
   */
  async withRoom<T>(stream: string, put: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        await makeFolders(this.root, streamFolders(stream));
        return await put();
      } catch (error) {
        if (!isMissing(error) || tries === MAX_TRIES) throw error;
      }
    }
  }

  /** Looks whether no link leads out of the folder. @throws what the file system says; RecordingError `damaged` */
  async check(stream: string): Promise<void> {
    await checkFolders(this.root, streamFolders(stream));
  }

  /** @throws RecordingError `damaged`; what the file system says */
  async describe({ stream, id }: RecordingPlace, key: string): Promise<Description> {
    await this.check(stream);
    const description = await readDescription(join(this.root, ...streamFolders(stream), `${id}.json`));
    if (description.recording.key === key) return description;
    throw new RecordingError('damaged', `the description of ${key} is one of another recording`);
  }

  async write(description: Description): Promise<void> {
    await writeDescription(this.paths(description.recording).description, description);
  }

  /** Has the names of a stream's files on the disk, and those of its folders. @throws what the file system says */
  async sync(stream: string): Promise<void> {
    const names = streamFolders(stream);
    for (let count = names.length; count >= 0; count--)
      await syncFolder(join(this.root, ...names.slice(0, count)));
  }

  /** Gives a file that was finished its name. */
  async rename(recording: Recording): Promise<void> {
    const { unfinished, file } = this.paths(recording);
    await rename(unfinished, file);
  }

  /**
   * Deletes all that there is of a recording, and the folders that are empty then.
   * @throws what the file system says: then it is deleted at the next start
   */
  async delete({ stream, id }: RecordingPlace): Promise<void> {
    const names = streamFolders(stream);
    try {
      await this.check(stream);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    await destroy(join(this.root, ...names, id));
    await removeEmptyFolders(this.root, names);
  }
}

/** So often folders are made that somebody removes. */
const MAX_TRIES = 5;

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
