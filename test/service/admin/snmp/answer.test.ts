import { describe, expect, test } from 'vitest';
import { answerRequest } from '../../../../src/service/admin/snmp/answer.ts';
import { BerReader, encodeNumber, type Oid, Tag } from '../../../../src/service/admin/snmp/ber.ts';
import { MibView } from '../../../../src/service/admin/snmp/mib-view.ts';
import { ErrorStatus, type RequestPdu } from '../../../../src/service/admin/snmp/pdu.ts';

const base: Oid = [1, 3, 6, 1, 4, 1, 99];
const variables = [3, 1, 2].flatMap((column) =>
  [20, 1, 3].map((row) => ({ oid: [...base, column, row], value: encodeNumber(column * 100 + row) })),
);
const view = new MibView(
  variables,
  [1, 2, 3, 4].map((column) => [...base, column]),
);

function ask(type: RequestPdu['type'], oids: readonly Oid[], more: Partial<RequestPdu> = {}): RequestPdu {
  return { type, id: 7, nonRepeaters: 0, maxRepetitions: 0, variables: Buffer.alloc(0), oids, ...more };
}

/** An answer as a manager reads it: the error, and each variable behind the base with the tag or number of its value. */
function read(answer: Buffer): { readonly error: number; readonly found: readonly string[] } {
  const pdu = new BerReader(answer).enter(0xa2);
  expect(pdu.readInteger()).toBe(7);
  const error = pdu.readInteger();
  pdu.readInteger();
  const list = pdu.enter();
  const found: string[] = [];
  while (!list.isEmpty) {
    const variable = list.enter();
    const oid = variable.readOid().slice(base.length).join('.');
    const tag = variable.peekTag();
    found.push(`${oid}=${tag === Tag.integer ? variable.readInteger() : `(${tag})`}`);
  }
  return { error, found };
}

const answered = (request: RequestPdu, maxBytes = 1200) => read(answerRequest(request, view, maxBytes));
const at = (...numbers: readonly number[]): Oid => [...base, ...numbers];

describe('an agent answers', () => {
  test('GET with what is there, and what says that nothing is', () => {
    const { found } = answered(ask('get', [at(2, 3), at(2, 4), at(9, 1), at(4, 0)]));
    expect(found).toEqual([
      '2.3=203',
      `2.4=(${Tag.noSuchInstance})`,
      `9.1=(${Tag.noSuchObject})`,
      `4.0=(${Tag.noSuchInstance})`,
    ]);
  });

  test('GETNEXT in the order of numbers, not of digits, until the end', () => {
    const walk: string[] = [];
    let oid: Oid = base;
    for (let found = ''; !found.includes('('); walk.push(found)) {
      [found = ''] = answered(ask('getNext', [oid])).found;
      oid = at(...(found.split('=')[0] ?? '').split('.').map(Number));
    }
    expect(walk).toEqual([
      ...['1.1=101', '1.3=103', '1.20=120', '2.1=201', '2.3=203', '2.20=220'],
      ...['3.1=301', '3.3=303', '3.20=320', `3.20=(${Tag.endOfMibView})`],
    ]);
  });

  test('GETBULK once for those that do not repeat, row by row for the others, and not beyond the end', () => {
    const request = ask('getBulk', [at(1), at(2, 20), at(3, 3)], { nonRepeaters: 1, maxRepetitions: 3 });
    const over = `(${Tag.endOfMibView})`;
    expect(answered(request).found).toEqual([
      '1.1=101',
      ...['3.1=301', '3.20=320'],
      ...['3.3=303', `3.20=${over}`],
      ...['3.20=320', `3.20=${over}`],
    ]);
    const all = ask('getBulk', [at(9)], { maxRepetitions: 2 ** 31 - 1 });
    expect(answered(all).found).toEqual([`9=${over}`]);
  });

  test('GETBULK with no more than fits, and never more than 50 times', () => {
    const many = new MibView(
      Array.from({ length: 500 }, (_, i) => ({ oid: at(1, i), value: encodeNumber(1) })),
      [],
    );
    const request = ask('getBulk', [at(1)], { maxRepetitions: 2 ** 31 - 1 });
    expect(read(answerRequest(request, many, 60_000)).found).toHaveLength(50);
    const small = answerRequest(request, many, 100);
    expect(small.length).toBeLessThan(120);
    expect(read(small).found.length).toBeGreaterThan(3);
    const odd = ask('getBulk', [at(1)], { nonRepeaters: 2 ** 31 - 1, maxRepetitions: 9 });
    expect(answered(odd).found).toEqual(['1.1=101']);
  });

  test('tooBig where the answer to GET or GETNEXT does not fit', () => {
    for (const type of ['get', 'getNext'] as const)
      expect(answered(ask(type, [at(1, 1), at(1, 1), at(1, 1)]), 40)).toEqual({
        error: ErrorStatus.tooBig,
        found: [],
      });
  });

  test('SET with notWritable', () => {
    expect(answered(ask('set', [at(1, 1)])).error).toBe(ErrorStatus.notWritable);
  });
});
