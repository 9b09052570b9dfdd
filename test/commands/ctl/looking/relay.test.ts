import { expect, test } from 'vitest';
import { loadTone, showStatus, statusLines } from '../../../../src/commands/ctl/looking/relay.ts';
import { plainText } from '../../../../src/commands/ctl/terminal/line.ts';
import type { RelayStatus } from '../../../../src/service/admin/relay-status.ts';
import { relayAnswer } from '../../../support/ctl-answers.ts';
import { ctlCall } from '../../../support/ctl-call.ts';
import { ScriptedApi } from '../../../support/scripted-api.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

test('says what runs, where it listens and how near its limits it is', () => {
  const relay: RelayStatus = {
    ...relayAnswer,
    readiness: 'draining',
    workers: 2,
    listeners: [
      { listener: 'rtmp', host: '::', port: 1935, tls: false },
      { listener: 'https', host: '192.0.2.1', port: 8443, tls: true },
      { listener: 'admin', host: '/run/streampump/admin.sock', port: null, tls: false },
    ],
    certificates: [{ listener: 'https', subject: 'CN=relay', notAfter: '2026-03-05T12:00:00Z' }],
    reload: { succeeded: false, at: '2026-03-01T11:00:00Z' },
    load: [
      { name: 'sessions', now: 204, limit: 65_280 },
      { name: 'pendingSessions', now: 1700, limit: 2000 },
      { name: 'sentBitsPerSecond', now: 620e6, limit: 1e9 },
      { name: 'residentBytes', now: 2 ** 28, limit: null },
    ],
  };
  const text = plainText(statusLines(relay, nowMs, 80));
  expect(text[0]).toBe('ottawa  streampump 0.1.0');
  expect(text).toEqual(
    expect.arrayContaining([
      'state        draining',
      'process      4711, 2 workers, Node 26.0.0',
      'listens      rtmp [::]:1935',
      'listens      https 192.0.2.1:8443 (TLS)',
      'listens      admin /run/streampump/admin.sock',
      'certificate  https: CN=relay, 4 days left',
    ]),
  );
  expect(text.find((line) => line.startsWith('config read'))).toMatch(/could not be used/);
  expect(text.slice(-5)).toEqual([
    'LOAD             NOW     LIMIT  USED',
    'sessions         204    65,280   0 %',
    'pending        1,700     2,000  85 %',
    'sent      620 Mbit/s  1 Gbit/s  62 %',
    'resident     256 MiB         -',
  ]);
});

test.for([
  [79, 100, undefined],
  [80, 100, 'warning'],
  [95, 100, 'bad'],
  [5, null, undefined],
  [5, 0, undefined],
] as const)('%s of %s is shown as %s', ([now, limit, tone]) => {
  expect(loadTone({ name: 'sessions', now, limit })).toBe(tone);
});

test('for programs it is what the relay answers, with whatever else that has', async () => {
  const answer = { ...relayAnswer, somethingNew: [1] };
  await using admin = await ScriptedApi.start({ 'GET relay': { json: answer } });
  const call = ctlCall(admin, { isJson: true });
  await showStatus(call);
  expect(call.values).toEqual([answer]);
  expect(call.written).toEqual([]);
});

test.each([
  [{}, ['house        linked to fleet at https://house.example since 2026-03-01 11:00']],
  [
    { state: 'waiting', name: null, since: null, lastError: 'ECONNREFUSED' } as const,
    ['house        no link to https://house.example: ECONNREFUSED'],
  ],
  [{ configProblem: 'r2: streams.0: wrong' }, ['house config  not in use: r2: streams.0: wrong']],
])('says how it is with the house: %j', (more, lines) => {
  const house = {
    ...({
      url: 'https://house.example',
      id: 'north',
      state: 'linked',
      name: 'fleet',
      lastError: null,
    } as const),
    ...{ since: '2026-03-01T11:00:00Z', reconnects: 0, revision: 'r1', configProblem: null },
    ...more,
  };
  const text = plainText(statusLines({ ...relayAnswer, house }, nowMs, 80)).map((one) =>
    one.replace(/ {2,}/g, '  '),
  );
  for (const wanted of lines) {
    const [start = ''] = wanted.replace(/ {2,}/g, '  ').split(' since ');
    expect(
      text.some((one) => one.startsWith(start)),
      start,
    ).toBe(true);
  }
  expect(plainText(statusLines(relayAnswer, nowMs, 80)).join()).not.toContain('house');
});
