import { once } from 'node:events';
import { connect } from 'node:net';

/** Whoever has a socket has to answer in this time, milliseconds: else it is believed to be there. */
const ANSWER_MS = 1000;

/** Whether somebody listens on a Unix socket; a file without anybody behind it is left over. */
export async function isServed(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(ANSWER_MS) });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ECONNREFUSED' && code !== 'ENOENT';
  } finally {
    socket.destroy();
  }
}
