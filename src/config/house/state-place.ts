import { join } from 'node:path';

/** What says where a process may keep what outlasts it. */
export interface StateSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory of the user. */
  readonly home: string;
}

/**
 * The directory where a house keeps what outlasts it. `auto` stands for `house` in the first of these that is there: what systemd has made
 * for the service (`StateDirectory=`), `streampump` in `XDG_STATE_HOME`, or in `.local/state` of the user.
 * @param wish - as for `stateDir`
 */
export function statePlace(wish: string, { env, home }: StateSurroundings): string {
  if (wish !== 'auto') return wish;
  const [given = ''] = env['STATE_DIRECTORY']?.split(':') ?? []; // systemd names several, separated by colons
  if (given !== '') return join(given, 'house');
  const state = env['XDG_STATE_HOME'] || join(home, '.local', 'state');
  return join(state, 'streampump', 'house');
}
