import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Crowd, CrowdGroup } from '../../../src/service/listen/crowd.ts';
import type { Queued } from '../../../src/service/listen/queue.ts';

interface Member extends Queued<Member> {
  readonly group: CrowdGroup<Member>;
}

function memberOf(group: CrowdGroup<Member>): Member {
  return { group, ahead: undefined, behind: undefined };
}

test('knows the largest group and how many there are, whoever comes and goes', () => {
  const step = fc.record({ group: fc.nat({ max: 4 }), does: fc.constantFrom('last', 'first', 'leaves') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const crowd = new Crowd<Member>();
      const groups = Array.from({ length: 5 }, () => new CrowdGroup<Member>());
      const expected = groups.map((): Member[] => []);
      for (const { group: index, does } of steps) {
        const group = groups[index] ?? fail();
        const members = expected[index] ?? fail();
        if (does === 'leaves') {
          const member = members.shift();
          if (member !== undefined) crowd.remove(member, group);
        } else {
          const member = memberOf(group);
          crowd.add(member, group, does);
          if (does === 'last') members.push(member);
          else members.unshift(member);
        }
        const most = Math.max(...expected.map(({ length }) => length));
        expect(crowd.largest?.members.size ?? 0).toBe(most);
        expect(crowd.largest?.members.first).toBe(
          most === 0 ? undefined : expected[groups.indexOf(crowd.largest ?? fail())]?.[0],
        );
        expect(crowd.size).toBe(expected.flat().length);
      }
    }),
  );
});

test('of equally large groups the one that was not changed for longest is the largest', () => {
  const crowd = new Crowd<Member>();
  const [a, b, c] = [new CrowdGroup<Member>(), new CrowdGroup<Member>(), new CrowdGroup<Member>()];
  for (const group of [a, b, c]) crowd.add(memberOf(group), group);
  expect(crowd.largest).toBe(a);
  crowd.remove(a.members.first ?? fail(), a);
  crowd.add(memberOf(a), a);
  expect(crowd.largest).toBe(b);
});

function fail(): never {
  throw new Error('nobody is there');
}
