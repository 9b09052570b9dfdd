import fc from 'fast-check';
import { expect, test } from 'vitest';
import { localAddressFor, Roles } from '../../load-tester/load-plan.ts';

function rolesOf(players: number, probes: number, slowPercent: number): string {
  const roles = new Roles({ players, probes, slowPercent });
  return Array.from({ length: players }, (_, player) => roles.of(player)[0]).join('');
}

test.each([
  { players: 4, probes: 50, slowPercent: 0, roles: 'pppp' },
  { players: 6, probes: 2, slowPercent: 0, roles: 'ccpccp' },
  { players: 10, probes: 2, slowPercent: 20, roles: 'cccspcccsp' },
  { players: 4, probes: 50, slowPercent: 50, roles: 'spsp' },
  { players: 3, probes: 1, slowPercent: 100, roles: 'sss' },
])('spreads roles evenly: $roles', ({ players, probes, slowPercent, roles }) => {
  expect(rolesOf(players, probes, slowPercent)).toBe(roles);
});

test('gives out every role as often as it says', () => {
  const numbers = [fc.integer({ min: 1, max: 500 }), fc.nat(600), fc.nat(100)] as const;
  fc.assert(
    fc.property(...numbers, (players, probes, slowPercent) => {
      const { counts } = new Roles({ players, probes, slowPercent });
      const given = [...rolesOf(players, probes, slowPercent)];
      const count = (role: string): number => given.filter((letter) => letter === role).length;
      expect({ probe: count('p'), counter: count('c'), slow: count('s') }).toEqual(counts);
    }),
  );
});

test.each([
  ['127.0.0.1', 0, undefined],
  ['127.0.0.1', 19_999, undefined],
  ['127.0.0.1', 20_000, '127.0.0.3'],
  ['127.0.0.1', 250 * 20_000, '127.0.0.2'],
  ['127.1.2.3', 40_000, '127.0.0.4'],
  ['::1', 40_000, undefined],
  ['192.0.2.1', 40_000, undefined],
])('to %s, connection %d comes from %s', (address, connection, local) => {
  expect(localAddressFor(address, connection)).toBe(local);
});
