import { expect, test } from 'vitest';
import { ProgramDelivery } from '../../../../src/service/hooks/exec/program-delivery.ts';
import type { ToldEvent } from '../../../../src/service/hooks/telling/told-event.ts';
import { systemClock } from '../../../../src/stream/clock.ts';
import { hookSubject } from '../../../support/hook-subject.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const never = new AbortController().signal;

function scene(exec: readonly string[], timeoutMs = 10_000) {
  const log = new RecordingLog();
  const delivery = new ProgramDelivery({ exec, timeoutMs, parallel: 2 }, systemClock, log);
  const deliver = async (stream = 'live/cam1') => {
    const prepared = delivery.prepare(publish(stream));
    return 'problem' in prepared ? prepared : delivery.deliver(prepared.item, 3, never);
  };
  return { log, deliver };
}

function publish(stream: string): ToldEvent {
  const subject = hookSubject({ stream, identity: 'anna' });
  return {
    ...{ event: 'publish', id: 'id-1', atMs: 0, stream, subject, activity: 'publish' },
    ...{ durationMs: 0, bytes: 0 },
  };
}

test('a program gets the values of its event as arguments and in its environment, and no credential', async () => {
  const { log, deliver } = scene([
    '/bin/sh',
    '-c',
    'echo "$@"; /usr/bin/env',
    'sh',
    '--stream={stream}',
    '{identity}',
  ]);
  expect(await deliver()).toEqual({ is: 'told' });
  const [{ text = '', fields } = {}] = log.find('hook-program');
  expect(fields).toEqual({ code: 0 });
  expect(text).toContain('--stream=live/cam1 anna');
  for (const variable of [
    ...[
      'STREAMPUMP_EVENT=publish',
      'STREAMPUMP_STREAM=live/cam1',
      'STREAMPUMP_APP=live',
      'STREAMPUMP_NAME=cam1',
    ],
    ...['STREAMPUMP_QUERY=lang=en', 'STREAMPUMP_LOST=3', 'STREAMPUMP_TIME=1970-01-01T00:00:00.000Z'],
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ])
    expect(text.split(/\s/)).toContain(variable);
  expect(text).not.toContain('s3cret');
});

test('what ends with another code is not told, and says so', async () => {
  const { log, deliver } = scene(['/bin/sh', '-c', 'echo no room >&2; exit 3']);
  expect(await deliver()).toEqual({ is: 'refused', problem: 'has ended with code 3' });
  expect(log.find('hook-program', { code: 3 })[0]?.text).toBe('/bin/sh has ended with code 3: no room\n');
});

test('what hangs is ended', async () => {
  const { deliver } = scene(['/bin/sleep', '300'], 100);
  expect(await deliver()).toEqual({ is: 'refused', problem: 'was not done after 100 ms and was ended' });
});

test('a stream whose name would be an option is not told', async () => {
  const { deliver } = scene(['/bin/echo', '{stream}']);
  expect(await deliver('--help/x')).toEqual({ problem: '{stream} would be empty, or look like an option' });
});
