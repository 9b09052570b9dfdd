import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RosterEntry } from '../../../../src/config/house/roster-settings.ts';
import { LiveRoster } from '../../../../src/service/house/roster/live-roster.ts';
import type { SharedRoster } from '../../../../src/service/house/store/shared-roster.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type MemoryStore, MemoryStores } from '../../../support/fleet/memory-stores.ts';
import { relayEntry, StoreScene } from '../../../support/store-scene.ts';

let scene: StoreScene;
let file: string;
let clock: FakeClock;
let store: MemoryStore;
let roster: LiveRoster;
let changes: number;
beforeEach(async () => {
  scene = await StoreScene.make();
  file = join(scene.folder, 'roster.json');
  clock = new FakeClock();
  store = new MemoryStores().open('house');
});
afterEach(async () => {
  roster.close();
  expect(clock.pending).toBe(0);
  await scene[Symbol.asyncDispose]();
});

const key = 'secret-of-a-relay-here';
const text = (...ids: readonly string[]): string => JSON.stringify(ids.map((id) => ({ id, key })));

async function open(shared?: SharedRoster, from: string | null = file): Promise<void> {
  roster = await LiveRoster.open(from, { clock, log: scene.log, store, shared });
  changes = 0;
  roster.onChange(() => changes++);
}

/** Lets so many looks at the file pass, each done before the next. */
async function look(times = 2): Promise<void> {
  for (let i = 0; i < times; i++) {
    clock.advance(1000);
    await roster.settled;
  }
}

const ids = (): readonly string[] => [...roster.entries.keys()];

test('a roster that has changed is taken once it stands still, and nobody is told of one that says the same', async () => {
  await writeFile(file, text('a'));
  await open();
  await writeFile(file, text('a', 'b'));
  await look(1);
  expect(ids()).toEqual(['a']);
  await look(1);
  expect(ids()).toEqual(['a', 'b']);
  expect(changes).toBe(1);
  await writeFile(file, `${text('a', 'b')} // the same`);
  await look();
  expect(changes).toBe(1);
  expect(scene.log.find('roster', { relays: 2 })).toHaveLength(2);
});

test('a roster with faults is not taken, the log says what is wrong and where, and the next sound one is', async () => {
  await writeFile(file, text('a', 'b'));
  await open();
  const before = roster.entries;
  await writeFile(file, `[{"id": "a", "key": "${key}",\n "parent": "x"}, {"id": "c", "key": "short"}]`);
  await look();
  expect(roster.entries).toBe(before);
  expect(changes).toBe(0);
  expect(scene.log.find('roster').map(({ level, text: line }) => [level, line])).toEqual([
    [
      'error',
      `the old roster stays: ${file}: line 2, column 2: 0.parent: x is not the id of a relay in this roster`,
    ],
    [
      'error',
      expect.stringMatching(
        /the old roster stays: .*: 1.key: expected a key of 16 to 512 characters, got \*\*\*$/,
      ),
    ],
  ]);
  await rm(file);
  await look();
  expect(roster.entries).toBe(before);
  await writeFile(file, text('c'));
  await look();
  expect(ids()).toEqual(['c']);
});

test('a roster behind a link, as Kubernetes has it, and one that is replaced by another name are found', async () => {
  await mkdir(join(scene.folder, 'v1'));
  await mkdir(join(scene.folder, 'v2'));
  await writeFile(join(scene.folder, 'v1', 'roster.json'), text('a'));
  await writeFile(join(scene.folder, 'v2', 'roster.json'), text('b'));
  await symlink('v1', join(scene.folder, 'data'));
  await symlink(join('data', 'roster.json'), file);
  await open();
  await symlink('v2', join(scene.folder, 'next'));
  await rename(join(scene.folder, 'next'), join(scene.folder, 'data'));
  await look();
  expect(ids()).toEqual(['b']);
  await writeFile(`${file}.new`, text('c'));
  await rename(`${file}.new`, file);
  await look();
  expect(ids()).toEqual(['c']);
});

test('reading it again on request says the faults, of another file too', async () => {
  await writeFile(file, text('a'));
  await open();
  await writeFile(file, text('b'));
  expect(await roster.reread(file)).toEqual([]);
  expect(ids()).toEqual(['b']);
  const other = join(scene.folder, 'other.json');
  expect(await roster.reread(other)).toEqual([`${other}: cannot be read: no such file or directory`]);
  expect(ids()).toEqual(['b']);
});

test('only so many faults of one roster are logged', async () => {
  await writeFile(file, text('a'));
  await open();
  await writeFile(file, JSON.stringify(Array.from({ length: 30 }, () => ({ id: '', key }))));
  await look();
  const lines = scene.log.find('roster').map(({ text: line }) => line);
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe('the old roster stays: 39 more faults, --check prints all');
});

test('a house does not start with a roster that has faults', async () => {
  await writeFile(file, '[{"id": "a"}]');
  await expect(open()).rejects.toThrow(`${file}: line 1, column 2: 0.key: missing`);
  await writeFile(file, '[]');
  await open();
});

test('decisions are laid over it, and told where they say something of relays', async () => {
  await writeFile(file, text('a', 'b'));
  await open();
  const { entries } = roster;
  await store.decide((decisions) => ({ ...decisions, bans: [] }));
  expect(changes).toBe(0);
  await store.decide((decisions) => ({ ...decisions, draining: ['b'] }));
  expect([roster.isDraining('a'), roster.isDraining('b'), changes]).toEqual([false, true, 1]);
  expect(roster.entries).toBe(entries);
  await store.decide((decisions) => ({ ...decisions, routes: { a: 'b', b: 'a' } }));
  expect(roster.entries.get('a')?.parent).toBe('b');
  expect(roster.entries.get('b')?.parent).toBeNull();
  await store.decide((decisions) => ({ ...decisions, draining: [] }));
  expect(scene.log.find('roster').map(({ level, text: line }) => [level, line])).toEqual([
    ['warn', 'the route of b is left out: a relay cannot pull from itself: b -> a -> b'],
  ]);
});

/** What other houses share with this one. */
class OtherHouses implements SharedRoster {
  entries: readonly RosterEntry[] | undefined;
  readonly puts: (readonly RosterEntry[])[] = [];
  tell: (entries: readonly RosterEntry[]) => void = () => {};
  put(entries: readonly RosterEntry[]): void {
    this.puts.push(entries);
  }
  onChange(tell: (entries: readonly RosterEntry[]) => void): () => void {
    this.tell = tell;
    return () => {};
  }
  change(...entries: readonly RosterEntry[]): void {
    this.entries = entries;
    this.tell(entries);
  }
}

test('without a file the shared roster holds, from the start and with each change', async () => {
  const others = new OtherHouses();
  await open(others, null);
  expect(ids()).toEqual([]);
  others.change(relayEntry('a'));
  expect(ids()).toEqual(['a']);
  expect(changes).toBe(1);
  expect(others.puts).toEqual([]);
});

test('a house with a file goes by it, puts it there, and warns of another one', async () => {
  const others = new OtherHouses();
  await writeFile(file, text('a'));
  await open(others);
  await writeFile(file, text('b'));
  await look();
  expect(others.puts.map((entries) => entries.map(({ id }) => id))).toEqual([['a'], ['b']]);
  others.change(relayEntry('b', { key }));
  expect(scene.log.find('roster', { relays: 1 }).filter(({ level }) => level === 'warn')).toEqual([]);
  others.change(relayEntry('z'));
  expect(ids()).toEqual(['b']);
  expect(scene.log.lines.at(-1)).toMatchObject({
    level: 'warn',
    text: expect.stringMatching(/^another house has another roster file/),
  });
});
