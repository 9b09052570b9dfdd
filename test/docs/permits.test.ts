import { createPrivateKey, createPublicKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  makePermit,
  type Permit,
  PermitKeys,
  permitVerbs,
  publicKeyText,
} from '../../src/credentials/permit.ts';
import { codeBlocks, readText, tableRows } from '../support/markdown.ts';
import { temporaryFolder } from '../support/packages.ts';
import { runTool } from '../support/run-tool.ts';

const page = readText('docs/permits.md');
const blocks = codeBlocks(page);
const privateText = blocks.find(({ text }) => text.includes('PRIVATE KEY'))?.text ?? '';
const privateKey = createPrivateKey(privateText);
const [, publicKey = ''] = /public key, as relays are told it, is `([\w-]+)`/.exec(page) ?? [];

/** The columns of the table of vectors, as they stand there. */
const vectors = tableRows(page.slice(page.indexOf('## Test vectors')), 'key id').map((cells) =>
  cells.map((cell) => cell.replaceAll('`', '')),
);

test('there are vectors, with each field and with all', () => {
  expect(vectors.length).toBeGreaterThan(5);
  for (const column of [4, 5, 6])
    expect(vectors.filter((cells) => cells[column] !== '').length).toBeGreaterThan(1);
  expect(publicKeyText(privateKey)).toBe(publicKey);
});

test.for(vectors)('the permit of %s %s %s, %s, %s, %s, %s, %s', (cells) => {
  const [id = '', verb, stream = '', joinUntil, sessionUntil, address, identity, relay = '', written = ''] =
    cells;
  const permit: Permit = {
    verb: permitVerbs.find((one) => one === verb) ?? 'play',
    stream,
    joinUntil: Number(joinUntil),
    sessionUntil: sessionUntil === '' ? undefined : Number(sessionUntil),
    address: address || undefined,
    identity: identity || undefined,
    relay,
  };
  expect(makePermit(permit, id, privateKey)).toBe(written);
  expect(new PermitKeys({ [id]: publicKey }).open(written)).toEqual(permit);
});

test('the first vector, byte by byte', () => {
  const block = blocks.find(({ text }) => text.startsWith('version  '))?.text ?? '';
  const hex = [...block.matchAll(/(?<=^.{15})(?:[0-9a-f]{2}(?: |$))+/gm)].join('').replaceAll(' ', '');
  expect(hex).toBe(Buffer.from(vectors[0]?.at(-1) ?? '', 'base64url').toString('hex'));
});

test('the example in JavaScript makes every vector', async () => {
  const code = blocks.find(({ info }) => info === 'js')?.text ?? '';
  const tail = 'for (const row of JSON.parse(process.argv[2])) console.log(permit(process.argv[1], ...row));';
  const rows = JSON.stringify(vectors.map((cells) => cells.slice(0, -1)));
  const args = ['--input-type=module', '-e', `${code}\n${tail}`, '--', privateText, rows];
  await using tool = runTool(process.execPath, args);
  expect((await tool.output).trim().split('\n')).toEqual(vectors.map((cells) => cells.at(-1)));
});

test('OpenSSL finds every vector right, and one that was altered wrong', async () => {
  const commands = blocks.find(({ info }) => info === 'sh')?.text ?? '';
  await using folder = await temporaryFolder();
  const key = createPublicKey(privateKey).export({ format: 'pem', type: 'spki' });
  await writeFile(join(folder.path, 'public.pem'), key);
  const look = async (permit: string): Promise<number | null> => {
    const env = { ...process.env, PERMIT: permit };
    await using shell = runTool('sh', ['-c', commands], { cwd: folder.path, env });
    return (await shell.exited).code;
  };
  for (const cells of vectors) expect(await look(cells.at(-1) ?? '')).toBe(0);
  const [first] = vectors;
  expect(await look((first?.at(-1) ?? '').replace('AAEx', 'AAEy'))).not.toBe(0);
});
