import { join } from 'node:path';
import type { Place, Program, Server } from '../server.ts';

type Settings = Readonly<Record<string, unknown>>;

/** Settings beyond the defaults. */
type MoreSettings = Settings | ((place: Place) => Settings);

/** A built relay. @param root - of the project */
export function streampump(name: string, root: string, more: MoreSettings = {}): Server {
  const cli = join(root, 'dist', 'src', 'cli.js');
  return {
    name,
    needs: process.execPath,
    version: { program: { command: process.execPath, args: [cli, '--version'] }, pattern: /[\d.]+\S*/ },
    wires: ['rtmp', 'http-flv', 'rtmps', 'https-flv'],
    files: (place) => ({ 'relay.config.json': JSON.stringify(settings(place, more), undefined, 2) }),
    programs: (place) => [relay(cli, place)],
  };
}

function relay(cli: string, { folder }: Place): Program {
  return { command: process.execPath, args: [cli, 'relay', '-c', join(folder, 'relay.config.json')] };
}

/** The defaults, but for where it listens and for thousands of clients of one address. */
function settings(place: Place, more: MoreSettings): Settings {
  const { ports, certFile, keyFile } = place;
  const host = '127.0.0.1';
  return {
    listen: {
      rtmp: { host, port: ports.rtmp },
      http: { host, port: ports['http-flv'] },
      rtmps: { host, port: ports.rtmps, certFile, keyFile },
      https: { host, port: ports['https-flv'], certFile, keyFile },
      admin: { host, port: ports.admin },
    },
    admin: { socket: null },
    limits: { pendingSessions: 20_000, pendingSessionsPerAddress: 20_000 },
    ...(typeof more === 'function' ? more(place) : more),
  };
}

/** Records every stream, into the folder of the measurement, and lets everybody play what was recorded. */
export function recorded({ folder }: Place): Settings {
  return {
    recordings: { folder: join(folder, 'recordings') },
    streams: [{ match: '**', source: { type: 'push' }, record: 'always' }],
    access: { rules: [{ match: 'recordings/**', verbs: ['playback'] }] },
  };
}
