import { expect, test } from 'vitest';
import { StatusCode, statusObject } from '../../../../src/protocol/rtmp/dialogue/status.ts';

const status = { level: 'error', code: StatusCode.playFailed, description: 'no such thing' } as const;

test('level, code and description, in this order', () => {
  expect(Object.entries(statusObject(status))).toEqual([
    ['level', 'error'],
    ['code', 'NetStream.Play.Failed'],
    ['description', 'no such thing'],
  ]);
});

test('more properties join it or replace some', () => {
  expect(statusObject(status, { description: 'a', ex: { code: 302 } })).toEqual({
    level: 'error',
    code: 'NetStream.Play.Failed',
    description: 'a',
    ex: { code: 302 },
  });
});
