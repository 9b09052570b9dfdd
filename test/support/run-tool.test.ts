import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runTool } from './run-tool.ts';

/** Runs a script with this Node. */
function runScript(script: string, options: Parameters<typeof runTool>[2] = {}): ReturnType<typeof runTool> {
  return runTool(process.execPath, ['-e', script], options);
}

/** Whether a process runs; one that is dead but not yet taken notice of by its parent does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function ended(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(10);
}

const forEver = 'setInterval(() => {}, 1000);';
/** Starts a child which lives for ever and tells its process id. */
const withChild = `const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['-e', ${JSON.stringify(forEver)}], { stdio: 'inherit' });
  console.log('child ' + child.pid + ';');`;

test('gives the standard output of a tool that ends well', async () => {
  await using tool = runScript("process.stdout.write('done'); process.stderr.write('noise')");
  expect(await tool.output).toBe('done');
  expect(await tool.exited).toEqual({ code: 0, signal: null });
  expect(tool.stdoutBuffer).toEqual(Buffer.from('done'));
  expect(tool.stderr).toBe('noise');
});

test('keeps binary output as it came', async () => {
  await using tool = runScript('process.stdout.write(Buffer.from([0xff, 0x00, 0xfe]))');
  await tool.output;
  expect(tool.stdoutBuffer).toEqual(Buffer.from([0xff, 0x00, 0xfe]));
});

test('a failure tells command, code and the end of standard error', async () => {
  await using tool = runScript("process.stderr.write('x'.repeat(9000) + 'the reason'); process.exitCode = 3");
  const failure: unknown = await tool.output.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  const { message } = failure as Error;
  expect(message).toContain(process.execPath);
  expect(message).toContain('ended with code 3\nxxx');
  expect(message.endsWith('the reason')).toBe(true);
  expect(message.length).toBeLessThan(4096 + 500);
});

test('a tool that does not exist is a failure', async () => {
  await expect(
    (async () => {
      await using tool = runTool('no-such-tool', []);
      return await tool.output;
    })(),
  ).rejects.toThrow('no-such-tool');
});

test('hands over input, directory and environment', async () => {
  const script = `process.stdin.on('data', (data) => process.stdout.write(data));
    process.stdin.on('end', () => process.stdout.write(' in ' + process.cwd() + ' with ' + process.env.EXTRA));`;
  await using tool = runScript(script, { input: 'text', cwd: '/', env: { EXTRA: 'this' } });
  expect(await tool.output).toBe('text in / with this');
});

test('waits for something on standard error or output', async () => {
  await using tool = runScript(`process.stdout.write('port 19'); process.stderr.write('rea');
    setTimeout(() => { process.stdout.write('35 (tcp).'); process.stderr.write('dy'); }, 50); ${forEver}`);
  const match = await tool.waitForStdout(/port (\d+) /g);
  expect(match[1]).toBe('1935');
  await tool.waitForStdout('(tcp).');
  await tool.waitForStderr('ready');
});

test('waiting rejects when the tool ends without what it waits for', async () => {
  await using tool = runScript("console.error('other'); process.exitCode = 1");
  const failure: unknown = await tool.waitForStderr(/ready/).catch((error: unknown) => error);
  expect(String(failure)).toContain('no /ready/ came');
  expect(String((failure as Error).cause)).toContain('ended with code 1\nother');
});

test('stops with the signal asked for, which the tool may handle', async () => {
  await using tool = runScript(`process.on('SIGINT', () => { process.stdout.write('bye'); process.exit(0); });
    console.error('ready'); ${forEver}`);
  await tool.waitForStderr('ready');
  await tool.stop('SIGINT');
  expect(await tool.output).toBe('bye');
});

test('kills what does not stop', async () => {
  await using tool = runScript(`process.on('SIGTERM', () => {}); console.error('ready'); ${forEver}`, {
    stopLimitMs: 50,
  });
  await tool.waitForStderr('ready');
  await tool.stop();
  expect(await tool.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('kill sends a signal and says whether somebody was there', async () => {
  await using tool = runScript(forEver);
  expect(tool.kill('SIGTERM')).toBe(true);
  expect(await tool.exited).toEqual({ code: null, signal: 'SIGTERM' });
  expect(tool.kill('SIGTERM')).toBe(false);
  await tool.stop();
});

test('a tool out of time is killed and says so', async () => {
  await using tool = runScript(forEver, { timeLimitMs: 100 });
  await expect(tool.output).rejects.toThrow('not done within 100 ms, killed');
});

test('leaving the scope ends the tool and its children, even by an error', async () => {
  const pids: number[] = [];
  const scope = async () => {
    await using tool = runScript(withChild + forEver);
    const [, child] = await tool.waitForStdout(/child (\d+);/);
    pids.push(tool.pid, Number(child));
    throw new Error('the test failed');
  };
  await expect(scope()).rejects.toThrow('the test failed');
  expect(pids).toHaveLength(2);
  await Promise.all(pids.map(ended));
});

test('a tool that ends takes its children with it', async () => {
  await using tool = runScript(`${withChild} process.exit(0);`);
  const [, child] = (await tool.output).match(/child (\d+);/) ?? [];
  await ended(Number(child));
});

test.each(['process.exit(1)', "process.kill(process.pid, 'SIGKILL')"])(
  'a test process that ends by %s takes its tools with it',
  async (end) => {
    const module = JSON.stringify(new URL('./run-tool.ts', import.meta.url).href);
    await using worker = runScript(`import(${module}).then(async ({ runTool }) => {
      const tool = runTool(process.execPath, ['-e', ${JSON.stringify(`console.error('ready'); ${forEver}`)}]);
      await tool.waitForStderr('ready');
      console.log('tool ' + tool.pid + ';');
      setImmediate(() => ${end});
    });`);
    const [, tool] = await worker.waitForStdout(/tool (\d+);/);
    await worker.exited;
    await ended(Number(tool));
  },
);
