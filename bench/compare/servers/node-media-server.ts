import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Server } from '../server.ts';

const packageJson = createRequire(import.meta.url).resolve('node-media-server/package.json');

/** node-media-server of the npm registry, quiet. */
export const nodeMediaServer: Server = {
  name: 'node-media-server',
  needs: process.execPath,
  version: {
    program: { command: process.execPath, args: ['-p', `require(${JSON.stringify(packageJson)}).version`] },
    pattern: /[\d.]+/,
  },
  wires: ['rtmp', 'http-flv'],
  files: ({ folder, ports }) => ({
    'start.cjs': `const NodeMediaServer = require(${JSON.stringify(dirname(packageJson))});
const logger = require(${JSON.stringify(join(dirname(packageJson), 'src', 'core', 'logger.js'))});
logger.level = 'error';
new NodeMediaServer(${JSON.stringify({
      bind: '127.0.0.1',
      rtmp: { port: ports.rtmp },
      http: { port: ports['http-flv'] },
      webadmin: { enable: false },
      auth: { play: false, publish: false, secret: '' },
      store: { path: join(folder, 'data') },
    })}).run();
`,
  }),
  programs: ({ folder }) => [{ command: process.execPath, args: [join(folder, 'start.cjs')] }],
};
