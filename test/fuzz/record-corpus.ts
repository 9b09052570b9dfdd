/**
 * Records the corpus anew: `node test/fuzz/record-corpus.ts`. Real clients and servers talk through a proxy that keeps the first bytes
 * of each direction, of a test picture at a rate so low that a few seconds of it are a few kilobytes.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startMiddleProxy } from '../support/middle-proxy.ts';
import { startNginx } from '../support/nginx.ts';
import { startNodeMediaServer } from '../support/node-media-server.ts';
import { isObsInstalled, startObs } from '../support/obs.ts';
import { asOtherUser } from '../support/other-user.ts';
import { temporaryFolder } from '../support/packages.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { readFilm } from '../support/wms/asf-film.ts';
import { WmsEncoder } from '../support/wms/wms-encoder.ts';

const corpus = fileURLToPath(new URL('corpus/', import.meta.url));
const libmms = fileURLToPath(new URL('../support/wms/read-libmms.py', import.meta.url));

/** How much is kept of a connection, bytes. */
interface Kept {
  readonly toServer?: number;
  readonly toClient?: number;
}

const ofPublisher: Kept = { toServer: 20_000 };
const ofPlayer: Kept = { toServer: 8000 };
const ofPull: Kept = { toServer: 8000, toClient: 20_000 };

/** How long a client may talk, milliseconds. */
const TALK_MS = 6000;

/** Lets a client talk to a server for a while, and writes what was said. @param name - of the files, such as `rtmp-play-vlc` */
async function record(
  name: string,
  serverPort: number,
  kept: Kept,
  talk: (port: number) => AsyncDisposable | Promise<AsyncDisposable>,
  talkMs: number = TALK_MS,
): Promise<void> {
  const connections: { readonly toServer: Buffer[]; readonly toClient: Buffer[] }[] = [];
  await using proxy = await startMiddleProxy(serverPort, (server, client) => {
    const said = { toServer: [] as Buffer[], toClient: [] as Buffer[] };
    connections.push(said);
    client.on('data', (bytes: Buffer) => said.toServer.push(Buffer.from(bytes)));
    server.on('data', (bytes: Buffer) => {
      said.toClient.push(Buffer.from(bytes));
      if (client.writable) client.write(bytes);
    });
    server.on('close', () => client.destroySoon());
  });
  {
    await using _client = await talk(proxy.port);
    await sleep(talkMs);
  }
  for (const [index, said] of connections.entries()) {
    const number = index === 0 ? '' : `-${index + 1}`;
    for (const side of ['toServer', 'toClient'] as const) {
      const most = kept[side];
      const bytes = Buffer.concat(said[side]).subarray(0, most ?? 0);
      if (bytes.length === 0) continue;
      const file = `${name}${number}.${side === 'toServer' ? 'to-server' : 'to-client'}`;
      writeFileSync(join(corpus, file), bytes);
      console.log(`${file}: ${bytes.length} bytes`);
    }
  }
  if (connections.length === 0) console.log(`${name}: nobody connected`);
}

const picture = [
  '-f',
  'lavfi',
  '-i',
  'testsrc2=size=64x36:rate=5',
  '-f',
  'lavfi',
  '-i',
  'sine=sample_rate=16000',
];
const quiet = ['-hide_banner', '-nostdin', '-v', 'error'];
const flvCodecs = [
  '-c:v',
  'libx264',
  '-preset',
  'ultrafast',
  '-tune',
  'zerolatency',
  '-g',
  '5',
  '-b:v',
  '20k',
  '-pix_fmt',
  'yuv420p',
];
const flvAudio = ['-c:a', 'aac', '-b:a', '8k', '-ac', '1'];

/** ffmpeg with the test picture in FLV, at its own pace. */
function ffmpegFlv(...output: string[]): RunningTool {
  return runTool(
    'ffmpeg',
    [...quiet, '-re', ...picture, ...flvCodecs, ...flvAudio, '-t', '300', '-f', 'flv', ...output],
    {
      timeLimitMs: 310_000,
    },
  );
}

function gstreamer(sink: string, location: string): RunningTool {
  const pipeline = `videotestsrc is-live=true ! video/x-raw,width=64,height=36,framerate=5/1 ! x264enc bitrate=20 key-int-max=5
    tune=zerolatency speed-preset=ultrafast ! h264parse ! mux.video
    audiotestsrc is-live=true ! audio/x-raw,rate=16000,channels=1 ! avenc_aac bitrate=8000 ! aacparse ! mux.audio
    flvmux name=mux streamable=true ! ${sink} location="${location}"`;
  return runTool('gst-launch-1.0', ['-q', ...pipeline.split(/\s+(?!live=1)/)]);
}

const sinkless = [
  '--intf',
  'dummy',
  '--ignore-config',
  '--aout',
  'dummy',
  '--vout',
  'dummy',
  '--no-osd',
  '--no-spu',
];

function vlc(url: string): RunningTool {
  const [program, ...args] = asOtherUser(['cvlc', ...sinkless, url]);
  return runTool(program, args, { env: { HOME: '/tmp' } });
}

const mplayer = (url: string): RunningTool =>
  runTool('mplayer', ['-noconfig', 'all', '-nolirc', '-ao', 'null', '-vo', 'null', url]);
const curl = (...args: string[]): RunningTool => runTool('curl', ['-s', '-o', '/dev/null', ...args]);

/** A relay that pulls a stream for a player. */
async function pulling(template: string, key: string): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  const relay = stack.use(
    await startRelay({ streams: [{ match: '**', source: { type: 'pull', urls: [template] } }] }),
  );
  stack.use(
    key.endsWith('.asf') ? curl(`http://127.0.0.1:${relay.port('http')}/${key}`) : curl(relay.flvUrl(key)),
  );
  return stack;
}

async function recordPublishers(relay: TestRelay, flv: string): Promise<void> {
  const port = relay.port('rtmp');
  const url = (at: number): string => `rtmp://127.0.0.1:${at}/live/a`;
  await record('rtmp-publish-ffmpeg', port, ofPublisher, (at) => ffmpegFlv(url(at)));
  await record('rtmp-publish-rtmp2sink', port, ofPublisher, (at) => gstreamer('rtmp2sink', url(at)));
  await record('rtmp-publish-librtmp', port, ofPublisher, (at) => gstreamer('rtmpsink', `${url(at)} live=1`));
  if (isObsInstalled)
    await record(
      'rtmp-publish-obs',
      port,
      ofPublisher,
      (at) => startObs({ server: `rtmp://127.0.0.1:${at}/live`, key: 'a' }),
      12_000,
    );
  await record('rtmp-publish-relay', port, ofPublisher, async (at) => {
    const stack = new AsyncDisposableStack();
    const forwarding = stack.use(
      await startRelay({
        streams: [{ match: '**', source: { type: 'push' }, forward: [`rtmp://127.0.0.1:${at}/live/a`] }],
      }),
    );
    stack.use(ffmpegFlv(forwarding.rtmpUrl('live/a')));
    return stack;
  });
  await record('http-publish-ffmpeg', relay.port('http'), ofPublisher, (at) =>
    ffmpegFlv('-method', 'POST', `http://127.0.0.1:${at}/live/a.flv`),
  );
  await record('http-publish-curl', relay.port('http'), ofPublisher, (at) =>
    curl('-T', flv, `http://127.0.0.1:${at}/live/a.flv`),
  );
}

async function recordPlayers(relay: TestRelay): Promise<void> {
  await using _publisher = ffmpegFlv(relay.rtmpUrl('live/a'));
  await relay.published('live/a');
  const rtmp = relay.port('rtmp');
  const http = relay.port('http');
  const rtmpUrl = (at: number): string => `rtmp://127.0.0.1:${at}/live/a`;
  const httpUrl = (at: number): string => `http://127.0.0.1:${at}/live/a.flv`;
  const toNull = ['-f', 'null', '-'];
  await record('rtmp-play-ffmpeg', rtmp, ofPlayer, (at) =>
    runTool('ffmpeg', [...quiet, '-i', rtmpUrl(at), ...toNull]),
  );
  await record('rtmp-play-rtmpdump', rtmp, ofPlayer, (at) =>
    runTool('rtmpdump', ['--live', '-r', rtmpUrl(at), '-o', '/dev/null']),
  );
  await record('rtmp-play-rtmp2src', rtmp, ofPlayer, (at) =>
    runTool('gst-launch-1.0', ['-q', 'rtmp2src', `location="${rtmpUrl(at)}"`, '!', 'fakesink']),
  );
  await record('rtmp-play-vlc', rtmp, ofPlayer, (at) => vlc(rtmpUrl(at)));
  await record(
    'http-play-ffmpeg',
    http,
    ofPlayer,
    (at) => runTool('ffmpeg', [...quiet, '-i', httpUrl(at), ...toNull]),
    3000,
  );
  await record('http-play-curl', http, ofPlayer, (at) => curl(httpUrl(at)), 2000);
  await record('http-play-vlc', http, ofPlayer, (at) => vlc(httpUrl(at)), 4000);
  await record('rtmp-pull-relay', rtmp, ofPull, (at) => pulling(`rtmp://127.0.0.1:${at}/{key}`, 'live/a'));
  await record('http-pull-relay', http, ofPull, (at) =>
    pulling(`http://127.0.0.1:${at}/{key}.flv`, 'live/a'),
  );
  await record('ws-pull-relay', http, ofPull, (at) => pulling(`ws://127.0.0.1:${at}/{key}.flv`, 'live/a'));
}

/** Other servers, as a relay that pulls hears them. */
async function recordServers(): Promise<void> {
  await using nginx = await startNginx();
  await using _toNginx = ffmpegFlv(nginx.url('a'));
  await using nms = await startNodeMediaServer();
  await using _toNms = ffmpegFlv(`rtmp://127.0.0.1:${nms.rtmpPort}/live/a`);
  await sleep(2000);
  const kept = { toClient: 20_000 };
  await record('rtmp-pull-nginx', nginx.port, kept, (at) =>
    pulling(`rtmp://127.0.0.1:${at}/{key}`, 'live/a'),
  );
  await record('rtmp-pull-nms', nms.rtmpPort, kept, (at) =>
    pulling(`rtmp://127.0.0.1:${at}/{key}`, 'live/a'),
  );
  await record('http-pull-nms', nms.httpPort, kept, (at) =>
    pulling(`http://127.0.0.1:${at}/{key}.flv`, 'live/a'),
  );
}

async function recordWindowsMedia(relay: TestRelay, asf: string): Promise<void> {
  const http = relay.port('http');
  const push = (at: number): RunningTool =>
    runTool(
      'ffmpeg',
      [
        ...quiet,
        ...[
          '-re',
          '-stream_loop',
          '40',
          '-i',
          asf,
          '-map',
          '0',
          '-c',
          'copy',
          '-f',
          'asf_stream',
          '-packet_size',
          '800',
        ],
        ...['-content_type', 'application/x-wms-pushstart', `http://127.0.0.1:${at}/streams/a_push`],
      ],
      { timeLimitMs: 120_000 },
    );
  await record('mmsh-push-ffmpeg', http, ofPublisher, (at) => push(at));
  const film = await readFilm(asf);
  await record('mmsh-push-encoder', http, ofPublisher, async (at) => {
    const encoder = await WmsEncoder.setUp({ port: at, path: '/streams/a_push', speed: 1 });
    void encoder.push(film).catch(() => {}); // it is cut off
    return encoder;
  });
  await using _pusher = push(http);
  await relay.published('streams/a');
  const url = (scheme: string, at: number): string => `${scheme}://127.0.0.1:${at}/streams/a`;
  await record('mmsh-play-ffmpeg', http, ofPlayer, (at) =>
    runTool('ffmpeg', [...quiet, '-i', url('mmsh', at), '-f', 'null', '-']),
  );
  await record('mmsh-play-vlc', http, ofPlayer, (at) => vlc(url('mmsh', at)));
  await record('mmsh-play-mplayer', http, ofPlayer, (at) => mplayer(url('mmsh', at)));
  await record('mmsh-play-libmms', http, ofPlayer, (at) => runTool('python3', [libmms, url('mmsh', at)]));
  await record('mmsh-pull-relay', http, ofPull, (at) =>
    pulling(`mmsh://127.0.0.1:${at}/{key}`, 'streams/a.asf'),
  );
}

async function main(parts: readonly string[]): Promise<void> {
  await using folder = await temporaryFolder();
  const flv = join(folder.path, 'picture.flv');
  const asf = join(folder.path, 'picture.asf');
  await runTool('ffmpeg', [...quiet, ...picture, ...flvCodecs, ...flvAudio, '-t', '4', '-f', 'flv', flv])
    .output;
  const wmv = [
    '-c:v',
    'wmv2',
    '-b:v',
    '20k',
    '-g',
    '5',
    '-c:a',
    'wmav2',
    '-b:a',
    '24k',
    '-ac',
    '1',
    '-t',
    '4',
  ];
  await runTool('ffmpeg', [...quiet, ...picture, ...wmv, '-packet_size', '800', '-f', 'asf', asf]).output;
  await using relay = await startRelay();
  const all = {
    publishers: () => recordPublishers(relay, flv),
    players: () => recordPlayers(relay),
    servers: recordServers,
    'windows-media': () => recordWindowsMedia(relay, asf),
  };
  for (const [part, run] of Object.entries(all)) if (parts.length === 0 || parts.includes(part)) await run();
}

await main(process.argv.slice(2));
