import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runTool } from './support/run-tool.ts';

const cliPath = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** Says at the end of a process which files and which modules of Node's it has loaded. */
const listing = `
  import { registerHooks } from 'node:module';
  import { writeSync } from 'node:fs';
  const urls = [];
  registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
  process.on('exit', () => writeSync(2, JSON.stringify([...urls, ...process.moduleLoadList])));
`;

/** What a relay of the default settings has on, as parts of the paths. */
const running = ['/zod/', '/src/service/relay/relay.ts', 'NativeModule http'];

/** What it has not, or not yet. */
const off = [
  // libraries of Node's: the first three come with any import of node:http
  ...['NativeModule internal/deps/undici/undici', 'NativeModule http2', 'NativeModule stream/web'],
  ...['NativeModule tls', 'NativeModule https'],
  // others
  ...[
    '/fastify/',
    '/jose/',
    '/jsonc-parser/',
    '/@redis/',
    '/mpegts.js/',
    '/net-snmp/',
    '/pino-pretty/',
    '/prom-client/',
  ],
  ...['/undici/', '/ws/lib/'],
  // ours
  ...['/load-tester/crew', '/src/commands/ctl/api/', '/src/commands/ctl/top/', '/src/pages/'],
  ...['/src/service/admin/api/app', '/src/service/admin/api/schemas/', '/src/service/admin/snmp/agent'],
  ...['/src/service/house/house', '/src/service/house/store/', '/src/service/relay/house/link/'],
  ...[
    '/src/service/relay/house/given/',
    '/src/service/relay/workers/',
    ...['/src/recording/file/', '/src/recording/format/', '/src/recording/link/', '/src/recording/process/'],
    ...['/src/recording/sealing/', '/src/recording/store/', '/src/recording/upload/'],
    '/src/service/recording/recorder',
    '/src/service/recording/store-supervisor',
    '/src/session/rtmpt/',
    '/src/amf-gateway/',
  ],
];

test('a relay that has nothing to do has loaded what it needs for that, and nothing that is off', async () => {
  const ports = ['--rtmp-port', '0', '--http-port', '0', '--admin-port', '0'];
  const hook = `data:text/javascript,${encodeURIComponent(listing)}`;
  await using relay = runTool(process.execPath, ['--import', hook, cliPath, 'relay', ...ports], {
    env: { STREAMPUMP_ADMIN_SOCKET: 'null' },
  });
  await relay.waitForStdout(/listening admin/);
  relay.kill('SIGTERM');
  await relay.exited;
  const loaded: string[] = JSON.parse(relay.stderr);
  const has = (part: string): boolean =>
    loaded.some((name) => (part.startsWith('/') ? name.includes(part) : name === part));
  expect(running.filter((part) => !has(part))).toEqual([]);
  expect(off.filter(has)).toEqual([]);
});
