import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseVerifiers } from '../../src/credentials/password-verifiers.ts';
import { matchesScrypt } from '../../src/credentials/scrypt-hash.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

function hashPassword(input: string, ...options: string[]): RunningTool {
  return runTool(process.execPath, [cli, 'hash-password', ...options], { input });
}

test('a password from standard input becomes a line that the config takes', async () => {
  await using tool = hashPassword('s3cret\n', '--user', 'alice', '--for', 'digest,rtmp', '--realm', 'tv');
  const line = (await tool.output).trimEnd();
  const verifiers = parseVerifiers(line);
  if (typeof verifiers === 'string') throw new Error(verifiers);
  expect(await matchesScrypt('s3cret', verifiers.scrypt)).toBe(true);
  expect(verifiers.digest.MD5?.realm).toBe('tv');
  expect(verifiers.rtmp).toBeDefined();
});

test.each([
  { input: '', options: [], problem: 'standard input is empty' },
  { input: 'a\nb\n', options: [], problem: 'standard input has more than one line' },
  { input: 'a'.repeat(5000), options: [], problem: 'standard input has more than 4096 bytes' },
  { input: 'a'.repeat(1025), options: [], problem: 'expected a password of 1 to 1024 bytes' },
  { input: 'a', options: ['--for', 'ftp'], problem: 'Expected rtmp, digest or rtmp,digest' },
])('$problem', async ({ input, options, problem }) => {
  await using tool = hashPassword(input, '--user', 'alice', ...options);
  expect((await tool.exited).code).toBe(2);
  expect(tool.stderr).toContain(problem);
});

/** Types into a terminal, which shows what is typed unless it is told not to. */
function typeInto(text: string): RunningTool {
  const command = `${process.execPath} ${cli} hash-password --user alice`;
  const program = `import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp('sh', ['sh', '-c', sys.argv[1]])
shown = b''
for line in sys.argv[2].split('|'):
    while not shown.endswith(b': '): shown += os.read(terminal, 1000)
    os.write(terminal, line.encode() + b'\\r')
    shown += b' '
try:
    while True:
        more = os.read(terminal, 1000)
        if not more: break
        shown += more
except OSError: pass
print(shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;
  return runTool('python3', ['-c', program, command, text]);
}

test('on a terminal it is asked for twice and not shown', async () => {
  await using same = typeInto('s3cret|s3cret');
  const shown = await same.output;
  expect(shown).toContain('alice:$scrypt$');
  expect(shown).not.toContain('s3cret');
  await using different = typeInto('s3cret|secret');
  expect(await different.output).toMatch(/the two are not the same.* 2\n$/s);
});
