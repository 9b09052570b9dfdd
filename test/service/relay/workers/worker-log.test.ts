import { expect, test, vi } from 'vitest';
import type { LogLine } from '../../../../src/log.ts';
import type { LogEvent } from '../../../../src/log-events.ts';
import { MAX_HELD_BYTES } from '../../../../src/log-output.ts';
import { WorkerLog } from '../../../../src/service/relay/workers/worker-log.ts';

function workerLog(
  level: 'info' | 'error' | 'silent',
  linesPerSecond = 100,
): {
  workerLog: WorkerLog;
  sent: { line: LogLine; bytes: number }[];
} {
  const sent: { line: LogLine; bytes: number }[] = [];
  return {
    workerLog: new WorkerLog(
      { level, file: null, format: null, linesPerSecond, linesPerSecondPerAddress: 50 },
      { index: 3, count: 4 },
      (line, bytes) => sent.push({ line, bytes }),
    ),
    sent,
  };
}

test('lines say which worker they are from; what is below the level is not sent', () => {
  const {
    workerLog: { log },
    sent,
  } = workerLog('info');
  log.debug('socket-error', 'x');
  log.with({ connection: 'w3c1' }).info('play', 'plays\n', { stream: 'live/\u0000' });
  expect(sent.map(({ line }) => line)).toEqual([
    {
      kind: 'info',
      event: 'play',
      text: 'plays\\x0a',
      fields: { worker: 3, connection: 'w3c1', stream: 'live/\\x00' },
    },
  ]);
  const silent = workerLog('silent');
  silent.workerLog.log.error('bug', 'x');
  expect(silent.sent).toEqual([]);
});

test('a main thread that does not take lines is not sent more than it is to hold, and is told what is missing', () => {
  const { workerLog: worker, sent } = workerLog('error', 10_000);
  const log = worker.log.with({ client: 'y'.repeat(100) });
  for (let i = 0; i < 3000; i++) {
    const event = `e${i}` as LogEvent; // of each there may be few
    log.write({ kind: 'error', event, text: 'x'.repeat(900), fields: {} });
  }
  const held = sent.splice(0);
  expect(held.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(MAX_HELD_BYTES);
  for (const { bytes } of held) worker.onTaken(bytes);
  expect(sent.map(({ line: { event, fields } }) => [event, fields])).toEqual([
    ['log-dropped', { worker: 3, lines: 3000 - held.length }],
  ]);
});

test('the workers share what a log takes of peers', () => {
  vi.useFakeTimers();
  const { workerLog: worker, sent } = workerLog('info');
  for (let i = 0; i < 1000; i++)
    worker.log.of('peer', `10.0.0.${i % 8}`).info('play', 'plays', { stream: 'live/a' });
  vi.useRealTimers();
  expect(sent).toHaveLength((5 * 100) / 4);
});
