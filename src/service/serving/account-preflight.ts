import type { RelaySettings } from '../../config/relay-settings.ts';
import { findAccount, PrivilegeError } from '../privileges/account.ts';
import { namedFiles, unreadableFor } from '../privileges/file-rights.ts';
import { hasToBecome } from '../privileges/privilege-drop.ts';

/** Something that the user does not have, or has not the right to; see `PreflightFault`. */
export interface AccountFault {
  readonly kind: 'account' | 'file' | 'later';
  readonly path: string;
  readonly problem: string;
}

/** The settings that say whom a service becomes, among all that name files. */
export type AccountPreflightSettings = Pick<RelaySettings, 'user' | 'group' | 'log' | 'accessLog'> &
  Partial<Pick<RelaySettings, 'workers'>>;

/**
 * Finds out whether the service can become whom it should, and what it could not read any more then: with one thread that waits until
 * it is read again, with several it stops those that are to replace others.
 * @param configFile - the one that settings come from
 */
export function accountFaults(
  settings: AccountPreflightSettings,
  configFile: string | undefined,
): readonly AccountFault[] {
  try {
    const account = findAccount(settings);
    if (account === undefined || !hasToBecome(account)) return [];
    const { name } = account;
    const { log, accessLog, ...read } = settings;
    const isAlone = (settings.workers ?? 1) === 1;
    const kind = isAlone ? 'later' : 'file';
    const consequence = isAlone ? 'it cannot be read again' : 'each worker that starts has to';
    const config = configFile === undefined ? [] : [{ path: 'user', file: configFile }];
    const files = unreadableFor(account, namedFiles(read)).map(({ path, file }): AccountFault => {
      return { kind, path, problem: `${name} may not read ${file}: ${consequence}` };
    });
    const own = unreadableFor(account, config).map(({ path, file }): AccountFault => {
      return { kind: 'later', path, problem: `${name} may not read ${file}: no change of it can be applied` };
    });
    return [...files, ...own];
  } catch (error) {
    if (!(error instanceof PrivilegeError)) throw error;
    return [{ kind: 'account', path: error.setting, problem: error.problem }];
  }
}
