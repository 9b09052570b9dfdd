/** OBS Studio on a screen that nobody sees, with a home of its own. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WebSocket } from 'ws';
import { freePort } from './free-port.ts';
import { bbbPath } from './media.ts';
import { temporaryFolder } from './packages.ts';
import { runTool } from './run-tool.ts';

/** Whether OBS and the screen for it are installed. */
export const isObsInstalled: boolean = ['obs', 'Xvfb'].every((name) => existsSync(join('/usr/bin', name)));

const timeLimitMs = 120_000;

/** Name of the profile, of the scene collection and of its scene. */
const name = 'Test';

const options = [
  '--multi',
  '--startstreaming',
  '--minimize-to-tray',
  '--disable-updater',
  '--disable-missing-files-check',
  '--disable-shutdown-check',
];

/** OBS, which publishes a clip again and again, as it was told in its settings, from its start on. */
export interface Obs extends AsyncDisposable {
  /** Does what the button Stop Streaming does. */
  stopStreaming(): Promise<void>;
}

/** As in its settings, Stream, Custom. */
export interface ObsService {
  readonly server: string;
  readonly key: string;
  /** Use authentication. */
  readonly login?: { readonly username: string; readonly password: string };
}

/** Starts OBS, which begins to stream by itself: 640 x 360, 30 frames a second, a keyframe every two seconds. */
export async function startObs(service: ObsService): Promise<Obs> {
  await using started = new AsyncDisposableStack();
  const home = started.use(await temporaryFolder());
  await chmod(home.path, 0o700);
  const controlPort = await freePort();
  await writeSettings(join(home.path, '.config', 'obs-studio'), service, controlPort);
  const screen = runTool('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x720x24', '-nolisten', 'tcp'], {
    timeLimitMs,
  });
  started.defer(() => screen.stop()); // in good order, so that it takes its socket with it
  const [, display] = await screen.waitForStdout(/^(\d+)\n/);
  const env = {
    DISPLAY: `:${display}`,
    HOME: home.path,
    XDG_CONFIG_HOME: join(home.path, '.config'),
    XDG_RUNTIME_DIR: home.path,
    LIBGL_ALWAYS_SOFTWARE: '1',
    QT_QPA_PLATFORM: 'xcb',
    https_proxy: 'http://127.0.0.1:1', // nobody: it would ask its makers for news of streaming services
  };
  started.use(runTool('obs', options, { env, timeLimitMs }));
  const parts = started.move();
  return {
    stopStreaming: () => stopStreaming(controlPort),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** @see obs-websocket 5: operation 1 identifies a client, 6 is a request */
async function stopStreaming(controlPort: number): Promise<void> {
  const control = new WebSocket(`ws://127.0.0.1:${controlPort}`);
  const ask = async (op: number, d: Readonly<Record<string, unknown>>): Promise<void> => {
    control.send(JSON.stringify({ op, d }));
    await once(control, 'message');
  };
  await once(control, 'message'); // it greets
  await ask(1, { rpcVersion: 1, eventSubscriptions: 0 });
  await ask(6, { requestType: 'StopStream', requestId: 'stop' });
  control.close();
  await once(control, 'close');
}

async function writeSettings(
  folder: string,
  { server, key, login }: ObsService,
  controlPort: number,
): Promise<void> {
  const settings = { server, key, ...(login === undefined ? {} : { use_auth: true, ...login }) };
  const profile = join('basic', 'profiles', name);
  const clip = { id: 1, name: 'Clip', visible: true, align: 5, pos: { x: 0, y: 0 }, scale: { x: 1, y: 1 } };
  const files = {
    'global.ini': ini({
      General: { FirstRun: true, EnableAutoUpdates: false },
      Basic: { Profile: name, ProfileDir: name, SceneCollection: name, SceneCollectionFile: name },
      BasicWindow: { PreviewEnabled: false },
      OBSWebSocket: { FirstLoad: false, ServerEnabled: true, ServerPort: controlPort, AuthRequired: false },
    }),
    [join(profile, 'basic.ini')]: ini({
      General: { Name: name },
      Output: { Mode: 'Advanced', Reconnect: true, RetryDelay: 4, MaxRetries: 100 }, // with 1 s, on a busy machine it may never try again (29.0.2)
      AdvOut: { Encoder: 'obs_x264' },
      Video: { BaseCX: 640, BaseCY: 360, OutputCX: 640, OutputCY: 360, FPSType: 0, FPSCommon: 30 },
    }),
    [join(profile, 'streamEncoder.json')]: JSON.stringify({
      rate_control: 'CBR',
      bitrate: 600,
      keyint_sec: 2,
      preset: 'veryfast',
    }),
    [join(profile, 'service.json')]: JSON.stringify({ type: 'rtmp_custom', settings }),
    [join('basic', 'scenes', `${name}.json`)]: JSON.stringify({
      name,
      current_scene: name,
      current_program_scene: name,
      scene_order: [{ name }],
      sources: [
        {
          id: 'ffmpeg_source',
          name: 'Clip',
          settings: { local_file: bbbPath, looping: true },
          mixers: 1,
          volume: 1,
        },
        { id: 'scene', name, settings: { id_counter: 1, items: [clip] } },
      ],
    }),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

function ini(sections: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string {
  return Object.entries(sections)
    .map(([section, values]) => {
      const lines = Object.entries(values).map(([setting, value]) => `${setting}=${value}\n`);
      return `[${section}]\n${lines.join('')}\n`;
    })
    .join('');
}
