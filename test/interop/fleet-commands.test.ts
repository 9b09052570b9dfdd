import { expect, test } from 'vitest';
import { freePorts } from '../support/free-port.ts';
import { Recipe } from '../support/recipe.ts';
import { runTool } from '../support/run-tool.ts';

test('a fleet on one machine in five commands: encoder and players know the house only', {
  timeout: 120_000,
}, async () => {
  const ports = ['1935', '8079', '9934', '2001', '8001', '9001', '2002', '8002', '9002'];
  const free = new Map<string, string>();
  const found = await freePorts(ports.length);
  for (const [index, port] of ports.entries()) free.set(port, String(found[index]));
  const at = (port: string): string => free.get(port) ?? '';
  const changes = Object.fromEntries(
    ['2001', '8001', '9001', '2002', '8002', '9002', ':8079', 'rtmp://127.0.0.1/live'].map((text) => [
      text,
      text.startsWith('rtmp') ? `rtmp://127.0.0.1:${at('1935')}/live` : text.replace(/\d+/, at),
    ]),
  );
  await using recipe = await Recipe.open('docs/fleet.md', 'One house, two relays and five commands', changes);
  const [roster = ''] = recipe.blocks('json roster');
  await recipe.write('roster.json', roster);
  const [commands = ''] = recipe.blocks('sh');
  const [key = '', house = '', root = '', edge = '', encoder = '', ...more] = commands.trim().split('\n');
  expect(more).toEqual([]);
  const env = {
    XDG_STATE_HOME: recipe.folder,
    STREAMPUMP_LOG_FORMAT: 'json',
    STREAMPUMP_ADMIN_SOCKET: 'null',
  };
  const inFront = (command: string): string => command.replace(/ &$/, '');
  await recipe.run(key, env);
  await using houseTool = recipe.start(inFront(house), {
    ...env,
    STREAMPUMP_LISTEN_RTMP_PORT: at('1935'),
    STREAMPUMP_LISTEN_HTTP_PORT: at('8079'),
    STREAMPUMP_LISTEN_ADMIN_PORT: at('9934'),
  });
  await houseTool.waitForStdout(/"event":"listening","listener":"admin"/);
  await using rootTool = recipe.start(inFront(root), env);
  await using edgeTool = recipe.start(inFront(edge), env);
  for (const relay of ['root', 'edge'])
    await houseTool.waitForStdout(new RegExp(`"event":"relay-up"[^\\n]*"${relay}"`));
  await using _encoder = recipe.start(encoder, env);
  await rootTool.waitForStdout(/"event":"publish"[^\n]*"stream":"live\/cam1"/);
  const probe = [
    '-v',
    'error',
    '-show_entries',
    'stream=codec_name,width',
    '-of',
    'csv=p=0',
    '-rw_timeout',
    '20000000',
  ];
  const urls = [`http://127.0.0.1:${at('8079')}/live/cam1.flv`, `rtmp://127.0.0.1:${at('1935')}/live/cam1`];
  for (const url of urls) {
    await using ffprobe = runTool('ffprobe', [...probe, url]);
    expect([url, (await ffprobe.output).trim()]).toEqual([url, 'h264,320']);
  }
  await edgeTool.waitForStdout(/"event":"play"[^\n]*"protocol":"http-flv"/);
  await edgeTool.waitForStdout(/"event":"play"[^\n]*"protocol":"rtmp"/);
  const why = await fetch(`http://127.0.0.1:${at('9934')}/api/v1/why?stream=live/cam1&address=192.0.2.1`);
  expect(await why.json()).toMatchObject({ relay: 'edge', by: 'priority' });
});
