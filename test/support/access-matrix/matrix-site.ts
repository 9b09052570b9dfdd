import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestPage } from '../browser.ts';
import { CertificateFolder } from '../certificates.ts';
import { bbbPath } from '../media.ts';
import { temporaryFolder } from '../packages.ts';
import { type RelayProcess, startRelayProcess } from '../relay-process.ts';
import { runTool } from '../run-tool.ts';
import { certificateNames } from './certificate-method.ts';
import { type MatrixQuestion, mayPass } from './hook-method.ts';
import type { Target } from './matrix-clients.ts';
import type { Method } from './method.ts';

const STUDIO_KEY = 'studio-2b9f41';
/** All clients come from one address, and most of them are wrong. */
const failures = { delayMs: 0, attempts: 1_000_000 };
const quiet = ['-hide_banner', '-nostdin', '-v', 'error'];

/** A relay that has the rules of all methods, and a stream live for each. */
export class MatrixSite implements AsyncDisposable {
  readonly relay: RelayProcess;
  readonly target: Target;
  readonly #stack: AsyncDisposableStack;

  private constructor(relay: RelayProcess, target: Target, stack: AsyncDisposableStack) {
    this.relay = relay;
    this.target = target;
    this.#stack = stack;
  }

  /** @param pages - for those who watch in a browser */
  static async start(
    workers: number,
    methods: readonly Method[],
    pages: readonly TestPage[],
  ): Promise<MatrixSite> {
    await using stack = new AsyncDisposableStack();
    const clip = join(stack.use(await temporaryFolder()).path, 'clip.flv');
    await runTool('ffmpeg', [...quiet, '-i', bbbPath, '-t', '0.5', '-c', 'copy', clip]).output;
    const studio = { match: '*/cam', verbs: ['publish'], require: [{ type: 'key', values: [STUDIO_KEY] }] };
    const rules = [studio, ...methods.flatMap(({ rules }) => rules)];
    const folder = await makeCertificates(stack);
    const hookUrl = await startHook(stack);
    const hooks = methods.flatMap((method) => method.hooks?.(hookUrl) ?? []);
    const place = { host: '127.0.0.1', port: 0 };
    const https = {
      ...place,
      certFile: folder.file('relay.crt'),
      keyFile: folder.file('relay.key'),
      clientCaFile: folder.file('authority.crt'),
    };
    const listen = { rtmp: place, http: place, admin: place, https };
    const config = { workers, listen, hooks, access: { rules, failures } };
    const relay = stack.use(await startRelayProcess({ config }));
    const [, httpsPort] = await relay.waitForLog(/"event":"listening","listener":"https"[^\n]*"port":(\d+)/);
    const live = methods.filter((method) => method.live !== undefined);
    const outputs = live.map(({ live: key = '', publisher }) => {
      const userInfo = publisher === undefined ? '' : `${publisher.user}:${publisher.password}@`;
      return `[f=flv]${relay.rtmpUrl(key).replace('//', `//${userInfo}`)}?key=${STUDIO_KEY}`;
    });
    const input = ['-re', '-stream_loop', '-1', '-i', bbbPath, '-map', '0', '-c', 'copy'];
    stack.use(
      runTool('ffmpeg', [...quiet, ...input, '-f', 'tee', outputs.join('|')], { timeLimitMs: 300_000 }),
    );
    for (const { live: key } of live)
      await relay.waitForLog(new RegExp(`"event":"publish",[^\\n]*"stream":"${key}"`));
    const { rtmpPort: rtmp, httpPort: http } = relay;
    const pool = new Pool(pages);
    const target: Target = {
      rtmp,
      http,
      https: Number(httpsPort),
      certificates: folder.path,
      clip,
      withPage: (use) => pool.with(use),
    };
    return new MatrixSite(relay, target, stack.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

async function makeCertificates(stack: AsyncDisposableStack): Promise<CertificateFolder> {
  const folder = stack.use(await CertificateFolder.make());
  const issuer = await folder.certificate('authority');
  await Promise.all([
    folder.certificate('relay'),
    folder.certificate('stranger'),
    ...certificateNames.map((name) => folder.certificate(name, { issuer, names: `DNS:${name}` })),
  ]);
  return folder;
}

/** Starts the hook's server. @returns its URL */
async function startHook(stack: AsyncDisposableStack): Promise<string> {
  const server = createServer(async (request, response) => {
    const allow = mayPass(JSON.parse(await text(request)) as MatrixQuestion);
    response.end(JSON.stringify(allow ? { allow } : { allow, message: 'this ticket is not for that' }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stack.defer(async () => {
    server.closeAllConnections();
    await server[Symbol.asyncDispose]();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Pages, each for one user at a time. */
class Pool {
  readonly #free: TestPage[];
  readonly #waiting: ((page: TestPage) => void)[] = [];

  constructor(pages: readonly TestPage[]) {
    this.#free = [...pages];
  }

  async with<T>(use: (page: TestPage) => Promise<T>): Promise<T> {
    const page = this.#free.pop() ?? (await new Promise<TestPage>((resolve) => this.#waiting.push(resolve)));
    try {
      return await use(page);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(page);
      else next(page);
    }
  }
}
