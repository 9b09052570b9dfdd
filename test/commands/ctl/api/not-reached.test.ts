import { expect, test } from 'vitest';
import { NotReached } from '../../../../src/commands/ctl/api/not-reached.ts';

function failure(path: string, code: string): { readonly path: string; readonly error: unknown } {
  return { path, error: Object.assign(new Error(`${code}: it failed, connect`), { code }) };
}

test('a socket that may not be opened is told before those that are not there, with who may', () => {
  const failures = [failure('/nowhere/a.sock', 'ENOENT'), failure('/etc/admin.sock', 'EACCES')];
  expect(NotReached.atSockets(failures).message).toBe(
    '/etc/admin.sock: permission denied: only root may operate this relay: try sudo -u root',
  );
});
