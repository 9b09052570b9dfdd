import { expect, test } from 'vitest';
import { hasSeveralHosts } from '../../../src/session/http/request-head.ts';

test.each([
  { head: 'one Host', rawHeaders: ['Host', 'a', 'X-Host', 'b'], several: false },
  { head: 'no Host', rawHeaders: ['X-Host', 'host', 'Hosts', 'Host'], several: false },
  { head: 'two', rawHeaders: ['Host', 'a', 'Accept', '*', 'hOST', 'b'], several: true },
  { head: 'the same twice', rawHeaders: ['host', 'a', 'host', 'a'], several: true },
])('$head: $several', ({ rawHeaders, several }) => {
  expect(hasSeveralHosts({ rawHeaders })).toBe(several);
});
