import { join } from 'node:path';
import type { Server } from '../server.ts';

/** SRS. @param window - its merged write, milliseconds; its default (350) without one */
export function srs(name: string, window?: number): Server {
  return {
    name,
    needs: 'srs',
    isUntried: true,
    version: { program: { command: 'srs', args: ['-v'] }, pattern: /[\d.]+/ },
    wires: ['rtmp', 'http-flv'],
    files: ({ folder, ports }) => ({
      'srs.conf': `listen ${ports.rtmp}; max_connections 19000; daemon off; pid ${folder}/srs.pid;
srs_log_tank console; srs_log_level error; ff_log_dir /dev/null;
http_api { enabled off; }
rtc_server { enabled off; }
http_server { enabled on; listen ${ports['http-flv']}; dir ${folder}; }
vhost __defaultVhost__ {
  tcp_nodelay on;
  http_remux { enabled on; mount [vhost]/[app]/[stream].flv; }
  play { gop_cache on; ${window === undefined ? '' : `mw_latency ${window};`} }
}
`,
    }),
    programs: ({ folder }) => [{ command: 'srs', args: ['-c', join(folder, 'srs.conf')] }],
  };
}
