import { resolve } from 'node:path';
import { publicListeners, tlsListeners } from './listen-settings.ts';
import { serverUrlProblem, streamsUrl } from './media-url-problems.ts';
import { type RelaySettings, relaySettings } from './relay-settings.ts';
import { ownValue, type SettingPath } from './setting-schema.ts';
import { parseInteger } from './sources/environment.ts';
import { problemOf } from './sources/faults.ts';
import { readSettings, type SettingReading, type SettingSources } from './sources/load-settings.ts';
import type { Overlay, SettingLayer } from './sources/overlay.ts';

/** Settings from the command line; a number may be given as it was typed. */
export interface RelayOverrides {
  /** Host of every listener but admin. */
  readonly host?: string | undefined;
  readonly rtmpPort?: number | string | undefined;
  readonly httpPort?: number | string | undefined;
  readonly adminPort?: number | string | undefined;
  /** URLs of the relays or servers that every stream is pulled from on demand, preferred first, without the stream key. */
  readonly upstream?: readonly string[] | undefined;
  /** URL of the house that the relay belongs to. */
  readonly house?: string | undefined;
  /** What that house calls the relay. */
  readonly houseId?: string | undefined;
  /** File with the relay's key. */
  readonly houseKeyFile?: string | undefined;
}

/** Where a relay's settings come from: the command line wins over the environment, the environment over the file. */
export interface RelayConfigSources extends Omit<SettingSources, 'options' | 'fileOnly'> {
  readonly overrides?: RelayOverrides | undefined;
}

/**
 * Reads and validates everything that decides about a relay.
 * @throws ConfigError with all faults: those of the file by setting, the others by variable or option.
 */
export function loadRelayConfig(sources: RelayConfigSources): RelaySettings {
  const { settings, error } = readRelayConfig(sources);
  if (error !== undefined) throw error;
  return settings;
}

/** Like `loadRelayConfig`, but gives what is sound next to the faults. */
export function readRelayConfig(sources: RelayConfigSources): SettingReading<RelaySettings> {
  const { file, env, overrides = {} } = sources;
  return readSettings(relaySettings, {
    file,
    env,
    fileOnly: [['hooks', '*', 'exec']],
    options: (config) => {
      const { settings, faults } = upstreamLayer(overrides.upstream);
      return {
        settings: [
          ...portOptions(overrides),
          ...hostOptions(overrides, config),
          ...houseOptions(overrides),
          ...settings,
        ],
        faults,
      };
    },
  });
}

function portOptions({ rtmpPort, httpPort, adminPort }: RelayOverrides): readonly Overlay[] {
  return Object.entries({ rtmp: rtmpPort, http: httpPort, admin: adminPort }).flatMap(([listener, port]) =>
    port === undefined
      ? []
      : [option(`--${listener}-port`, ['listen', listener, 'port'], parseInteger(String(port)))],
  );
}

/** A listener that is off stays off; of a list every listener gets the host. */
function hostOptions({ host, rtmpPort, httpPort }: RelayOverrides, config: unknown): readonly Overlay[] {
  if (host === undefined) return [];
  const ports: Readonly<Record<string, unknown>> = { rtmp: rtmpPort, http: httpPort };
  const offByDefault: readonly string[] = tlsListeners;
  return publicListeners.flatMap((listener) => {
    const path: SettingPath = ['listen', listener];
    const configured = ownValue(ownValue(config, 'listen'), listener);
    if (Array.isArray(configured))
      return configured.map((_, index) => option('--host', [...path, index, 'host'], host));
    const isOff = configured === null || (configured === undefined && offByDefault.includes(listener));
    return isOff && ports[listener] === undefined ? [] : [option('--host', [...path, 'host'], host)];
  });
}

/** A file is looked for where the command was typed. */
function houseOptions({ house, houseId, houseKeyFile }: RelayOverrides): readonly Overlay[] {
  const keyFile = houseKeyFile === undefined ? undefined : resolve(houseKeyFile);
  const options = {
    '--house': ['url', house],
    '--house-id': ['id', houseId],
    '--house-key-file': ['keyFile', keyFile],
  };
  return Object.entries(options).flatMap(([origin, [name = '', value]]) =>
    value === undefined ? [] : [option(origin, ['house', name], value)],
  );
}

/** A wrong URL is told as it was typed, not as the entry of `streams` that would be made of it. */
function upstreamLayer(urls: readonly string[] = []): SettingLayer {
  const faults = urls.flatMap((url) => {
    const expected = serverUrlProblem(url);
    return expected === undefined
      ? []
      : [{ origin: '--upstream', kind: 'command line', problem: problemOf(expected, url) } as const];
  });
  if (urls.length === 0 || faults.length > 0) return { settings: [], faults };
  const source = { type: 'pull', urls: urls.map(streamsUrl), start: 'onDemand' };
  return { settings: [option('--upstream', ['streams'], [{ match: '**', source }])], faults };
}

function option(origin: string, path: SettingPath, value: unknown): Overlay {
  return { origin, kind: 'command line', path, value };
}
