import { isDeepStrictEqual } from 'node:util';
import type { RelaySettings } from '../../../config/relay-settings.ts';

/**
 * Whether a running relay takes a setting over that has changed, or goes on with the old one until it is started again. `replaces`: it
 * takes one for another, and waits with one that comes or goes (null).
 */
export type AtReload = 'applies' | 'waits' | 'replaces';

/** A decision for a whole section, or one for each setting in it; of a list they are those of its elements. */
type Decisions<T> = T extends null
  ? never
  : T extends readonly (infer Element)[]
    ? Decisions<Element>
    : T extends object
      ? { readonly [Name in keyof T]-?: AtReload | Decisions<T[Name]> }
      : AtReload;

const place = { host: 'waits', port: 'waits' } as const;
const clients = { clientCaFile: 'waits', requireClientCertificate: 'waits' } as const;
const securePlace = { ...place, ...clients, certFile: 'applies', keyFile: 'applies' } as const;

/** What each setting does when the configuration is read again. */
export const reloadTable: Decisions<RelaySettings> = {
  name: 'waits',
  listen: {
    rtmp: place,
    rtmps: securePlace,
    http: place,
    https: securePlace,
    admin: { ...place, ...clients, certFile: 'replaces', keyFile: 'replaces', names: 'waits' },
  },
  workers: 'waits',
  user: 'waits',
  group: 'waits',
  streams: 'applies',
  access: 'applies',
  admin: { socket: 'waits', tokens: 'applies', hosts: 'applies' },
  hooks: 'applies',
  cache: 'applies',
  fanOut: 'applies',
  publish: 'applies',
  play: 'applies',
  deadlines: 'applies',
  drain: 'applies',
  http: 'applies',
  tls: 'applies',
  proxy: 'applies',
  proxyProtocol: 'applies',
  limits: 'applies',
  house: {
    ...{ url: 'waits', id: 'waits', keyFile: 'waits', caFile: 'waits', certFile: 'waits' },
    ...{ certKeyFile: 'waits', insecure: 'waits', copyFile: 'waits' },
  },
  snmp: {
    ...place,
    networks: 'applies',
    communityFile: 'applies',
    users: 'applies',
    requestsPerSecond: 'applies',
  },
  log: {
    file: 'waits',
    level: 'applies',
    format: 'waits',
    linesPerSecond: 'applies',
    linesPerSecondPerAddress: 'applies',
  },
  accessLog: { file: 'waits', format: 'waits', linesPerSecond: 'waits' },
};

/** What a relay makes of new settings while it runs. */
export interface TakenOver {
  /** The new ones, but for those that wait: these are as they were. */
  readonly settings: RelaySettings;
  /** Paths of the settings that have changed and wait for a restart. */
  readonly waiting: readonly string[];
}

/** Brings new settings together with those that a relay runs with, by {@link reloadTable}. */
export function takeOver(running: RelaySettings, wanted: RelaySettings): TakenOver {
  const waiting: string[] = [];
  const settings = merge(reloadTable, running, wanted, [], waiting) as RelaySettings;
  return { settings, waiting };
}

type Decision = AtReload | { readonly [name: string]: Decision };
type Section = Readonly<Record<string, unknown>>;

function merge(
  decision: Decision,
  running: unknown,
  wanted: unknown,
  path: readonly (string | number)[],
  waiting: string[],
): unknown {
  if (decision === 'applies') return wanted;
  if (decision === 'replaces' && running !== null && wanted !== null) return wanted;
  if (decision === 'waits' || decision === 'replaces') {
    if (!isDeepStrictEqual(running, wanted)) waiting.push(path.join('.'));
    return running;
  }
  if (running === null || wanted === null) {
    if (running !== wanted) waiting.push(path.join('.'));
    return running;
  }
  if (Array.isArray(running) && Array.isArray(wanted)) {
    if (running.length !== wanted.length) waiting.push(path.join('.'));
    const pathOf = (index: number) => (running.length === 1 ? path : [...path, index]);
    return running.map((element, index) =>
      index < wanted.length ? merge(decision, element, wanted[index], pathOf(index), waiting) : element,
    );
  }
  const merged = { ...(running as Section) };
  for (const [name, inner] of Object.entries(decision))
    merged[name] = merge(inner, merged[name], (wanted as Section)[name], [...path, name], waiting);
  return merged;
}
