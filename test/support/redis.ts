import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisPlace, readRedisUrl } from '../../src/config/house/redis-url.ts';
import type { CertificateFiles } from '../../src/config/listen-settings.ts';
import { freePort } from './free-port.ts';
import { type RunningTool, runTool } from './run-tool.ts';

/** A Redis on a Unix socket in a folder of its own, without password. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  readonly place: RedisPlace;
  /** It is gone at once, with all that it knew. */
  kill(): Promise<void>;
  /** Another one, on the same socket, that knows nothing. */
  restart(): Promise<void>;
  /** It hangs: connections stay, nothing is answered. */
  freeze(): void;
  /** It goes on. */
  thaw(): void;
  /** What `redis-cli` says to a command. */
  ask(...command: readonly string[]): Promise<string>;
}

/** How a Redis can be reached beside its Unix socket. */
export interface RedisOverTls {
  readonly certificate: CertificateFiles;
  /** Asked of everybody. */
  readonly password: string;
}

/** Starts Debian's redis-server; resolves when it takes connections. @param secure - over TLS on a free port, and by its URL nowhere else */
export async function startRedis(secure?: RedisOverTls): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-redis-'));
  const socket = join(folder, 'redis.sock');
  const tlsPort = secure === undefined ? 0 : await freePort();
  const tlsOptions =
    secure === undefined
      ? {}
      : {
          ...{ 'tls-port': `${tlsPort}`, bind: '127.0.0.1', requirepass: secure.password },
          ...{ 'tls-cert-file': secure.certificate.certFile, 'tls-key-file': secure.certificate.keyFile },
          'tls-auth-clients': 'no',
        };
  const start = async (): Promise<RunningTool> => {
    const plain = { port: '0', unixsocket: socket, save: '', appendonly: 'no', dir: folder };
    const options = { ...plain, ...tlsOptions };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const started = runTool('redis-server', args, { timeLimitMs: 300_000 });
    await started.waitForStdout('eady to accept connections');
    return started;
  };
  let tool = await start();
  const url = secure === undefined ? `unix://${socket}` : `rediss://:${secure.password}@localhost:${tlsPort}`;
  return {
    url,
    place: readRedisUrl(url) as RedisPlace,
    async kill() {
      await tool.stop('SIGKILL');
    },
    async restart() {
      await tool.stop('SIGKILL');
      await rm(socket, { force: true });
      tool = await start();
    },
    freeze: () => tool.kill('SIGSTOP'),
    thaw: () => tool.kill('SIGCONT'),
    async ask(...command) {
      await using asked = runTool('redis-cli', ['-s', socket, ...command]);
      return (await asked.output).trim();
    },
    async [Symbol.asyncDispose]() {
      await tool[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
