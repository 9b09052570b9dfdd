import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { fileReason } from '../../../errors.ts';
import { isServed } from '../../unix-socket.ts';
import { StoreError } from './house-store.ts';

/** What a path of a Unix socket may have, bytes. */
const MAX_PATH_BYTES = 100;

/**
 * Holds a folder for one process of this machine: a Unix socket, since the kernel lets go of it however the process ends, whatever
 * container it runs in.
 * @param folder - for people
 * @returns lets go of it
 * @throws StoreError where another process holds it
 */
export async function lockFolder(path: string, folder: string): Promise<() => Promise<void>> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw new StoreError(`the path of ${folder} is too long: expected at most ${MAX_PATH_BYTES - 10} bytes`);
  const server = await listen(path, folder).catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (await isServed(path))
      throw new StoreError(`another house uses ${folder}: give each house a stateDir of its own`);
    await unlink(path).catch(() => {}); // of one that was killed
    return listen(path, folder);
  });
  return async () => {
    server.close();
    await once(server, 'close');
  };
}

async function listen(path: string, folder: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).unref();
  try {
    await once(server.listen({ path }), 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw error;
    throw new StoreError(`${folder} cannot be used: ${fileReason(error)}`);
  }
}
