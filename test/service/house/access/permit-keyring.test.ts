import { describe, expect, test } from 'vitest';
import { PermitKeyring } from '../../../../src/service/house/access/permit-keyring.ts';
import { StoreError } from '../../../../src/service/house/store/house-store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemoryStores } from '../../../support/fleet/memory-stores.ts';
import { MemoryFiles } from '../../../support/kept-files.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const dayMs = 86_400_000;
const startMs = 1_800_000_000_000;

/** Houses with one store; what was decided with them is theirs, and their folders are their own. */
class KeyScene implements Disposable {
  readonly clock = new FakeClock();
  readonly log = new RecordingLog();
  readonly store = new MemoryStores().open('one');
  readonly #open: PermitKeyring[] = [];

  async house(files = new MemoryFiles(), holdsMs = 9 * dayMs): Promise<PermitKeyring> {
    const { clock, log, store } = this;
    const parts = { clock, log, store, files, wallMs: () => startMs + clock.now() };
    const keyring = await PermitKeyring.open(parts, holdsMs);
    this.#open.push(keyring);
    return keyring;
  }

  /** Ids of the keys that relays are told of. */
  get told(): readonly string[] {
    return Object.keys(this.store.decisions.permitKeys);
  }

  /** Lets time pass, in steps after which houses do what they have to. */
  async pass(ms: number, stepMs = ms): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(stepMs);
      await this.settled();
    }
  }

  async settled(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await undefined;
  }

  [Symbol.dispose](): void {
    for (const keyring of this.#open) keyring.close();
  }
}

test('the first pair is made once, kept, and told to the others', async () => {
  using scene = new KeyScene();
  const files = new MemoryFiles();
  const first = await scene.house(files);
  expect(scene.told).toEqual([first.pair.id]);
  expect(files.texts.get('permit-keys.json')).toContain('PRIVATE KEY');
  const again = await scene.house(files);
  expect(again.pair).toMatchObject({ id: first.pair.id, publicKey: first.pair.publicKey });
  expect(scene.told).toEqual([first.pair.id]);
});

test('every house has a pair of its own, and all of them know all public keys', async () => {
  using scene = new KeyScene();
  const [one, other] = [await scene.house(), await scene.house()];
  expect(one.pair.id).not.toBe(other.pair.id);
  expect(one.publicKeys()).toEqual(other.publicKeys());
  expect(Object.values(one.publicKeys())).toContain(other.pair.publicKey);
});

test('whoever tells relays of keys is told when they are others, and when another one signs', async () => {
  using scene = new KeyScene();
  const house = await scene.house();
  const seen: string[][] = [];
  const stop = house.onChange(() => seen.push(Object.keys(house.publicKeys())));
  const other = await scene.house();
  expect(seen).toEqual([[house.pair.id, other.pair.id]]);
  await scene.pass(3_600_000, 60_000);
  expect(seen).toHaveLength(1);
  stop();
  await other.renew();
  expect(seen).toHaveLength(1);
});

test('a pair is replaced by age: the next one signs when relays know it, the old public key stays while permits may hold', async () => {
  using scene = new KeyScene();
  const house = await scene.house();
  const { id: first } = house.pair;
  await scene.pass(30 * dayMs - 60_000, dayMs / 4);
  expect(house.pair.id).toBe(first);
  await scene.pass(120_000, 60_000);
  expect(scene.told).toHaveLength(2);
  expect(house.pair.id).toBe(first);
  await scene.pass(600_000, 60_000);
  expect(house.pair.id).not.toBe(first);
  expect(scene.told).toContain(first);
  await scene.pass(10 * dayMs, dayMs);
  expect(scene.told).toEqual([house.pair.id]);
});

test('the key of a house that is gone is forgotten when its permits are over, that of one that runs is not', async () => {
  using scene = new KeyScene();
  const gone = await scene.house();
  const house = await scene.house();
  gone.close();
  await scene.pass(9 * dayMs, dayMs / 24);
  expect(scene.told).toHaveLength(2);
  await scene.pass(dayMs, dayMs / 24);
  expect(scene.told).toEqual([house.pair.id]);
});

describe('keys that are taken back', () => {
  test('are replaced by every house at once', async () => {
    using scene = new KeyScene();
    const houses = [await scene.house(), await scene.house()];
    const before = scene.told;
    await houses[0]?.renew();
    await scene.settled();
    expect(scene.told).toHaveLength(2);
    expect(scene.told.filter((id) => before.includes(id))).toEqual([]);
    expect(new Set(houses.map(({ pair }) => pair.id))).toEqual(new Set(scene.told));
    expect(scene.log.find('permit-key', {})).toHaveLength(2);
  });

  test('do not come back with a house that was away', async () => {
    using scene = new KeyScene();
    const files = new MemoryFiles();
    const away = await scene.house(files);
    const { id: leaked } = away.pair;
    away.close();
    const house = await scene.house();
    await house.renew();
    const back = await scene.house(files);
    expect(back.pair.id).not.toBe(leaked);
    expect(scene.told).not.toContain(leaked);
  });

  test('stay where that cannot be kept', async () => {
    using scene = new KeyScene();
    const house = await scene.house();
    const { id } = house.pair;
    scene.store.decide = () => Promise.reject(new StoreError('the store is away'));
    await expect(house.renew()).rejects.toThrow(StoreError);
    expect(house.pair.id).toBe(id);
  });
});

test('where all that was decided is lost, the same keys are told again', async () => {
  using scene = new KeyScene();
  const houses = [await scene.house(), await scene.house()];
  const before = scene.told;
  await scene.store.decide((decisions) => ({ ...decisions, permitKeys: {} }));
  await scene.pass(60_000);
  expect(new Set(scene.told)).toEqual(new Set(before));
  expect(houses.map(({ pair }) => pair.id)).toEqual(before);
});

test('a house whose store is away signs all the same, and tells of its key as soon as it can', async () => {
  using scene = new KeyScene();
  const decide = scene.store.decide.bind(scene.store);
  scene.store.decide = () => Promise.reject(new StoreError('the store is away'));
  const house = await scene.house();
  expect(scene.told).toEqual([]);
  expect(house.publicKeys()).toEqual({ [house.pair.id]: house.pair.publicKey });
  scene.store.decide = decide;
  await scene.pass(60_000);
  expect(scene.told).toEqual([house.pair.id]);
});

describe('a file', () => {
  test.each([
    'no JSON',
    '{"version":2,"pairs":[]}',
    '{"version":1,"pairs":[{"privateKey":"secret words","madeAt":1,"signsFrom":1}]}',
  ])('that holds %s is not written over, and nothing of it is told', async (text) => {
    using scene = new KeyScene();
    const files = new MemoryFiles();
    files.texts.set('permit-keys.json', text);
    const opened = scene.house(files);
    await expect(opened).rejects.toThrow(/^permit-keys\.json in the folder of the house is not as a house/);
    await expect(opened).rejects.not.toThrow(/secret/);
    expect(files.texts.get('permit-keys.json')).toBe(text);
  });

  test('that cannot be written is no start', async () => {
    using scene = new KeyScene();
    const files = new MemoryFiles();
    files.isWritable = false;
    await expect(scene.house(files)).rejects.toThrow('the disk is full');
    expect(scene.clock.pending).toBe(0);
  });
});
