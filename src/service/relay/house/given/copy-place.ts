import { homedir } from 'node:os';
import { join } from 'node:path';
import type { HouseLinkSettings } from '../../../../config/house/house-link-settings.ts';

/**
 * The file in which a relay keeps what its house has given it.
 * @param env - of the process; systemd names the directory of a service for its state
 */
export function copyPlace(
  { copyFile, id }: Pick<HouseLinkSettings, 'copyFile' | 'id'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (copyFile !== 'auto') return copyFile;
  const [ofService = ''] = env['STATE_DIRECTORY']?.split(':') ?? [];
  const ofUser = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state');
  return join(ofService === '' ? join(ofUser, 'streampump') : ofService, `house-${id}.json`);
}
