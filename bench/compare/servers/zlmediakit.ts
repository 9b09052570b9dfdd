import { join } from 'node:path';
import type { Server } from '../server.ts';

/** ZLMediaKit with one thread, nothing but RTMP and HTTP-FLV, and merged write. @param window - of that, milliseconds */
export function zlmediakit(name: string, window: number): Server {
  return {
    name,
    needs: 'MediaServer',
    isUntried: true,
    version: {
      program: { command: 'MediaServer', args: ['-v'] },
      pattern: /version[^\w]*([\w.-]+)|git hash[^\w]*(\w+)/i,
    },
    wires: ['rtmp', 'http-flv'],
    files: ({ folder, ports }) => ({
      'config.ini': `[general]
mergeWriteMS=${window}
[protocol]
enable_hls=0
enable_hls_fmp4=0
enable_mp4=0
enable_rtsp=0
enable_ts=0
enable_fmp4=0
enable_rtmp=1
[hook]
enable=0
[http]
port=${ports['http-flv']}
sslport=0
rootPath=${folder}
[rtmp]
port=${ports.rtmp}
sslport=0
[rtsp]
port=0
sslport=0
[rtc]
port=0
tcpPort=0
[srt]
port=0
[rtp_proxy]
port=0
[shell]
port=0
`,
    }),
    programs: ({ folder, pemFile }) => [
      {
        command: 'MediaServer',
        args: ['-c', join(folder, 'config.ini'), '-s', pemFile, '-t', '1', '-l', '4'],
      },
    ],
    path: (wire, name) => (wire === 'http-flv' ? `/live/${name}.live.flv` : `/live/${name}`),
  };
}
