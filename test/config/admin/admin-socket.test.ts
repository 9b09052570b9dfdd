import { expect, test } from 'vitest';
import {
  autoSockets,
  likelySockets,
  type SocketSurroundings,
} from '../../../src/config/admin/admin-socket.ts';

const service = { RUNTIME_DIRECTORY: '/run/relay-a:/run/relay-b' };
const login = { XDG_RUNTIME_DIR: '/run/user/1000' };

function surroundings(env: SocketSurroundings['env'], uid: number): SocketSurroundings {
  return { env, uid, temporary: '/tmp' };
}

test.for([
  { who: 'a service', env: { ...service, ...login }, uid: 0, paths: ['/run/relay-a/admin.sock'] },
  {
    who: 'root',
    env: {},
    uid: 0,
    paths: ['/run/streampump/admin.sock', '/tmp/streampump-0/admin.sock'],
  },
  {
    who: 'a user who is logged in',
    env: login,
    uid: 1000,
    paths: ['/run/user/1000/streampump/admin.sock', '/tmp/streampump-1000/admin.sock'],
  },
  {
    who: 'a user without a session, with an empty variable',
    env: { XDG_RUNTIME_DIR: '', RUNTIME_DIRECTORY: '' },
    uid: 999,
    paths: ['/tmp/streampump-999/admin.sock'],
  },
])('the sockets that a relay of $who would take', ({ env, uid, paths }) => {
  expect(autoSockets(surroundings(env, uid))).toEqual(paths);
});

test('whoever looks for a relay finds each that it would take, and that of the machine first', () => {
  expect(likelySockets(surroundings(login, 1000))).toEqual([
    '/run/streampump/admin.sock',
    '/run/user/1000/streampump/admin.sock',
    '/tmp/streampump-1000/admin.sock',
  ]);
  for (const env of [{}, service, login])
    for (const uid of [0, 1000])
      expect(likelySockets(surroundings(env, uid))).toEqual(
        expect.arrayContaining([...autoSockets(surroundings(env, uid))]),
      );
});
