import { expect, test } from 'vitest';
import { pushPaths } from '../../../src/session/mmsh/mmsh-push.ts';
import { PushScene } from '../../support/wms/push-scene.ts';

test.for([
  ['/streams/cam1_push', '/streams/cam1'],
  ['/streams/cam1_push/', '/streams/cam1'],
  ['/STREAMS/Cam1_push', '/streams/Cam1'],
  ['/streams/a/b%20c_push', '/streams/a/b%20c'],
  ['/streams/a_push_push', '/streams/a_push'],
  ['/streams/_push', undefined],
  ['/streams/cam1_PUSH', undefined],
  ['/streams/cam1_push//', undefined],
  ['/streams/cam1', undefined],
  ['/live/cam1_push', undefined],
] as const)('%s is where encoders push %s', ([path, name]) => {
  expect(pushPaths.nameIn(path)).toBe(name);
});

test('nobody is told to play where encoders push', () => {
  expect(pushPaths.pathOf('streams/cam1')).toBeUndefined();
});

test.for(['GET', 'HEAD', 'PUT', 'OPTIONS', 'DELETE'])(
  '%s is 405, and says what is allowed',
  async (method) => {
    const scene = new PushScene();
    const client = scene.connect();
    client.send(`${method} /streams/a_push HTTP/1.1\nHost: x\nUser-Agent: NSPlayer/9.0\n\n`);
    await scene.settle();
    expect(client.text).toMatch(/^HTTP\/1\.1 405 .*server: Cougar.*allow: POST\r\n/s);
    expect(scene.pending).toEqual([]);
  },
);

test.for(['text/plain', 'video/x-ms-asf', undefined])('a POST of %s is 415', async (type) => {
  const scene = new PushScene();
  const client = scene.connect();
  const line = type === undefined ? '' : `Content-Type: ${type}\n`;
  client.send(`POST /streams/a_push HTTP/1.1\nHost: x\n${line}Content-Length: 2147483647\n\n`);
  await scene.settle();
  expect(client.text).toMatch(/^HTTP\/1\.1 415 .*server: Cougar.*application\/x-wms-pushstart\n$/s);
  expect(scene.pending).toEqual([]);
});
