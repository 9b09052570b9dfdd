import { expect, test } from 'vitest';
import { warningOf } from '../../../../src/commands/ctl/top/warning-line.ts';

const at = '2026-03-01T12:00:00.000Z';

test('a warning is shown as its line of the log says it', () => {
  const data = JSON.stringify({
    at,
    what: 'hook',
    level: 'error',
    text: 'hooks.0 does not answer',
    fields: {},
  });
  expect(warningOf({ id: '1', type: 'warning', data })).toEqual({
    at,
    text: 'hooks.0 does not answer',
    isError: true,
  });
});

test.for([
  { id: '1', type: 'gap', data: JSON.stringify({ at, what: 'not-kept', text: 'x' }) },
  { id: '1', type: 'warning', data: '{' },
  { id: '1', type: 'warning', data: '{"at":1,"text":"x"}' },
])('anything else is none: %j', (event) => {
  expect(warningOf(event)).toBeUndefined();
});
