/** The clients of the access matrix: each tries one thing, and is in or out as soon as that can be seen. */
import type { TestPage } from '../browser.ts';
import { type RunningTool, type RunToolOptions, runTool } from '../run-tool.ts';
import { WsClient } from '../ws-client.ts';

/** What a client shows; how, is its own affair. */
export interface Shown {
  /** Behind the `?`. */
  readonly query?: string;
  /** To be shown when the server asks, or in a header. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Its name. */
  readonly certificate?: string;
}

/** The means by which credentials come. */
export type Means = keyof Shown;

/** Where the relay is, and what is published to it. */
export interface Target {
  readonly rtmp: number;
  readonly http: number;
  readonly https: number;
  /** Folder with certificates and keys of clients, as `NAME.crt` and `NAME.key`. */
  readonly certificates: string;
  /** A few frames, as a file. */
  readonly clip: string;
  /** A page of a browser that nobody else uses now. */
  withPage<T>(use: (page: TestPage) => Promise<T>): Promise<T>;
}

/** Whether a client got what it wanted. */
export type Outcome = 'in' | 'out';

/** What clients do. */
export type Does = 'play' | 'publish';

/** A client with all the means by which it can show something. */
export interface MatrixClient {
  readonly name: string;
  readonly does: Does;
  readonly means: readonly Means[];
  try(target: Target, key: string, shown: Shown): Promise<Outcome>;
}

const quiet = ['-hide_banner', '-nostdin', '-v', 'error'];
/** More than the header of FLV. */
const media = /FLV[\s\S]{100}/;
const options: RunToolOptions = { timeLimitMs: 20_000 };

function rtmpUrl({ rtmp }: Target, key: string, { query, login }: Shown): string {
  const userInfo = login === undefined ? '' : `${login.user}:${login.password}@`;
  return `rtmp://${userInfo}127.0.0.1:${rtmp}/${key}${query === undefined ? '' : `?${query}`}`;
}

function flvPath(key: string, { query }: Shown): string {
  return `${key}.flv${query === undefined ? '' : `?${query}`}`;
}

/** In is who ends by itself and in good order. */
async function ends(tool: RunningTool): Promise<Outcome> {
  await using running = tool;
  const { code, signal } = await running.exited;
  if (signal !== null) throw new Error(`neither in nor out: ${running.stderr}`);
  return code === 0 ? 'in' : 'out';
}

/** In is who gets media. */
async function gets(tool: RunningTool): Promise<Outcome> {
  await using running = tool;
  const isIn = await running.waitForStdout(media).then(
    () => true,
    () => false,
  );
  if (isIn) return 'in';
  return ends(running);
}

function curl(target: Target, key: string, shown: Shown, ...args: string[]): RunningTool {
  const { login, certificate } = shown;
  const place =
    certificate === undefined ? `http://127.0.0.1:${target.http}` : `https://127.0.0.1:${target.https}`;
  const who = [
    ...(login === undefined ? [] : ['--user', `${login.user}:${login.password}`]),
    ...(certificate === undefined
      ? []
      : [
          '--insecure',
          '--cert',
          `${target.certificates}/${certificate}.crt`,
          '--key',
          `${target.certificates}/${certificate}.key`,
        ]),
  ];
  return runTool('curl', ['-sS', '-N', '-f', ...who, ...args, `${place}/${flvPath(key, shown)}`], options);
}

function basicHeader({ user, password }: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

const gst = (...pipeline: string[]): Promise<Outcome> =>
  ends(runTool('gst-launch-1.0', ['-q', ...pipeline], options));

/** Those who play, and those who publish. */
export const matrixClients: readonly MatrixClient[] = [
  {
    name: 'ffmpeg',
    does: 'play',
    means: ['query', 'login'],
    try(target, key, shown) {
      const input = ['-analyzeduration', '1', '-probesize', '32', '-i', rtmpUrl(target, key, shown)];
      const output = ['-map', '0:v', '-frames:v', '1', '-c', 'copy', '-f', 'null', '-'];
      return ends(runTool('ffmpeg', [...quiet, ...input, ...output], options));
    },
  },
  {
    name: 'rtmpdump',
    does: 'play',
    means: ['query'],
    try: (target, key, shown) =>
      gets(runTool('rtmpdump', ['-q', '-r', rtmpUrl(target, key, shown), '-o', '-'], options)),
  },
  {
    name: 'GStreamer',
    does: 'play',
    means: ['query', 'login'],
    try(target, key, { login, ...shown }) {
      const who =
        login === undefined ? [] : ['authmod=adobe', `username=${login.user}`, `password=${login.password}`];
      return gst(
        'rtmp2src',
        `location="${rtmpUrl(target, key, shown)}"`,
        ...who,
        'num-buffers=3',
        '!',
        'fakesink',
      );
    },
  },
  {
    name: 'curl',
    does: 'play',
    means: ['query', 'login', 'certificate'],
    try: (target, key, shown) => gets(curl(target, key, shown, '--digest')),
  },
  {
    name: 'curl --basic',
    does: 'play',
    means: ['login'],
    try: (target, key, shown) => gets(curl(target, key, shown, '--basic')),
  },
  {
    name: 'WebSocket',
    does: 'play',
    means: ['query', 'login'],
    async try(target, key, shown) {
      const headers = shown.login === undefined ? {} : { authorization: basicHeader(shown.login) };
      await using client = await WsClient.open(
        `ws://127.0.0.1:${target.http}/${flvPath(key, shown)}`,
        headers,
      );
      return await client.messageOf(2).then(
        (): Outcome => 'in',
        (): Outcome => 'out',
      );
    },
  },
  {
    name: 'watch page',
    does: 'play',
    means: ['query'],
    try: (target, key, { query }) =>
      target.withPage(async ({ page }) => {
        const url = `http://127.0.0.1:${target.http}/watch/${key}${query === undefined ? '' : `?${query}`}`;
        await page.goto(url);
        const settled = page.locator('body:is([data-state="live"], [data-state="refused"])');
        const state = await settled.getAttribute('data-state');
        await page.goto('about:blank'); // it would go on playing till it is used again
        return state === 'live' ? 'in' : 'out';
      }),
  },
  {
    name: 'ffmpeg',
    does: 'publish',
    means: ['query', 'login'],
    try(target, key, shown) {
      const args = ['-i', target.clip, '-c', 'copy', '-f', 'flv', rtmpUrl(target, key, shown)];
      return ends(runTool('ffmpeg', [...quiet, ...args], options));
    },
  },
  {
    name: 'GStreamer',
    does: 'publish',
    means: ['query', 'login'],
    try(target, key, { login, ...shown }) {
      const who =
        login === undefined ? [] : ['authmod=adobe', `username=${login.user}`, `password=${login.password}`];
      const source = ['filesrc', `location=${target.clip}`, '!', 'flvdemux', '!', 'h264parse'];
      const sink = ['rtmp2sink', `location="${rtmpUrl(target, key, shown)}"`, 'sync=false', ...who];
      return gst(...source, '!', 'flvmux', 'streamable=true', '!', ...sink);
    },
  },
  {
    name: 'curl',
    does: 'publish',
    means: ['query', 'login', 'certificate'],
    try: (target, key, shown) => ends(curl(target, key, shown, '--digest', '--upload-file', target.clip)),
  },
];
