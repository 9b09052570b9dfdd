import { expect, test } from 'vitest';
import {
  readSignature,
  type SignedPermit,
  SigningSecrets,
  signedVerbs,
  signPermit,
} from '../../src/credentials/signed-url.ts';
import { codeBlocks, readText, tableRows } from '../support/markdown.ts';
import { runTool } from '../support/run-tool.ts';

const page = readText('docs/signed-urls.md');
const [, secret = ''] = /^The secret is `(\w+)`\.$/m.exec(page) ?? [];

/** The columns of the table of vectors, as they stand there. */
const vectors = tableRows(page.slice(page.indexOf('## Test vectors')), 'secret id').map((cells) =>
  cells.map((cell) => cell.replaceAll('`', '')),
);

function codeIn(language: string): string {
  return codeBlocks(page).find(({ info }) => info === language)?.text ?? '';
}

test('there are vectors, with each field and with all', () => {
  expect(vectors.length).toBeGreaterThan(5);
  for (const column of [4, 5, 6, 7])
    expect(vectors.filter((cells) => cells[column] !== '').length).toBeGreaterThan(1);
});

test.for(vectors)('the signature of %s %s %s, %s, %s, %s, %s, %s', (cells) => {
  const [id = '', verb, stream = '', joinUntil, playUntil, address, identity, relay, signature = ''] = cells;
  const permit: SignedPermit = {
    verb: signedVerbs.find((one) => one === verb) ?? 'play',
    stream,
    joinUntil: Number(joinUntil),
    playUntil: playUntil === '' ? undefined : Number(playUntil),
    address: address || undefined,
    identity: identity || undefined,
    relay: relay || undefined,
  };
  expect(signPermit(permit, id, secret)).toBe(signature);
  expect(new SigningSecrets([[id, secret]]).open(signature)).toEqual(permit);
});

test('the first vector, byte by byte', () => {
  const { fields, seal } = readSignature(vectors[0]?.at(-1) ?? '');
  const block = codeBlocks(page).find(({ text }) => text.startsWith('version  '))?.text ?? '';
  const hex = [...block.matchAll(/(?<=^.{12})(?:[0-9a-f]{2}(?: |$))+/gm)].join('').replaceAll(' ', '');
  expect(hex).toBe(Buffer.concat([fields, seal]).toString('hex'));
});

test.for([
  {
    language: 'py',
    program: 'python3',
    args: ['-c'],
    tail: 'import json, sys\nfor row in json.loads(sys.argv[1]): print(sign(*row))',
  },
  {
    language: 'js',
    program: process.execPath,
    args: ['--input-type=module', '-e'],
    tail: 'for (const row of JSON.parse(process.argv[1])) console.log(sign(...row));',
  },
])('the example in $language makes every vector', async ({ language, program, args, tail }) => {
  const code = codeIn(language);
  expect(code).toContain('signed url');
  const rows = JSON.stringify(vectors.map((cells) => [secret, ...cells.slice(0, -1)]));
  await using tool = runTool(program, [...args, `${code}\n${tail}`, rows]);
  expect((await tool.output).trim().split('\n')).toEqual(vectors.map((cells) => cells.at(-1)));
});
