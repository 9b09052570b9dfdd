import { writeFile } from 'node:fs/promises';
import type { CertificateFolder, TestCertificate } from '../../test/support/certificates.ts';
import { RestartingServer } from './restarting-server.ts';

/** Where everything is. */
export const HOST = '127.0.0.1';

/** A relay under soak, and where it listens. */
export interface RelayPlace {
  readonly name: string;
  readonly rtmp: number;
  readonly http: number;
}

const quickly = {
  fanOut: { stallTimeoutMs: 2000 },
  play: { waitMs: 3000 },
  log: { level: 'info', format: 'json', linesPerSecond: 10_000, linesPerSecondPerAddress: 10_000 }, // all come from one
};

/** What a relay under soak is told: the defaults, with deadlines short enough for everybody to be gone at the end of a round. */
export function relayConfig(
  { certFile, keyFile }: TestCertificate,
  rtmp: number,
  http: number,
  hook: string,
  origins: readonly number[],
): Readonly<Record<string, unknown>> {
  const place = (port: number, more: object = {}) => ({ host: HOST, port, ...more });
  const tls = { certFile, keyFile };
  return {
    ...quickly,
    listen: {
      ...{ rtmp: place(rtmp), http: place(http), admin: place(0) },
      ...{ rtmps: place(0, tls), https: place(0, tls) },
    },
    admin: { socket: null },
    // their sessions are counted when an address has had many that began nothing; a soak comes from one
    limits: { pendingSessionsPerAddress: 2000, waitingPlayersPerAddress: 2000 },
    hooks: [
      {
        ...{ match: 'hooked/**', url: hook, timeoutMs: 500, retries: 0, onUnavailable: 'allow' },
        ...{ events: ['publish', 'play', 'recheck'], recheckMs: 5000 },
      },
      { match: '**', url: hook, events: ['unpublish', 'stop', 'streamUp', 'streamDown'], asks: false },
    ],
    streams: streamsFrom(origins),
  };
}

/** What is pulled, from which ports, and what is published. */
function streamsFrom(origins: readonly number[]): readonly object[] {
  const urls = origins.map((port) => `rtmp://${HOST}:${port}/{key}`);
  return [
    { match: 'pull/**', source: { type: 'pull', urls, lingerMs: 300, silenceMs: 1500 } },
    { match: '**', source: { type: 'push' } },
  ];
}

/** Starts a relay that others pull from. */
export async function startOrigin(
  name: string,
  rtmp: number,
  folder: CertificateFolder,
  logFile: string | undefined,
): Promise<RestartingServer> {
  const file = folder.file(`${name}.config.json`);
  const listen = {
    rtmp: { host: HOST, port: rtmp },
    http: null,
    admin: null,
  };
  await writeFile(file, JSON.stringify({ ...quickly, listen, admin: { socket: null } }));
  return await RestartingServer.start(name, ['relay', '--config', file], ['rtmp'], logFile);
}

/** Starts a house of these relays. @param origins - ports that they pull from */
export async function startHouse(
  rtmp: number,
  http: number,
  relays: readonly RelayPlace[],
  origins: readonly number[],
  folder: CertificateFolder,
  logFile: string | undefined,
): Promise<RestartingServer> {
  const file = folder.file('house.config.json');
  const listen = {
    ...{ rtmp: { host: HOST, port: rtmp }, http: { host: HOST, port: http } },
    admin: { host: HOST, port: 0 },
  };
  const roster = relays.map(({ name, ...ports }, at) => ({
    ...{ id: name, key: `the-secret-key-of-${name}`, ingest: [`*/${name}-*`] },
    networks: at === 0 ? [{ cidr: '127.0.0.0/8' }] : [], // players are sent to where the stream is
    urls: { rtmp: `rtmp://${HOST}:${ports.rtmp}`, http: `http://${HOST}:${ports.http}` },
  }));
  const rosterFile = folder.file('roster.json');
  await writeFile(rosterFile, JSON.stringify(roster));
  const files = { rosterFile, stateDir: folder.file('state') };
  const times = { telemetryIntervalMs: 1000, offlineAfterMs: 3000 };
  const { log } = quickly;
  await writeFile(
    file,
    JSON.stringify({
      listen,
      ...files,
      ...times,
      streams: streamsFrom(origins),
      log,
      admin: { socket: null },
    }),
  );
  return await RestartingServer.start('house', ['house', '--config', file], ['http', 'rtmp'], logFile);
}

/** The setting `house` of a relay of it. @param house - port of its HTTP listener */
export async function linkOf(name: string, house: number, folder: CertificateFolder): Promise<object> {
  const [keyFile, copyFile] = [folder.file(`${name}.key`), folder.file(`${name}.copy`)];
  await writeFile(keyFile, `the-secret-key-of-${name}\n`);
  return { url: `http://${HOST}:${house}`, id: name, keyFile, copyFile, insecure: true };
}
