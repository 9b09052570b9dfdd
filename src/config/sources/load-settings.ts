/** Brings the sources of a service's settings together; knows none of the settings. */
import type { z } from 'zod';
import { ConfigError } from '../../errors.ts';
import { soundPart } from '../setting-schema.ts';
import { readConfigFile } from './config-file.ts';
import { configVariable, readEnvironment } from './environment.ts';
import { faultsOf } from './faults.ts';
import { type FileOnlyPath, untrustedPlaces, withoutFileOnly } from './file-only.ts';
import { LayeredConfig, type NamedText } from './layered-config.ts';
import type { SettingLayer } from './overlay.ts';

/** Where settings come from: the command line wins over the environment, the environment over the file. */
export interface SettingSources {
  /** Path of the config file that the command line names. */
  readonly file?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** What the command line says, given the config of file and environment (not validated). */
  readonly options: (config: unknown) => SettingLayer;
  /** Settings that only the file may have; default none. */
  readonly fileOnly?: readonly FileOnlyPath[];
}

/** The config file, named by the command line or else by `STREAMPUMP_CONFIG`; undefined when there are only defaults. */
export function configFileOf({ file, env }: Pick<SettingSources, 'file' | 'env'>): string | undefined {
  return file ?? env[configVariable];
}

/** Settings as they were read. */
export interface SettingReading<T> {
  /** All of them, or what of them is sound, with defaults for the rest. */
  readonly settings: T;
  /** All faults: those of the file by setting, the others by variable or option. */
  readonly error: ConfigError | undefined;
}

/** Reads all sources. Never throws. */
export function readSettings<T>(
  schema: z.ZodType<T>,
  { file, env, options, fileOnly = [] }: SettingSources,
): SettingReading<T> {
  const text = readFile({ file, env });
  const config = new LayeredConfig(text);
  config.lay(withoutFileOnly(readEnvironment(schema, env), fileOnly));
  config.lay(withoutFileOnly(options(config.value), fileOnly));
  const name = configFileOf({ file, env }) ?? '';
  for (const fault of untrustedPlaces(name, text.value, fileOnly)) config.report(fault);
  const result = schema.safeParse(config.value);
  if (!result.success) for (const fault of faultsOf(result.error, schema, config.value)) config.report(fault);
  const { faults } = config;
  return {
    settings: result.success ? result.data : soundPart(schema, config.value),
    error: faults.length === 0 ? undefined : new ConfigError(faults),
  };
}

function readFile({ file, env }: Pick<SettingSources, 'file' | 'env'>): NamedText {
  const name = configFileOf({ file, env });
  if (name === undefined) return { name: '', value: {}, faults: [], placeOf: () => undefined };
  const text = readConfigFile(name);
  const variable = `environment: ${configVariable}`;
  if (name === '') return { ...text, name: file === undefined ? variable : 'command line: --config' };
  // Whoever has forgotten the variable wonders why this file is read at all.
  const isUnread = text.value === undefined && text.placeOf([]) === undefined;
  return { ...text, name: isUnread && file === undefined ? `${variable}: ${name}` : name };
}
