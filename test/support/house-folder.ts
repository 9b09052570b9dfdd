import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a relay's files are about its house: its key, and the copy of what it was given. They go with their scope. */
export class HouseFolder implements AsyncDisposable {
  readonly path: string;
  /** The key in the file. */
  readonly key: string = 'a-key-of-many-characters';

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<HouseFolder> {
    const folder = new HouseFolder(await mkdtemp(join(tmpdir(), 'streampump-house-')));
    await writeFile(folder.keyFile, `${folder.key}\n`, { mode: 0o600 });
    return folder;
  }

  get keyFile(): string {
    return join(this.path, 'key');
  }

  get copyFile(): string {
    return join(this.path, 'state', 'copy.json');
  }

  /** The setting `house` of a relay that is called `relay-1`. */
  settings(url: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    const { keyFile, copyFile } = this;
    return { url, id: 'relay-1', keyFile, copyFile, insecure: url.startsWith('http:'), ...more };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.path, { recursive: true });
  }
}
