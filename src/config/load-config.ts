import { schemeOf } from '../media-url.ts';
import { parseInteger } from './environment.ts';
import { publicListeners, tlsListeners } from './listen-settings.ts';
import { readSettings, type SettingReading, type SettingSources } from './load-settings.ts';
import { type RelaySettings, relaySettings } from './relay-settings.ts';
import { type Overlay, ownValue, type SettingPath } from './setting-schema.ts';

/** Settings from the command line; a number may be given as it was typed. */
export interface RelayOverrides {
  /** Host of every listener but admin. */
  readonly host?: string | undefined;
  readonly rtmpPort?: number | string | undefined;
  readonly httpPort?: number | string | undefined;
  readonly adminPort?: number | string | undefined;
  /** URL of the relay or server that every stream is pulled from on demand, without the stream key. */
  readonly upstream?: string | undefined;
}

/** Where a relay's settings come from: the command line wins over the environment, the environment over the file. */
export interface RelayConfigSources extends Omit<SettingSources, 'options'> {
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

/** Like `loadRelayConfig`, but gives what is sound next to the faults. @throws ConfigError when the file cannot be read at all */
export function readRelayConfig(sources: RelayConfigSources): SettingReading<RelaySettings> {
  const { file, env, overrides = {} } = sources;
  return readSettings(relaySettings, {
    file,
    env,
    options: (config) =>
      [portOptions(overrides), hostOptions(overrides, config), upstreamOptions(overrides)].flat(),
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

function upstreamOptions({ upstream }: RelayOverrides): readonly Overlay[] {
  if (upstream === undefined) return [];
  const suffix = ['http', 'ws'].includes(schemeOf(upstream)?.protocol ?? '') ? '.flv' : '';
  const url = `${upstream.replace(/\/+$/, '')}/{key}${suffix}`;
  const streams = [{ match: '**', source: { type: 'pull', urls: [url], start: 'onDemand' } }];
  return [option('--upstream', ['streams'], streams)];
}

function option(origin: string, path: SettingPath, value: unknown): Overlay {
  return { origin, kind: 'command line', path, value };
}
