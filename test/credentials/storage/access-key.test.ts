import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAccessKey } from '../../../src/credentials/storage/access-key.ts';

async function read(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'access-key-'));
  await using _folder = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  const file = join(folder, 'key');
  await writeFile(file, text);
  return readAccessKey(file);
}

test('an access key has two lines, or three', async () => {
  expect(await read('# storage\n AKIDEXAMPLE \n\nsecret/+=\n')).toEqual({
    id: 'AKIDEXAMPLE',
    secret: 'secret/+=',
    sessionToken: undefined,
  });
  expect(await read('AKIDEXAMPLE\nsecret\ntoken==\n')).toMatchObject({ sessionToken: 'token==' });
});

test.each([
  { text: '', problem: /expected a line with the id of an access key and one with its secret/ },
  { text: 'AKIDEXAMPLE', problem: /expected a line with the id/ },
  { text: 'a\nb\nc\nd\n', problem: /expected a line with the id/ },
  { text: 'AKIDEXAMPLE\nhush hush\n', problem: /line 2: expected a key, without spaces and other letters$/ },
])('$text is none, and is not repeated', async ({ text, problem }) => {
  const error = await read(text).catch(({ message }: Error) => message);
  expect(error).toMatch(problem);
  expect(error).not.toMatch(/AKIDEXAMPLE|hush/);
});
