import { ConfigError } from '../../errors.ts';
import { type ConfigFileForm, readConfigFile } from '../sources/config-file.ts';
import { faultsOf } from '../sources/faults.ts';
import { LayeredConfig } from '../sources/layered-config.ts';
import { type RosterEntry, rosterSettings } from './roster-settings.ts';

const rosterForm: ConfigFileForm = { noun: 'roster', maxBytes: 16 * 2 ** 20, least: '[]', isSecret: true };

/**
 * Reads a roster: JSON, which may have comments and trailing commas.
 * @throws ConfigError with all faults, each with its line and its path; no key is in them
 */
export function loadRoster(file: string): readonly RosterEntry[] {
  const config = new LayeredConfig({ ...readConfigFile(file, rosterForm), name: file });
  const result = rosterSettings.safeParse(config.value);
  if (!result.success)
    for (const fault of faultsOf(result.error, rosterSettings, config.value)) config.report(fault);
  const { faults } = config;
  if (result.success && faults.length === 0) return result.data;
  throw new ConfigError(faults);
}
