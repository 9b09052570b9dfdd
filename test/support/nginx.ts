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

/** Starts nginx with an application `live`; resolves when it listens. @param port - a free one unless it is to come back */
export async function startNginx(port?: number): Promise<Nginx> {
  const prefix = await mkdtemp(join(tmpdir(), 'streampump-nginx-'));
  const listenPort = port ?? (await freePort());
  const config = `
    load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
    daemon off; master_process off; pid ${prefix}/pid; error_log stderr info;
    events {}
    rtmp { access_log off; server { listen 127.0.0.1:${listenPort}; application live { live on; } } }`;
  await writeFile(join(prefix, 'nginx.conf'), config);
  const tool = runTool('/usr/sbin/nginx', ['-e', 'stderr', '-p', prefix, '-c', join(prefix, 'nginx.conf')]);
  await tool.waitForStderr(/getrlimit/);
  return {
    tool,
    port: listenPort,
    url: (streamName) => `rtmp://127.0.0.1:${listenPort}/live/${streamName}`,
    [Symbol.asyncDispose]: async () => {
      await tool[Symbol.asyncDispose]();
      await rm(prefix, { recursive: true, force: true });
    },
  };
}
