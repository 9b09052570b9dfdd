import { join } from 'node:path';
import type { Server } from '../server.ts';

/** nginx with the RTMP module, one worker; Debian has both. */
export const nginxRtmp: Server = {
  name: 'nginx-rtmp',
  needs: 'nginx',
  version: { program: { command: 'nginx', args: ['-v'] }, pattern: /nginx\/([\d.]+)/ },
  wires: ['rtmp'],
  files: ({ folder, ports }) => ({
    'nginx.conf': `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log error;
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so; worker_rlimit_nofile 19000;
events { worker_connections 18000; use epoll; }
rtmp { server { listen 127.0.0.1:${ports.rtmp}; chunk_size 4096; out_queue 4096; out_cork 8;
  application live { live on; wait_key on; } } }
`,
  }),
  programs: ({ folder }) => [
    {
      command: 'nginx',
      args: ['-e', join(folder, 'error.log'), '-p', folder, '-c', join(folder, 'nginx.conf')],
    },
  ],
};
