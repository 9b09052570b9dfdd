import { existsSync } from 'node:fs';

const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));

/**
 * What stands before a command whose process is to end with the one that starts it, however that ends: the kernel sends it this
 * signal. Linux only; nothing elsewhere.
 * @param signal - TERM where it has to end others itself
 */
export function diesWithParent(signal: 'KILL' | 'TERM' = 'KILL'): readonly string[] {
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', signal, '--'];
}
