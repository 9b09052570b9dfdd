import type { HouseSettings } from '../config/house/house-settings.ts';
import {
  type HouseConfigSources,
  loadHouseConfig,
  readHouseConfig,
} from '../config/house/load-house-config.ts';
import { configFileOf } from '../config/sources/load-settings.ts';
import { House } from '../service/house/house.ts';
import { housePreflight, housePreflightFiles } from '../service/house/house-preflight.ts';
import type { CommandedService } from './run-service.ts';

/** A house as the command runs it. */
export function houseService(sources: HouseConfigSources): CommandedService<HouseSettings> {
  const configFile = configFileOf(sources);
  return {
    ...{ what: 'a house', configFile },
    load: () => loadHouseConfig(sources),
    read: () => readHouseConfig(sources),
    preflightFiles: housePreflightFiles,
    preflight: (settings) => housePreflight(settings, configFile),
    start: (settings, _workers, { logs: { log, access: accessLog }, process }) =>
      House.start(settings, log, undefined, { accessLog, process }),
  };
}
