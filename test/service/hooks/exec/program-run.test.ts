import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runProgram } from '../../../../src/service/hooks/exec/program-run.ts';
import { systemClock } from '../../../../src/stream/clock.ts';

const never = new AbortController().signal;
const sh = (
  script: string,
  more: { readonly timeoutMs?: number; readonly args?: readonly string[] } = {},
) => ({
  program: '/bin/sh',
  args: ['-c', script, 'sh', ...(more.args ?? [])],
  env: { STREAMPUMP_EVENT: 'publish' },
  timeoutMs: more.timeoutMs ?? 10_000,
});

/** Whether a process is there, and is not only waiting to be collected. */
async function isAlive(pid: number): Promise<boolean> {
  const { readFile } = await import('node:fs/promises');
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

async function gone(pid: number): Promise<void> {
  for (let tries = 0; tries < 200 && (await isAlive(pid)); tries++) await delay(10);
  expect(await isAlive(pid)).toBe(false);
}

test('a program gets its arguments as they are, and nothing of the environment of the relay', async () => {
  process.env['STREAMPUMP_TEST_SECRET'] = 'hidden';
  const wish = sh('printf "%s|" "$@"; /usr/bin/env', { args: ['a b', '$(id)', '', '-x'] });
  const end = await runProgram(wish, systemClock, never);
  delete process.env['STREAMPUMP_TEST_SECRET'];
  if (end.is !== 'exit') throw new Error(end.is);
  expect(end.code).toBe(0);
  const [args = '', env = ''] = [
    end.output.slice(0, end.output.lastIndexOf('|')),
    end.output.split('|').at(-1),
  ];
  expect(args).toBe('a b|$(id)||-x');
  const names = env
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('=')[0]);
  const fromTheShell = ['PWD', 'SHLVL', '_', 'OLDPWD'];
  expect(names.filter((name = '') => !fromTheShell.includes(name))).toEqual(['STREAMPUMP_EVENT']);
});

test('says with which code it ended, what ended it, and that it could not be started', async () => {
  expect(await runProgram(sh('exit 3'), systemClock, never)).toEqual({ is: 'exit', code: 3, output: '' });
  expect(await runProgram(sh('kill -TERM $$'), systemClock, never)).toMatchObject({
    is: 'killed',
    by: 'SIGTERM',
  });
  const missing = { ...sh(''), program: '/nonexistent/notify' };
  expect(await runProgram(missing, systemClock, never)).toMatchObject({ is: 'not-started' });
});

test('one that hangs is ended with all that it has started', async () => {
  const script = 'trap "" TERM; sleep 300 & echo $!; echo $$; wait; sleep 300';
  const end = await runProgram(sh(script, { timeoutMs: 300 }), systemClock, never);
  if (end.is !== 'cut') throw new Error(end.is);
  const pids = end.output.trim().split('\n').map(Number);
  expect(pids).toHaveLength(2);
  for (const pid of pids) await gone(pid);
});

test('what it leaves behind goes with it', async () => {
  const end = await runProgram(sh('sleep 300 >/dev/null 2>&1 & echo $!'), systemClock, never);
  if (end.is !== 'exit') throw new Error(end.is);
  await gone(Number(end.output));
});

test('it ends when nobody wants it any more', async () => {
  const stopping = new AbortController();
  const running = runProgram(sh('echo $$; exec sleep 300'), systemClock, stopping.signal);
  await delay(200);
  stopping.abort();
  const end = await running;
  if (end.is !== 'cut') throw new Error(end.is);
  await gone(Number(end.output));
});

test('of what it writes the beginning is kept, and it may write more', async () => {
  const end = await runProgram(
    sh('head -c 3000000 /dev/zero | tr "\\0" x; echo err >&2'),
    systemClock,
    never,
  );
  if (end.is !== 'exit') throw new Error(end.is);
  expect(end.code).toBe(0);
  expect(end.output).toBe(`${'x'.repeat(4096)}err\n`);
});
