import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SigningSecrets } from '../../src/credentials/signed-url.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

function sign(...args: readonly string[]): RunningTool {
  return runTool(process.execPath, [cli, 'sign', ...args]);
}

/** A file of secrets that goes with its scope. */
async function secretFile(text: string): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-sign-'));
  const path = join(folder, 'secrets');
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const wanted = ['--verb', 'play', '--stream', '/vip/flv:a.flv', '--secret-id', 'k1', '--join-within', '60s'];

test('prints a query parameter that is good for what was asked, and explains it', async () => {
  await using file = await secretFile('# a comment\nk1 one-secret\nk2 another-secret\n');
  const bound = [
    '--play-within',
    '2h',
    '--address',
    '2001:db8::/64',
    '--identity',
    'ann',
    '--relay',
    'ottawa',
  ];
  await using tool = sign(...wanted, ...bound, '--secret-file', file.path);
  const [, signature = ''] = /^signature=(\S+)\n$/.exec(await tool.output) ?? [];
  const { joinUntil, playUntil, ...permit } = new SigningSecrets([['k1', 'one-secret']]).open(signature);
  expect(permit).toEqual({
    ...{ verb: 'play', stream: 'vip/a', address: '2001:db8::/64', identity: 'ann', relay: 'ottawa' },
  });
  const inSeconds = joinUntil - Date.now() / 1000;
  expect(inSeconds).toBeGreaterThan(0);
  expect(inSeconds).toBeLessThanOrEqual(60);
  expect((playUntil ?? 0) - joinUntil).toBe(7140);

  await using explaining = sign(
    '--explain',
    `rtmp://HOST/vip/a?signature=${signature}`,
    '--secret-file',
    file.path,
  );
  expect(await explaining.exited).toEqual({ code: 0, signal: null });
  expect(explaining.stdoutBuffer.toString()).toMatch(/^secret id {3}k1\n[\s\S]*\nIt can be used now\.\n$/);
});

test('explains what is wrong, and exits with 1', async () => {
  await using tool = sign('--explain', 'AAEx');
  expect(await tool.exited).toEqual({ code: 1, signal: null });
  expect(tool.stdoutBuffer.toString()).toBe('The signature is not whole: it was cut or altered.\n');
});

describe('what it does not do', () => {
  test.for([
    {
      what: 'a file without the secret',
      args: [...wanted, '--secret-id', 'k3'],
      text: 'k1 a\nk2 b',
      code: 1,
      says: /secrets holds no secret of the id k3\n$/,
    },
    {
      what: 'a file that is no list of secrets',
      args: wanted,
      text: 'k1 a\nb',
      code: 1,
      says: /secrets: expected one secret, or lines of an id, a space and a secret\n$/,
    },
    { what: 'no verb', args: [], text: 'a', code: 2, says: /required option '--verb' not specified/ },
    {
      what: 'a time without unit',
      args: [...wanted, '--join-within', '60'],
      text: 'a',
      code: 2,
      says: /Expected a time such as 60s/,
    },
    {
      what: 'an end before the beginning',
      args: [...wanted, '--play-within', '59s'],
      text: 'a',
      code: 2,
      says: /must not be shorter/,
    },
    {
      what: 'no stream key',
      args: [...wanted, '--stream', 'watch/a'],
      text: 'a',
      code: 2,
      says: /Expected the key of a stream/,
    },
    {
      what: 'a stream key with a query',
      args: [...wanted, '--stream', 'a/b?c'],
      text: 'a',
      code: 2,
      says: /Expected the key of a stream/,
    },
    {
      what: 'an address with host bits',
      args: [...wanted, '--address', '10.0.0.1/8'],
      text: 'a',
      code: 2,
      says: /Expected a network without host bits/,
    },
  ])('$what', async ({ args, text, code, says }) => {
    await using file = await secretFile(text);
    await using tool = sign('--secret-file', file.path, ...args);
    expect(await tool.exited).toEqual({ code, signal: null });
    expect(tool.stderr).toMatch(says);
    expect(tool.stdoutBuffer.toString()).toBe('');
  });
});
