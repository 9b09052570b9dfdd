import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isReadableOnTheWay, PlaceError, relayPlace } from '../../../../src/commands/ctl/api/relay-place.ts';
import { CredentialFileError } from '../../../../src/credentials/credential-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streampump-place-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const url = 'https://relay.example.org:9935';

test('a socket that is named is the only one that is tried', () => {
  expect(relayPlace({ socket: '/run/a.sock' })).toEqual({ by: 'socket', paths: ['/run/a.sock'] });
  const usual = relayPlace({});
  expect(usual).toMatchObject({
    by: 'socket',
    paths: expect.arrayContaining(['/run/streampump/admin.sock']),
  });
  expect(relayPlace({ socket: 'auto' }), 'as the setting of the relay says').toEqual(usual);
});

test('a token is read from a file, perhaps with a comment', async () => {
  const tokenFile = await file('token', '# alice\ns3cret\n');
  expect(relayPlace({ url, tokenFile })).toMatchObject({ by: 'url', token: 's3cret' });
});

test.for([
  { name: 'a hash', text: `sha256:${'0'.repeat(64)}`, problem: /line 1: expected the token itself/ },
  { name: 'two lines', text: 'a\nb\n', problem: /expected one line, the token$/ },
  { name: 'nothing', text: '\n', problem: /expected one line, the token$/ },
  { name: 'blanks', text: 'a b', problem: /printable ASCII/ },
])('$name in the file of a token is refused, and not repeated', async ({ name, text, problem }) => {
  const tokenFile = await file(name, text);
  const attempt = (): unknown => relayPlace({ url, tokenFile });
  expect(attempt).toThrow(CredentialFileError);
  expect(attempt).toThrow(problem);
  expect(attempt).not.toThrow(/0000|a b/);
});

test.for([
  { url: 'relay.example.org:9935' },
  { url: 'ftp://relay.example.org' },
  { url: 'https://alice:s3cret@relay.example.org' },
  { url: 'https://relay.example.org/?token=s3cret' },
  { url, certFile: '/dev/null' },
  { caFile: '/dev/null' },
])('options that cannot be meant are wrong usage, and a secret among them is not repeated: %j', (options) => {
  expect(() => relayPlace(options)).toThrow(PlaceError);
  expect(() => relayPlace(options)).not.toThrow(/s3cret/);
});

test('only http to another machine can be read on the way', () => {
  const readable = [
    'http://relay.example.org',
    'http://192.0.2.1:9935',
    url,
    'http://127.0.0.1:1',
    'http://[::1]/',
  ];
  expect(readable.map((text) => isReadableOnTheWay(new URL(text)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
