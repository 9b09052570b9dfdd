import { resolve } from 'node:path';

/**
 * Makes the file names in a config absolute: what a setting called `file` or `folder`, or whose name ends in `File`, or in `Files` for a
 * list, holds is relative to the folder that the config file is in, wherever the relay is started. That of the copy of the house's config
 * may also be `auto`.
 * @param config - as it was read, perhaps with faults
 */
export function resolveFileNames(config: unknown, folder: string): unknown {
  if (Array.isArray(config)) return config.map((element) => resolveFileNames(element, folder));
  if (typeof config !== 'object' || config === null) return config;
  const entries = Object.entries(config).map(([name, value]) => {
    if (name === 'copyFile' && value === 'auto') return [name, value];
    if (/^(?:file|folder)$|File$/.test(name)) return [name, resolveFileName(value, folder)];
    const isList = /Files$/.test(name) && Array.isArray(value);
    return [
      name,
      isList ? value.map((file) => resolveFileName(file, folder)) : resolveFileNames(value, folder),
    ];
  });
  return Object.fromEntries(entries);
}

function resolveFileName(value: unknown, folder: string): unknown {
  return typeof value === 'string' && value !== '' ? resolve(folder, value) : resolveFileNames(value, folder);
}
