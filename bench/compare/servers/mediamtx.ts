import { join } from 'node:path';
import type { Server } from '../server.ts';

/** MediaMTX with RTMP alone, on one core's worth of threads. */
export const mediamtx: Server = {
  name: 'mediamtx',
  needs: 'mediamtx',
  isUntried: true,
  version: { program: { command: 'mediamtx', args: ['--version'] }, pattern: /v?([\d.]+)/ },
  wires: ['rtmp'],
  files: ({ ports }) => ({
    'mediamtx.yml': `logLevel: error
rtsp: false
rtmp: true
rtmpAddress: 127.0.0.1:${ports.rtmp}
hls: false
webrtc: false
srt: false
authInternalUsers:
- user: any
  permissions:
  - action: publish
  - action: read
paths:
  all_others:
`,
  }),
  programs: ({ folder }) => [
    { command: 'mediamtx', args: [join(folder, 'mediamtx.yml')], env: { GOMAXPROCS: '1' } },
  ],
};
