import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { relayAnswer } from '../../support/ctl-answers.ts';
import { runTool } from '../../support/run-tool.ts';
import { ScriptedApi } from '../../support/scripted-api.ts';

const cli = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));

/** What a command writes, and how it ends. */
async function ctl(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  await using tool = runTool(process.execPath, [cli, 'ctl', ...args], { env });
  const { code } = await tool.exited;
  return { code, out: tool.stdoutBuffer.toString(), err: tool.stderr };
}

test('writes what was asked for, by the socket that a variable names, and exits with 0', async () => {
  await using api = await ScriptedApi.start({ 'GET relay': { json: relayAnswer } });
  const done = await ctl(['status', '--json'], { STREAMPUMP_ADMIN_SOCKET: api.socket });
  expect(done).toEqual({ code: 0, out: `${JSON.stringify(relayAnswer)}\n`, err: '' });
});

test('exits with 1 where the relay refuses, in words, and with its answer for a program', async () => {
  const answer = { error: 'not-found', message: 'there is no session c9' };
  await using api = await ScriptedApi.start({ 'DELETE sessions/c9': { status: 404, json: answer } });
  const done = await ctl(['kick', 'c9', '--socket', api.socket, '--json']); // options of ctl may stand behind the command
  expect(done).toEqual({ code: 1, out: `${JSON.stringify(answer)}\n`, err: 'there is no session c9\n' });
});

test('exits with 2 where the usage is wrong, be it for the relay to find', async () => {
  const answer = { error: 'bad-request', message: 'stream: expected ** as a segment of its own' };
  await using api = await ScriptedApi.start({ 'GET streams': { status: 400, json: answer } });
  const [byRelay, byItself] = await Promise.all([
    ctl(['streams', '--stream', 'a**', '--socket', api.socket]),
    ctl(['top', '--socket', api.socket]),
  ]);
  expect(byRelay).toMatchObject({ code: 2, err: expect.stringMatching(/^error: stream: expected/) });
  expect(byItself).toMatchObject({ code: 2, err: expect.stringMatching(/^error: top needs a terminal/) });
});

test('a token comes from a file that a variable may name, and is shown nowhere', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-ctl-'));
  const file = join(folder, 'token');
  await writeFile(file, 's3cret-token\n');
  try {
    await using api = await ScriptedApi.start({
      'GET relay': { status: 401, json: { error: 'unauthorized', message: 'this token is not known here' } },
    });
    const { code, out, err } = await ctl(['status', '--url', api.url], { STREAMPUMP_ADMIN_TOKEN_FILE: file });
    expect(code).toBe(1);
    expect(api.asked[0]?.headers.authorization).toBe('Bearer s3cret-token');
    expect(out + err).not.toContain('s3cret');
  } finally {
    await rm(folder, { recursive: true });
  }
});
