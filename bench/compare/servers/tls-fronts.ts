import { join } from 'node:path';
import type { Place, Server } from '../server.ts';
import { nginxRtmp } from './nginx-rtmp.ts';

/** nginx in front of a relay, on the relay's core: it ends TLS for HTTPS-FLV and asks the relay by plain HTTP. */
export function behindNginx(relay: Server): Server {
  return {
    ...relay,
    name: `nginx, then ${relay.name}`,
    needs: 'nginx',
    version: nginxRtmp.version,
    wires: ['https-flv'],
    files: (place) => ({
      ...relay.files?.(behind(place)),
      'nginx.conf': `daemon off; worker_processes 1; pid ${place.folder}/pid; error_log ${place.folder}/error.log error;
worker_rlimit_nofile 19000; events { worker_connections 18000; use epoll; }
http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${place.folder}/${name};`).join(' ')}
  server { listen 127.0.0.1:${place.ports['https-flv']} ssl;
    ssl_certificate ${place.certFile}; ssl_certificate_key ${place.keyFile}; ssl_protocols TLSv1.2 TLSv1.3;
    location / { proxy_pass http://127.0.0.1:${place.ports['http-flv']}; proxy_http_version 1.1; proxy_buffering off; } } }
`,
    }),
    programs: (place) => [
      ...relay.programs(behind(place)),
      {
        command: 'nginx',
        args: [
          '-e',
          join(place.folder, 'error.log'),
          '-p',
          place.folder,
          '-c',
          join(place.folder, 'nginx.conf'),
        ],
      },
    ],
  };
}

/** HAProxy in front of a relay, on the relay's core: it ends TLS and passes bytes on. */
export function behindHaproxy(relay: Server): Server {
  return {
    ...relay,
    name: `HAProxy, then ${relay.name}`,
    needs: 'haproxy',
    version: { program: { command: 'haproxy', args: ['-v'] }, pattern: /version ([\d.]+)/ },
    wires: ['https-flv', 'rtmps'],
    files: (place) => ({
      ...relay.files?.(behind(place)),
      'haproxy.cfg': `global
  maxconn 9000
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen https
  bind 127.0.0.1:${place.ports['https-flv']} ssl crt ${place.pemFile}
  server relay 127.0.0.1:${place.ports['http-flv']}
listen rtmps
  bind 127.0.0.1:${place.ports.rtmps} ssl crt ${place.pemFile}
  server relay 127.0.0.1:${place.ports.rtmp}
`,
    }),
    programs: (place) => [
      ...relay.programs(behind(place)),
      { command: 'haproxy', args: ['-db', '-f', join(place.folder, 'haproxy.cfg')] },
    ],
  };
}

/** The same place for whoever is behind, who has TLS on ports that nobody asks. */
function behind(place: Place): Place {
  const { hiddenHttps, hiddenRtmps } = place.ports;
  return { ...place, ports: { ...place.ports, 'https-flv': hiddenHttps, rtmps: hiddenRtmps } };
}
