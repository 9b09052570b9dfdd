import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Decisions,
  type FleetBan,
  StoreError,
} from '../../../../src/service/house/store/house-store.ts';
import { relayEntry, StoreScene } from '../../../support/store-scene.ts';

let scene: StoreScene;
let file: string;
beforeEach(async () => {
  scene = await StoreScene.make();
  file = join(scene.folder, 'house', 'decisions.json');
});
afterEach(() => scene[Symbol.asyncDispose]());

const ban = (value: string, until: number): FleetBan => ({
  id: value,
  kind: 'address',
  value,
  until,
  reason: '',
});
const decided =
  (more: Partial<Decisions>) =>
  (decisions: Decisions): Decisions => ({ ...decisions, ...more });

test('bans that have ended and invitations that nobody took up are dropped, in memory and on disk', async () => {
  const store = await scene.file();
  const now = scene.wallMs;
  const entry = { ...relayEntry('c'), key: null };
  await store.decide(
    decided({
      bans: [ban('192.0.2.1', now + 10), ban('192.0.2.2', now + 1000)],
      invitations: [
        { entry, tokenHash: 'a', until: now + 10 },
        { entry, tokenHash: 'b', until: now + 1000 },
      ],
    }),
  );
  scene.wallMs += 10;
  await store.decide(decided({ draining: ['x'] }));
  expect(store.decisions.bans.map(({ value }) => value)).toEqual(['192.0.2.2']);
  expect(store.decisions.invitations.map(({ tokenHash }) => tokenHash)).toEqual(['b']);
  expect(await readFile(file, 'utf8')).not.toContain('192.0.2.1');
  await scene.close();
  scene.wallMs += 1000;
  expect((await scene.file()).decisions).toMatchObject({ bans: [], invitations: [], draining: ['x'] });
});

test('of too many bans and house keys the oldest are forgotten, too many of the rest are not decided', async () => {
  const store = await scene.file();
  const bans = Array.from({ length: 10_001 }, (_, index) => ban(`b${index}`, scene.wallMs + 1000));
  const permitKeys = Object.fromEntries(
    Array.from({ length: 65 }, (_, index) => [`k${index}`, { publicKey: 'p', at: index }]),
  );
  await store.decide(decided({ bans, permitKeys }));
  expect(store.decisions.bans).toHaveLength(10_000);
  expect(store.decisions.bans[0]?.id).toBe('b1');
  expect(Object.keys(store.decisions.permitKeys)).not.toContain('k0');
  const before = store.decisions;
  const draining = Array.from({ length: 10_001 }, (_, index) => `r${index}`);
  await expect(store.decide(decided({ draining }))).rejects.toThrow(
    'relays that drain: there are 10000 already, which is the limit',
  );
  expect(store.decisions).toBe(before);
});

test.each([
  { what: 'half a file', text: '{"version":1,"line":"x","revi', says: 'is not JSON' },
  { what: 'something else', text: '{"a": 1}', says: 'is not as a house writes it at version' },
  {
    what: 'a wrong ban',
    text: JSON.stringify({
      ...{ version: 1, line: 'x', revision: 1, id: 'y' },
      decisions: {
        ...{
          draining: [],
          bans: [{ id: 'a' }],
          invitations: [],
          provisioned: [],
          routes: {},
          permitKeys: {},
        },
      },
    }),
    says: 'is not as a house writes it at decisions.bans.0',
  },
  { what: 'nothing', text: '', says: 'is not JSON' },
])('$what is said clearly, and never written over', async ({ text, says }) => {
  await mkdir(join(scene.folder, 'house'), { mode: 0o700 });
  await writeFile(file, text);
  const opened = scene.file();
  await expect(opened).rejects.toThrow(StoreError);
  await expect(opened).rejects.toThrow(`${file} ${says}`);
  await expect(opened).rejects.toThrow(/mend it, or move it away/);
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('what cannot be written is not decided, and the next thing is when it can', async () => {
  const store = await scene.file();
  await store.decide(decided({ draining: ['a'] }));
  await rm(file);
  await mkdir(file);
  await expect(store.decide(decided({ draining: ['a', 'b'] }))).rejects.toThrow(`${file} cannot be written`);
  expect(store.decisions.draining).toEqual(['a']);
  expect(store.isThere).toBe(false);
  await rm(file, { recursive: true });
  await store.decide(decided({ draining: ['a', 'c'] }));
  expect(store.isThere).toBe(true);
  await scene.close();
  expect((await scene.file()).decisions.draining).toEqual(['a', 'c']);
});
