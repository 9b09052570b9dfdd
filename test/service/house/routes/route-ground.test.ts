import { expect, test } from 'vitest';
import { isFixed } from '../../../../src/service/house/routes/route-ground.ts';
import { rosterEntry } from '../../../support/fleet/test-roster.ts';

test('a relay that is called as something of every object is as free as others', () => {
  for (const id of ['constructor', 'toString', '__proto__', 'a']) {
    expect(isFixed(rosterEntry(id), {}), id).toBe(false);
    expect(isFixed(rosterEntry(id, { parent: 'b' }), {}), id).toBe(true);
  }
});
