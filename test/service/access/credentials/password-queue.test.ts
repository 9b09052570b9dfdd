import { expect, test } from 'vitest';
import { parseScryptHash, type ScryptHash } from '../../../../src/credentials/scrypt-hash.ts';
import { PasswordQueue } from '../../../../src/service/access/credentials/password-queue.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const alice = hashOf('alice');
const bob = hashOf('bob');

/** A queue where the password of every hash is its salt, and each look ends when it is told. */
function scene() {
  const clock = new FakeClock();
  const looks: { password: string; end: (error?: Error) => void }[] = [];
  let most = 0;
  const matches = (password: string, { salt }: ScryptHash): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const end = (error?: Error): void => {
        looks.splice(looks.indexOf(look), 1);
        if (error === undefined) resolve(password === Buffer.from(salt).toString());
        else reject(error);
      };
      const look = { password, end };
      looks.push(look);
      most = Math.max(most, looks.length);
    });
  const queue = new PasswordQueue(clock, matches);
  const check = (
    password: string,
    hash = alice,
    address = '203.0.113.7',
    {
      signal,
      holder = {},
      isAgain = false,
    }: { signal?: AbortSignal; holder?: object; isAgain?: boolean } = {},
  ) => queue.check({ password, hash, address, holder, isAgain }, signal ?? new AbortController().signal);
  const endOne = async (error?: Error): Promise<void> => {
    await turns();
    looks[0]?.end(error);
    await turns();
  };
  return { clock, queue, check, looks, endOne, most: () => most };
}

test('looks at one password at a time', async () => {
  const { check, endOne, most } = scene();
  const answers = [check('saltalice'), check('wrong'), check('saltbob', bob)];
  for (const _ of answers) await endOne();
  expect(await Promise.all(answers)).toEqual(['right', 'wrong', 'right']);
  expect(most()).toBe(1);
});

test('whoever asks about the same password meanwhile gets the same answer', async () => {
  const { check, endOne, looks, queue } = scene();
  const answers = Array.from({ length: 500 }, (_, i) => check('saltalice', alice, `2001:db8:${i}::1`));
  expect(queue.size).toBe(1);
  await endOne();
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['right']));
  expect(looks).toEqual([]);
});

test('what was right is known for ten minutes, what was wrong is not', async () => {
  const { clock, check, endOne, queue } = scene();
  const [right, wrong] = [check('saltalice'), check('wrong')];
  await endOne();
  await endOne();
  expect([await right, await wrong]).toEqual(['right', 'wrong']);
  clock.advance(10 * 60_000);
  expect(await check('saltalice')).toBe('right');
  void check('wrong');
  expect(queue.size).toBe(1);
  await endOne();
  clock.advance(1);
  void check('saltalice');
  expect(queue.size).toBe(1);
  await endOne();
});

test('another hash of the same password has to be looked at', async () => {
  const { check, endOne } = scene();
  const known = check('saltalice');
  await endOne();
  expect(await known).toBe('right');
  const other = check('saltalice', bob);
  await endOne();
  expect(await other).toBe('wrong');
});

test('8 of one /64 may wait, 64 in all', async () => {
  const { check, queue, endOne } = scene();
  const ofOne = Array.from({ length: 9 }, (_, i) => check(`guess ${i}`, alice, `2001:db8::${i + 1}`));
  expect(await ofOne.at(-1)).toBe('busy');
  expect(queue.size).toBe(8);
  void check('saltbob', bob, '2001:db8:0:1::1');
  expect(queue.size).toBe(9);
  for (let i = 0; i < 100; i++) void check(`other ${i}`, alice, `203.0.113.${i}`);
  expect(queue.size).toBe(64);
  for (let i = 0; i < 64; i++) await endOne();
  expect(queue.size).toBe(0);
});

test('nobody waits longer than 5 s', async () => {
  const { clock, check, endOne } = scene();
  const [first, second] = [check('saltalice'), check('saltbob', bob)];
  await turns();
  clock.advance(5001);
  await endOne();
  expect([await first, await second]).toEqual(['right', 'busy']);
});

test('for those who have left nothing is done', async () => {
  const { check, endOne, looks, queue } = scene();
  const leaving = new AbortController();
  const first = check('saltalice');
  void check('guess', alice, '203.0.113.8', { signal: leaving.signal });
  leaving.abort();
  await endOne();
  expect(await first).toBe('right');
  expect(looks).toEqual([]);
  expect(queue.size).toBe(0);
});

test('where it cannot be looked at, the next one is', async () => {
  const { check, endOne } = scene();
  const [first, second] = [check('saltalice'), check('saltbob', bob)];
  await endOne(new Error('no memory'));
  await endOne();
  expect([await first, await second]).toEqual(['busy', 'right']);
});

test('what was right for a holder needs no second look when it is asked again, unless what is stored has changed', async () => {
  const { clock, check, endOne, queue } = scene();
  const holder = {};
  const first = check('saltalice', alice, '203.0.113.7', { holder });
  await endOne();
  expect(await first).toBe('right');
  clock.advance(11 * 60_000);
  const again = { holder, isAgain: true };
  expect(await check('saltalice', alice, '203.0.113.7', again)).toBe('right');
  void check('saltalice', bob, '203.0.113.7', again);
  expect(queue.size).toBe(1);
  await endOne();
});

test('4,096 passwords are known, those that were used last', async () => {
  const { check, endOne, queue } = scene();
  const hashes = Array.from({ length: 4097 }, (_, i) => hashOf(`user${i}`));
  for (const [i, hash] of hashes.entries()) {
    const answer = check(`saltuser${i}`, hash);
    await endOne();
    expect(await answer).toBe('right');
    if (i > 0) expect(await check('saltuser0', hashes[0])).toBe('right');
  }
  void check('saltuser1', hashes[1]);
  expect(queue.size).toBe(1);
  await endOne();
});

async function turns(): Promise<void> {
  for (let i = 0; i < 8; i++) await Promise.resolve();
}

function hashOf(user: string): ScryptHash {
  const salt = Buffer.from(`salt${user}`).toString('base64').replace(/=+$/, '');
  const hash = parseScryptHash(`$scrypt$ln=1,r=1,p=1$${salt}$AAAAAAAAAAAAAAAAAAAAAA`);
  if (hash === undefined) throw new Error(`salt${user} is too short`);
  return hash;
}
