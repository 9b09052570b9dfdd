import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { settings } from '../../../../config/setting-schema.ts';
import { fileReason } from '../../../../errors.ts';
import {
  type BansInstruction,
  banList,
  type FleetSettings,
  fleetSettings,
} from '../../../fleet-link/house-message.ts';

/** More is no copy of ours, bytes. */
const MAX_COPY_BYTES = 4 * 2 ** 20;

/** Others may write it. */
const WRITABLE_BY_OTHERS = 0o022;

/** What a house has given last. */
export interface GivenCopy {
  readonly version: 1;
  /** Of the house, and what it calls the relay: what another has given is no good. */
  readonly house: string;
  readonly relay: string;
  readonly revision: string;
  readonly settings: FleetSettings;
  readonly bans: BansInstruction['bans'];
}

const givenCopy: z.ZodType<GivenCopy> = settings<GivenCopy>({
  version: z.literal(1),
  house: z.string(),
  relay: z.string(),
  revision: z.string().min(1),
  settings: fleetSettings,
  bans: banList,
});

/** The copy cannot be used; the message is a sentence that names the file, and nothing of what it holds. */
export class GivenCopyError extends Error {
  override readonly name = 'GivenCopyError';
}

/** Reads a copy; undefined where there is none. @throws GivenCopyError */
export async function readGivenCopy(file: string): Promise<GivenCopy | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { mode, size, uid } = await handle.stat();
    const isOurs = process.getuid === undefined || [process.getuid(), 0].includes(uid);
    if (!isOurs || (mode & WRITABLE_BY_OTHERS) !== 0)
      throw new GivenCopyError(`${file} is not used: others than this user may write it`);
    if (size > MAX_COPY_BYTES) throw new GivenCopyError(`${file} is not used: it has ${size} bytes`);
    return givenCopy.parse(JSON.parse(await handle.readFile('utf8')));
  } catch (error) {
    if (error instanceof GivenCopyError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const isForm = error instanceof SyntaxError || error instanceof z.ZodError; // whose messages quote it
    throw new GivenCopyError(
      isForm
        ? `${file} is not used: it is no copy of a house's config`
        : `${file} cannot be read: ${fileReason(error)}`,
    );
  } finally {
    await handle?.close();
  }
}

/** Puts a copy in the place of the one before, whole or not at all; only this user can read it. @throws GivenCopyError */
export async function writeGivenCopy(file: string, copy: GivenCopy): Promise<void> {
  const fresh = `${file}.${process.pid}.new`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await rm(fresh, { force: true });
    const handle = await open(fresh, 'wx', 0o600);
    try {
      await handle.writeFile(JSON.stringify(copy));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => {});
    throw new GivenCopyError(`${file} cannot be written: ${fileReason(error)}`);
  }
}
