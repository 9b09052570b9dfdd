import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type RunningTool, runTool } from './run-tool.ts';

/** nginx with the RTMP module: the most common server that is not ours. */
export interface Nginx extends AsyncDisposable {
  readonly tool: RunningTool;
  readonly port: number;
  url(streamName: string): string;
}

/**
 * Starts nginx as a server of HTTP that does what stands in its `server` block; resolves when it listens.
 * @param beside - what stands beside that block
 */
export async function startNginxSite(
  block: string,
  beside = '',
): Promise<Pick<Nginx, 'tool' | 'port' | typeof Symbol.asyncDispose>> {
  const port = await freePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return startWith(
    port,
    (prefix) => `
    http { access_log off; ${paths.map((name) => `${name}_temp_path ${prefix}/${name};`).join(' ')}
      ${beside}
      server { listen 127.0.0.1:${port}; ${block} } }`,
  );
}

/** Starts nginx with an application `live`; resolves when it listens. @param port - a free one unless it is to come back */
export async function startNginx(port?: number): Promise<Nginx> {
  const listenPort = port ?? (await freePort());
  const started = await startWith(
    listenPort,
    () => `rtmp { access_log off; server { listen 127.0.0.1:${listenPort}; application live { live on; } } }`,
    'load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;',
  );
  return { ...started, url: (streamName) => `rtmp://127.0.0.1:${listenPort}/live/${streamName}` };
}

/** @param servers - given the folder for whatever it writes */
async function startWith(
  port: number,
  servers: (prefix: string) => string,
  modules = '',
): Promise<Pick<Nginx, 'tool' | 'port' | typeof Symbol.asyncDispose>> {
  const prefix = await mkdtemp(join(tmpdir(), 'streampump-nginx-'));
  const config = `
    ${modules}
    daemon off; master_process off; pid ${prefix}/pid; error_log stderr info;
    events {}
    ${servers(prefix)}`;
  await writeFile(join(prefix, 'nginx.conf'), config);
  const tool = runTool('/usr/sbin/nginx', ['-e', 'stderr', '-p', prefix, '-c', join(prefix, 'nginx.conf')], {
    timeLimitMs: 300_000, // it ends with the test
  });
  await tool.waitForStderr(/getrlimit/);
  return {
    tool,
    port,
    [Symbol.asyncDispose]: async () => {
      await tool[Symbol.asyncDispose]();
      await rm(prefix, { recursive: true, force: true });
    },
  };
}
