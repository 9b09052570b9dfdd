import { expect, test } from 'vitest';
import { CallFault, faultOf } from '../../../src/protocol/amf/call-fault.ts';

test('a client is told what a handler tells it, and nothing of what goes wrong inside', () => {
  const told = new CallFault('App.NoRoom', 'the room is full', 12);
  expect(faultOf(told)).toBe(told);
  expect(told).toMatchObject({ code: 'App.NoRoom', description: 'the room is full', details: 12 });
  const { code, description, details } = faultOf(new Error('connect ECONNREFUSED 10.0.0.3:5432'));
  expect([code, description, details]).toEqual([
    'NetConnection.Call.Failed',
    'the call has failed',
    undefined,
  ]);
});
