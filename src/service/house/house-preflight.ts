/** Whether this machine is as a house's settings need it: asked before a start, by `--check`, and before settings are read again. */
import type { HouseSettings } from '../../config/house/house-settings.ts';
import { readTokens } from '../access/operating/operator-tokens.ts';
import {
  credentialFileFaults,
  type PreflightFault,
  preflightService,
  serviceFileFaults,
} from '../serving/preflight.ts';

/** What a house with these settings would stumble over. @see preflightService */
export function housePreflight(
  settings: HouseSettings,
  configFile?: string,
): Promise<readonly PreflightFault[]> {
  return preflightService(settings, housePreflightFiles, configFile);
}

/** What `housePreflight` finds in files. */
export async function housePreflightFiles(settings: HouseSettings): Promise<readonly PreflightFault[]> {
  const { admin, adminTokenFile } = settings;
  const tokens = admin.tokens.filter(({ file }) => file !== adminTokenFile); // which is told by its own name
  const short =
    adminTokenFile === null ? [] : credentialFileFaults('adminTokenFile', () => readTokens(adminTokenFile));
  return [...(await serviceFileFaults({ ...settings, admin: { ...admin, tokens } })), ...short];
}
