import { describe, expect, test } from 'vitest';
import { findAccount } from '../../../src/service/privileges/account.ts';
import { hasToBecome } from '../../../src/service/privileges/privilege-drop.ts';

const isRoot = process.geteuid?.() === 0;

describe('an account', () => {
  test('nobody is nobody, by name and by number', () => {
    const byName = findAccount({ user: 'nobody', group: null });
    expect(byName).toMatchObject({ name: 'nobody', uid: 65_534 });
    expect(findAccount({ user: '65534', group: null })).toEqual(byName);
  });

  test('settings that name nobody change nobody', () => {
    expect(findAccount({ user: null, group: null })).toBeUndefined();
  });

  test('a group of its own takes the place of the first one', () => {
    expect(findAccount({ user: 'nobody', group: 'daemon' })).toMatchObject({ gid: 1, groups: [1] });
    expect(findAccount({ user: 'nobody', group: '12345' })).toMatchObject({ gid: 12_345 });
  });

  test('a number without a name has the group that is set, and no other', () => {
    const account = findAccount({ user: '54321', group: '54322' });
    expect(account).toEqual({ name: '54321', uid: 54_321, gid: 54_322, groups: [54_322] });
  });

  test.each([
    { user: 'no-such-user', group: null, problem: 'user: there is no user no-such-user on this machine' },
    { user: 'nobody', group: 'no-such', problem: 'group: there is no group no-such on this machine' },
    {
      user: '54321',
      group: null,
      problem: 'user: there is no user 54321 on this machine, so group has to be set, too',
    },
    { user: null, group: 'daemon', problem: 'user: has to be set, because there is a group' },
    { user: 'root', group: null, problem: 'user: root is root, who gives up nothing: name another user' },
  ])('$user and $group: $problem', ({ user, group, problem }) => {
    expect(() => findAccount({ user, group })).toThrow(problem);
  });

  test.skipIf(!isRoot)('root has to become it; groups of root are not among its own', () => {
    const account = findAccount({ user: 'nobody', group: null });
    expect(account?.groups).toEqual([65_534]);
    expect(account !== undefined && hasToBecome(account)).toBe(true);
    expect([process.geteuid?.(), process.getegid?.()]).toEqual([0, 0]);
  });

  test('who is this user already has to become nobody', () => {
    const own = { name: 'me', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, groups: [] };
    expect(hasToBecome(own)).toBe(false);
  });
});
