import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { HookSubject } from '../../../../src/service/hooks/hook-subject.ts';
import { nginxRtmpPreset } from '../../../../src/service/hooks/presets/nginx-rtmp.ts';
import type { PresetCall } from '../../../../src/service/hooks/presets/preset.ts';
import { hookSubject } from '../../../support/hook-subject.ts';

interface Captured {
  readonly client: 'ffmpeg' | 'rtmpdump';
  readonly contentType: string;
  readonly body: string;
}

const file = new URL('../../../fixtures/nginx-rtmp-callbacks.json', import.meta.url);
const captured: readonly Captured[] = JSON.parse(readFileSync(file, 'utf8'));

const calls: Readonly<Record<string, Omit<PresetCall, 'subject'>>> = {
  connect: { call: 'connect' },
  publish: { call: 'publish' },
  play: { call: 'play' },
  update_publish: { call: 'update', activity: 'publish' },
  update_play: { call: 'update', activity: 'play' },
  publish_done: { call: 'unpublish' },
  play_done: { call: 'stop' },
};

/** What nginx was told by the client: the fields of its body, and the rest is the query. */
function subjectOf(body: string): HookSubject {
  const own = body.replace(/&key=.*$/, '');
  const fields = Object.fromEntries(
    own.split('&').map((pair) => pair.split('=', 1).concat(pair.replace(/^\w+=/, ''))),
  );
  const field = (name: string): string => decodeURIComponent(fields[name] ?? '');
  return hookSubject({
    stream: field('name') === '' ? '' : `${field('app')}/${field('name')}`,
    session: `c${field('clientid')}`,
    address: field('addr'),
    client: field('flashver'),
    page: field('pageurl'),
    tcUrl: field('tcurl'),
    swfUrl: field('swfurl'),
    sentQuery: body.slice(own.length + 1),
  });
}

/** Without what is the server's own clock, or what the client asked for that other clients do not. */
function comparable(body: string): string {
  return body.replace(/\b(epoch|time|timestamp|start|duration)=\d+/g, '$1=N');
}

test.each(captured)('says what nginx said to $client: $body', ({ contentType, body }) => {
  const call = calls[/call=(\w+)/.exec(body)?.[1] ?? ''];
  if (call === undefined) throw new Error('no call');
  const posted = nginxRtmpPreset.encode({ ...call, subject: subjectOf(body) });
  expect(posted?.contentType).toBe(contentType);
  expect(comparable(posted?.text ?? '')).toBe(comparable(body));
});

test('a player that wants whatever there is asks as ffmpeg does', () => {
  const ffmpegs = captured.find(({ client, body }) => client === 'ffmpeg' && body.includes('call=play&'));
  const start = /start=\d+&duration=\d+&reset=\d/.exec(ffmpegs?.body ?? '')?.[0];
  const posted = nginxRtmpPreset.encode({ call: 'play', subject: hookSubject() });
  expect(posted?.text).toContain(`&${start}`);
});

test('numbers of sessions differ between workers, and times are whole seconds', () => {
  const textOf = (session: string) =>
    nginxRtmpPreset.encode({
      call: 'update',
      activity: 'publish',
      subject: hookSubject({ session }),
      durationMs: 61_900,
    })?.text;
  expect(textOf('c7')).toContain('clientid=7&call=update_publish&time=61&timestamp=61900');
  expect(textOf('w1c7')).toContain('clientid=449&');
  expect(textOf('w2c7')).toContain('clientid=450&');
});

test('no value ends its field', () => {
  const subject = hookSubject({ stream: 'live/a&name=b#+%', client: 'é&x=1', sentQuery: '' });
  const text = nginxRtmpPreset.encode({ call: 'publish', subject })?.text ?? '';
  const form = new URLSearchParams(text);
  expect(form.getAll('name')).toEqual(['a&name=b#+%']);
  expect(form.get('flashver')).toBe('é&x=1');
});

const publish: PresetCall = { call: 'publish', subject: hookSubject() };
const play: PresetCall = { call: 'play', subject: hookSubject() };

test.each([
  { call: publish, status: 200, location: undefined, answer: { says: 'yes' } },
  { call: publish, status: 204, location: undefined, answer: { says: 'yes' } },
  {
    call: publish,
    status: 404,
    location: undefined,
    answer: { says: 'no' },
  },
  { call: publish, status: 302, location: 'other', answer: { says: 'rename', key: 'live/other' } },
  { call: publish, status: 302, location: undefined, answer: { says: 'yes' } },
  {
    call: play,
    status: 301,
    location: 'rtmp://b.example/live/x',
    answer: { says: 'redirect', url: 'rtmp://b.example/live/x' },
  },
  {
    call: publish,
    status: 301,
    location: 'rtmp://b.example/live/x',
    answer: { says: 'no', description: 'the hook wants the stream pushed on: set streams[].forward' },
  },
  {
    call: play,
    status: 500,
    location: undefined,
    answer: { says: 'nothing', problem: 'expected 2xx, 3xx or 4xx, got 500' },
  },
  {
    call: { call: 'connect', subject: hookSubject() } as const,
    status: 302,
    location: 'vod',
    answer: { says: 'no', description: 'the hook wants another application' },
  },
])('$status with Location $location means $answer.says', ({ call, status, location, answer }) => {
  expect(nginxRtmpPreset.read(call, { status, location, body: '' })).toEqual(answer);
});
