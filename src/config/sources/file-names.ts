import { resolve } from 'node:path';

/**
 * Makes the file names in a config absolute: what a setting called `file`, or whose name ends in `File`, holds is relative to the folder
 * that the config file is in, wherever the relay is started. That of the copy of the house's config may also be `auto`.
 * @param config - as it was read, perhaps with faults
 */
export function resolveFileNames(config: unknown, folder: string): unknown {
  if (Array.isArray(config)) return config.map((element) => resolveFileNames(element, folder));
  if (typeof config !== 'object' || config === null) return config;
  const entries = Object.entries(config).map(([name, value]) => {
    const isFileName = /^file$|File$/.test(name) && typeof value === 'string' && value !== '';
    if (name === 'copyFile' && value === 'auto') return [name, value];
    return [name, isFileName ? resolve(folder, value) : resolveFileNames(value, folder)];
  });
  return Object.fromEntries(entries);
}
