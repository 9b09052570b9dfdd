import { join } from 'node:path';
import type { Place, Program, Server } from '../server.ts';

type Settings = Readonly<Record<string, unknown>>;

/** A built relay. @param root - of the project. @param more - settings beyond the defaults */
export function streampump(name: string, root: string, more: Settings = {}): Server {
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
function settings({ ports, certFile, keyFile }: Place, more: Settings): Settings {
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
    ...more,
  };
}
