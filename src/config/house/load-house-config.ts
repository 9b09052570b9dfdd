import { dirname, resolve } from 'node:path';
import {
  configFileOf,
  readSettings,
  type SettingReading,
  type SettingSources,
} from '../sources/load-settings.ts';
import { type HouseSettings, houseSettings } from './house-settings.ts';

/** Where a house's settings come from: the environment wins over the file. */
export type HouseConfigSources = Pick<SettingSources, 'file' | 'env'>;

/**
 * Reads and validates everything that decides about a house.
 * @throws ConfigError with all faults: those of the file by setting, the others by variable
 */
export function loadHouseConfig(sources: HouseConfigSources): HouseSettings {
  const { settings, error } = readHouseConfig(sources);
  if (error !== undefined) throw error;
  return settings;
}

/** Like `loadHouseConfig`, but gives what is sound next to the faults. */
export function readHouseConfig(sources: HouseConfigSources): SettingReading<HouseSettings> {
  const options = () => ({ settings: [], faults: [] });
  const { settings, error } = readSettings(houseSettings, { ...sources, options });
  const folder = dirname(configFileOf(sources) ?? '');
  const { rosterFile } = settings;
  const roster = rosterFile === null ? null : resolve(folder, rosterFile);
  return { settings: { ...settings, rosterFile: roster }, error };
}
