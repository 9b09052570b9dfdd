import { expect, test } from 'vitest';
import type { PresetCall } from '../../../../src/service/hooks/presets/preset.ts';
import { srsPreset } from '../../../../src/service/hooks/presets/srs.ts';
import { hookSubject } from '../../../support/hook-subject.ts';

const preset = srsPreset('edge1');
const bodyOf = (call: PresetCall) => JSON.parse(preset.encode(call)?.text ?? 'null');

test.each([
  { call: 'publish', action: 'on_publish' },
  { call: 'unpublish', action: 'on_unpublish' },
  { call: 'stop', action: 'on_stop' },
] as const)('$call has the fields of $action', ({ call, action }) => {
  expect(bodyOf({ call, subject: hookSubject() })).toEqual({
    server_id: 'edge1',
    action,
    client_id: 'c7',
    ip: '192.0.2.1',
    vhost: '__defaultVhost__',
    app: 'live',
    tcUrl: 'rtmp://relay.example/live',
    stream: 'cam1',
    param: '?lang=en&key=s3cret',
    stream_url: '/live/cam1',
    stream_id: expect.stringMatching(/^vid-.{7}$/),
  });
});

test('a player brings its page, and one over HTTP has a URL of RTMP all the same', () => {
  const subject = hookSubject({
    protocol: 'http-flv',
    tcUrl: '',
    page: 'https://site.example',
    sentQuery: '',
  });
  expect(bodyOf({ call: 'play', subject })).toMatchObject({
    action: 'on_play',
    pageUrl: 'https://site.example',
    tcUrl: 'rtmp://__defaultVhost__/live',
    param: '',
  });
});

test('a connection has no stream yet', () => {
  const subject = hookSubject({ stream: '', tcUrl: 'rtmp://relay.example:1935/live?key=x' });
  expect(bodyOf({ call: 'connect', subject })).toEqual({
    action: 'on_connect',
    client_id: 'c7',
    ip: '192.0.2.1',
    vhost: '__defaultVhost__',
    app: 'live',
    tcUrl: 'rtmp://relay.example:1935/live?key=x',
    pageUrl: '',
  });
});

test('it has no words for what SRS does not ask again', () => {
  expect(preset.encode({ call: 'update', subject: hookSubject() })).toBeUndefined();
});

test.each([
  { status: 200, body: '0', says: 'yes' },
  { status: 200, body: ' 0\n', says: 'yes' },
  { status: 200, body: '{"code":0,"data":{}}', says: 'yes' },
  { status: 200, body: '1', says: 'no' },
  { status: 200, body: '{"code":403,"msg":"no"}', says: 'no' },
  { status: 403, body: '0', says: 'no' },
  { status: 200, body: '', says: 'nothing' },
  { status: 200, body: 'ok', says: 'nothing' },
  { status: 200, body: '{"allow":true}', says: 'nothing' },
  { status: 200, body: '"0"', says: 'nothing' },
  { status: 204, body: '', says: 'nothing' },
  { status: 500, body: '0', says: 'nothing' },
])('$status with $body says $says', ({ status, body, says }) => {
  const call = { call: 'publish', subject: hookSubject() } as const;
  expect(preset.read(call, { status, location: undefined, body }).says).toBe(says);
});
