/** Whether this machine is as a house's settings need it: asked before a start, by `--check`, and before settings are read again. */
import type { HouseSettings } from '../../config/house/house-settings.ts';
import { loadRoster } from '../../config/house/load-roster.ts';
import { ConfigError } from '../../errors.ts';
import { readTokens } from '../access/operating/operator-tokens.ts';
import {
  credentialFileFaults,
  type PreflightFault,
  preflightService,
  serviceFileFaults,
} from '../serving/preflight.ts';
import { redisPlace } from './store/open-store.ts';

/** What a house with these settings would stumble over. @see preflightService */
export function housePreflight(
  settings: HouseSettings,
  configFile?: string,
): Promise<readonly PreflightFault[]> {
  return preflightService(settings, housePreflightFiles, configFile);
}

/** What `housePreflight` finds in files. */
export async function housePreflightFiles(settings: HouseSettings): Promise<readonly PreflightFault[]> {
  const { admin, adminTokenFile, store } = settings;
  const tokens = admin.tokens.filter(({ file }) => file !== adminTokenFile); // which is told by its own name
  const short =
    adminTokenFile === null ? [] : credentialFileFaults('adminTokenFile', () => readTokens(adminTokenFile));
  const found = await serviceFileFaults({ ...settings, admin: { ...admin, tokens } });
  const redis = store.type === 'redis' ? credentialFileFaults('store', () => redisPlace(store)) : [];
  return [...found, ...short, ...redis, ...rosterFaults(settings)];
}

function rosterFaults({ rosterFile, defaultRelay }: HouseSettings): readonly PreflightFault[] {
  if (rosterFile === null) return [];
  try {
    const relays = loadRoster(rosterFile);
    if (defaultRelay === null || relays.some(({ id }) => id === defaultRelay)) return [];
    const problem = `there is no relay ${defaultRelay} in ${rosterFile}`;
    return [{ kind: 'doubt', path: 'defaultRelay', problem }]; // it may be one that is provisioned
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n').map((problem) => ({ kind: 'file', path: 'rosterFile', problem }));
  }
}
