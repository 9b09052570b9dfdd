import { expect, test } from 'vitest';
import { AddressAllowances } from '../../../src/service/listen/address-allowances.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setUp(): { readonly clock: FakeClock; readonly allowances: AddressAllowances } {
  const clock = new FakeClock();
  return { clock, allowances: new AddressAllowances(clock, 3, 2) };
}

test('each address has so many at once, and so many a second', () => {
  const { clock, allowances } = setUp();
  const taken = (address: string): boolean[] => Array.from({ length: 4 }, () => allowances.take(address));
  expect(taken('192.0.2.1')).toEqual([true, true, true, false]);
  expect(taken('192.0.2.2')).toEqual([true, true, true, false]);
  clock.advance(1000);
  expect(taken('192.0.2.1')).toEqual([true, true, false, false]);
});

test('IPv6 counts by its /64', () => {
  const { allowances } = setUp();
  for (const host of [1, 2, 3]) expect(allowances.take(`2001:db8::${host}`)).toBe(true);
  expect(allowances.take('2001:db8::4')).toBe(false);
  expect(allowances.take('2001:db8:0:1::4')).toBe(true);
});

test('of too many addresses the one is forgotten that has asked least lately', () => {
  const { allowances } = setUp();
  const use = (address: string): void => {
    while (allowances.take(address));
  };
  use('192.0.2.1');
  use('192.0.2.2');
  for (let i = 0; i < 19_998; i++) allowances.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  expect(allowances.take('192.0.2.1')).toBe(false); // has asked again
  allowances.take('198.51.100.1');
  expect(allowances.take('192.0.2.1')).toBe(false);
  expect(allowances.take('192.0.2.2')).toBe(true);
});
