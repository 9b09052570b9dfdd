import { stat } from 'node:fs/promises';
import { bugText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../stream/clock.ts';

/** How often the files are looked at, milliseconds. Looking finds what no notice is given of: links, mounts, networks. */
const LOOK_MS = 1000;

/** What a watch needs of the service. */
export interface FileWatchHost {
  readonly clock: Clock;
  readonly log: Log;
  /** The files as they are named now. */
  files(): readonly string[];
  /** Reads them again, and says itself what is wrong with them; never two at a time. */
  readAgain(): Promise<void>;
}

/** Has files that belong together read again when they have changed and stand still, whatever way they were replaced, or when asked to. */
export class FileWatch {
  readonly #host: FileWatchHost;
  /** What the files looked like when they were last read. */
  #read: string;
  /** What they looked like at the last look. */
  #seen: string;
  /** One reads after the other. */
  #work: Promise<void> = Promise.resolve();
  #stopLooking: () => void = () => {};
  #isClosed = false;

  /** @param look - at the files before they were read for the first time, by {@link lookAt} */
  constructor(look: string, host: FileWatchHost) {
    this.#host = host;
    this.#read = look;
    this.#seen = look;
    this.#scheduleLook();
  }

  /** Resolves when what is being read now has been read. */
  get settled(): Promise<void> {
    return this.#work;
  }

  /** Has the files read in any case, after what is being read now. */
  reread(): Promise<void> {
    return this.#inTurn(async () => {
      this.#seen = await lookAt(this.#host.files());
      await this.#readAgain();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#stopLooking();
  }

  #scheduleLook(): void {
    if (this.#isClosed) return;
    this.#stopLooking = this.#host.clock.after(LOOK_MS, () => {
      void this.#inTurn(() => this.#look().finally(() => this.#scheduleLook()));
    });
  }

  /** Whoever replaces several files is half done for a moment: they are read once a look finds them as the one before. */
  async #look(): Promise<void> {
    const look = await lookAt(this.#host.files());
    const standsStill = look === this.#seen;
    this.#seen = look;
    if (standsStill && look !== this.#read) await this.#readAgain();
  }

  async #readAgain(): Promise<void> {
    this.#read = this.#seen;
    if (!this.#isClosed) await this.#host.readAgain();
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(act).catch((error: unknown) => {
      this.#host.log.error('bug', bugText(error));
    });
    return this.#work;
  }
}

/** What tells changed files from those before, whatever way they were replaced; the same while one is missing. */
export async function lookAt(files: readonly string[]): Promise<string> {
  const looks = files.map(async (file) => {
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    return found === undefined ? 'none' : `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`;
  });
  return [...files, ...(await Promise.all(looks))].join(' ');
}
