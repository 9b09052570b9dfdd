import {
  copyFileSync,
  mkdtempDisposableSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  newRecordingKey,
  parseRecordingKey,
  type RecordingKey,
} from '../../../src/credentials/recording-key.ts';
import type { FilePlace, FormNotes } from '../../../src/recording/file/recording-file.ts';
import { RecordingKeys } from '../../../src/recording/sealing/recording-keys.ts';
import { SealedForm } from '../../../src/recording/sealing/sealed-form.ts';

const key = 'recordings/live/a/20261123T012719Z-AAAAAAAAAAAAAAAAAAAAAA';
const head = Buffer.from('FLV head, ');
const made = (): RecordingKey => parseRecordingKey(newRecordingKey()) as RecordingKey;

function scene() {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'sealed-form-'));
  const first = made();
  const form = new SealedForm(new RecordingKeys([first]));
  const path = join(folder.path, 'a.flv.sealed');
  const place = (notes: FormNotes, name = path): FilePlace => ({
    key,
    path: name,
    notes,
    headBytes: head.length,
  });
  const record = async (isFinished = true): Promise<FormNotes> => {
    const { file, notes } = await form.create(key, path, head);
    await file.append([Buffer.from('one and '), Buffer.from('two')]);
    if (isFinished) await file.finish(head, Buffer.from('{}'));
    await file.close();
    return notes;
  };
  const read = async (by: SealedForm, where: FilePlace): Promise<string> => {
    const file = await by.open(where);
    try {
      return (await file.read(0, file.bytes)).toString();
    } finally {
      await file.close();
    }
  };
  return { folder, first, form, path, place, record, read, [Symbol.dispose]: () => folder.remove() };
}

test('what was recorded is read again, from a file that only its owner can read', async () => {
  using found = scene();
  const notes = await found.record();
  expect(await found.read(found.form, found.place(notes))).toBe('FLV head, one and two');
  expect(statSync(found.path).mode & 0o777).toBe(0o600);
  expect(readFileSync(found.path).includes('FLV')).toBe(false);
  expect(JSON.stringify(notes)).toMatch(
    /^\{"fileId":"[0-9a-f]{32}","keyId":"[0-9a-f]{16}","wrapped":"[\w-]{80}"\}$/,
  );
  expect(notes?.['keyId']).toBe(found.first.id);
});

test('what a kill has left is finished and read', async () => {
  using found = scene();
  const notes = await found.record(false);
  writeFileSync(found.path, Buffer.alloc(10), { flag: 'a' });
  const left = await found.form.openUnfinished(found.place(notes));
  expect((await left.body.read(0, 100)).toString()).toBe('one and two');
  expect(left.head).toEqual(head);
  await left.finish(head, Buffer.from('{}'), 7);
  await left.close();
  expect(await found.read(found.form, found.place(notes))).toBe('FLV head, one and');
});

test('keys rotate: the old one reads until what it wrapped was wrapped again', async () => {
  using found = scene();
  const notes = await found.record();
  const second = made();
  const both = new SealedForm(new RecordingKeys([second, found.first]));
  expect(await found.read(both, found.place(notes))).toBe('FLV head, one and two');
  const again = both.renew(key, notes) ?? null;
  expect(again?.['keyId']).toBe(second.id);
  expect(again?.['fileId']).toBe(notes?.['fileId']);
  expect(both.renew(key, again)).toBeUndefined();
  const only = new SealedForm(new RecordingKeys([second]));
  expect(await found.read(only, found.place(again))).toBe('FLV head, one and two');
  await expect(found.read(only, found.place(notes))).rejects.toThrow(
    `${key} needs the key ${found.first.id}, which no file of recordings.encryption.keyFiles holds`,
  );
});

test('another name, the file of another recording, a link and a description without a key give nothing', async () => {
  using found = scene();
  const notes = await found.record();
  const refused = (where: FilePlace) => expect(found.read(found.form, where)).rejects;
  await refused({ ...found.place(notes), key: `${key}B` }).toMatchObject({ code: 'damaged' });
  for (const wrong of [null, {}, { ...notes, wrapped: 5 }])
    await refused(found.place(wrong)).toMatchObject({ code: 'damaged' });
  const link = join(found.folder.path, 'link');
  symlinkSync(found.path, link);
  await refused(found.place(notes, link)).toMatchObject({ code: 'ELOOP' });
  const other = join(found.folder.path, 'other');
  const { file, notes: otherNotes } = await found.form.create(key, other, head);
  await file.finish(head, Buffer.from('{}'));
  await file.close();
  expect(await found.read(found.form, found.place(otherNotes, other))).toBe('FLV head, ');
  await refused(found.place(notes, other)).toMatchObject({ code: 'damaged' });
  copyFileSync(found.path, other);
  truncateSync(other, 60);
  await refused(found.place(notes, other)).toMatchObject({ code: 'damaged' });
});

test('a file that is there is not overwritten', async () => {
  using found = scene();
  writeFileSync(found.path, 'something');
  await expect(found.form.create(key, found.path, head)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(found.path, 'utf8')).toBe('something');
});
