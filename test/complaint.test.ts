import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runTool } from './support/run-tool.ts';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

interface Complained {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: string;
}

/** Runs a command that cannot run; `CONFIG` among its arguments is the name of a file with this text. */
async function complained(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  config = '',
): Promise<Complained> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-complaint-'));
  try {
    const file = join(folder, 'relay.config.json');
    await writeFile(file, config);
    const withFile = args.map((arg) => arg.replace('CONFIG', file));
    await using tool = runTool(process.execPath, [cli, ...withFile], { env });
    const { code } = await tool.exited;
    return { code, stderr: tool.stderr, stdout: tool.stdoutBuffer.toString() };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Every line as the object that it is. */
function linesOf(stderr: string): Record<string, unknown>[] {
  const lines = stderr.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const json = { STREAMPUMP_LOG_FORMAT: 'json' };
const twoFaults = { play: { waitMs: 'soon' }, fanOut: { maxDelay: 5 } };

test.for([
  { asked: 'by a variable', env: json, config: JSON.stringify(twoFaults) },
  {
    asked: 'by a variable for the section',
    env: { STREAMPUMP_LOG: '{"format":"json"}' },
    config: JSON.stringify(twoFaults),
  },
  { asked: 'by the file', env: {}, config: JSON.stringify({ ...twoFaults, log: { format: 'json' } }) },
])('JSON is asked for $asked: each fault of a config is a line of it', async ({ env, config }) => {
  const { code, stderr, stdout } = await complained(['relay', '-c', 'CONFIG'], env, config);
  expect([code, stdout]).toEqual([2, '']);
  const lines = linesOf(stderr);
  expect(lines).toMatchObject([
    { level: 'error', event: 'config', time: expect.stringMatching(/^\d{4}-.*Z$/) },
    { level: 'error', event: 'config' },
  ]);
  const text = lines.map(({ msg }) => msg).join('\n');
  for (const setting of ['play.waitMs', 'fanOut.maxDelay']) expect(text).toContain(setting);
});

test.for([
  { faulty: 'behind it', config: '{ "log": { "format": "json" }, "play": ' },
  { faulty: 'before it', config: '{ "play": , "log": { /* for Loki */ "format": "json", }, }' },
  { faulty: 'beside it', config: '\ufeff{ "log": { "level": "loud", "format": "json" } }' },
])('JSON is asked for by a file that is faulty $faulty', async ({ config }) => {
  const { code, stderr } = await complained(['relay', '--config=CONFIG', '--check'], {}, config);
  expect([code, linesOf(stderr)]).toMatchObject([2, [{ event: 'config' }]]);
});

test.for([
  { wrong: 'an unknown option', args: ['relay', '--prot', '1'], says: "unknown option '--prot'" },
  { wrong: 'an unknown command', args: ['realy'], says: "unknown command 'realy'" },
  { wrong: 'an option without its value', args: ['relay', '--rtmp-port'], says: 'argument missing' },
  {
    wrong: 'an option of the load tester',
    args: ['load', 'rtmp://x/a/b', '--players', 'x'],
    says: '--players',
  },
])('wrong usage ($wrong) is JSON where that is asked for, and text otherwise', async ({ args, says }) => {
  const asked = await complained(args, json);
  expect(asked.code).toBe(2);
  const [first, ...more] = linesOf(asked.stderr);
  expect(first).toMatchObject({ level: 'error', event: 'usage', msg: expect.stringContaining(says) });
  expect(first?.['msg']).not.toMatch(/^error/);
  for (const { event } of more) expect(event).toBe('usage');
  const text = await complained(args);
  expect([text.code, text.stderr]).toEqual([2, expect.stringMatching(/^error: /)]);
  expect(text.stderr).toContain(says);
});

test('wrong usage is JSON where the config file asks for it', async () => {
  const args = ['relay', '-c', 'CONFIG', '--prot', '1'];
  const { stderr } = await complained(args, {}, '{"log":{"format":"json"}}');
  expect(linesOf(stderr)[0]).toMatchObject({ event: 'usage' });
});

test('the environment wins over the file', async () => {
  const config = JSON.stringify({ ...twoFaults, log: { format: 'json' } });
  const { stderr } = await complained(['relay', '-c', 'CONFIG'], { STREAMPUMP_LOG_FORMAT: 'pretty' }, config);
  expect(() => linesOf(stderr)).toThrow();
  expect(stderr).toContain('play.waitMs');
});
