import { expect, test } from 'vitest';
import { showSession, showSessions } from '../../../../src/commands/ctl/looking/sessions.ts';
import { sessionAnswer } from '../../../support/ctl-answers.ts';
import { ctlCall } from '../../../support/ctl-call.ts';
import { ScriptedApi } from '../../../support/scripted-api.ts';

const sessions = [
  sessionAnswer('c1', { role: 'publisher', client: 'OBS', receivedBitsPerSecond: 3e6, sentBitsPerSecond: 0 }),
  sessionAnswer('c2', {
    lagging: true,
    backlogBytes: 2 ** 20,
    droppedFrames: 312,
    tls: true,
    identity: 'ann',
  }),
];

test('asks with every filter and shows all that has room', async () => {
  await using admin = await ScriptedApi.start({
    'GET sessions': { json: { items: sessions, next: 'c2' } },
  });
  const filter = {
    stream: 'live/**',
    role: 'player',
    protocol: 'rtmp',
    address: '192.0.2.0/24',
    identity: 'ann',
  };
  const call = ctlCall(admin);
  await showSessions(call, { ...filter, limit: 2 });
  expect(admin.asked).toMatchObject([{ query: { ...filter, limit: '2' } }]);
  const [heading = '', publisher, player] = call.written;
  expect(heading.split(/ {2,}/)).toEqual(
    'ID ROLE STREAM ADDRESS PROTOCOL IDENTITY IN OUT BACKLOG DROPPED FOR CLIENT'.split(' '),
  );
  expect(publisher).toMatch(
    /^c1 +publisher +live\/cam1 +198\.51\.100\.20 +rtmp +- +3\.00 Mbit\/s +0 bit\/s.* OBS$/,
  );
  expect(player).toMatch(/^c2 +player +.* rtmp TLS +ann +.* 1\.00 MiB +312 /);
  expect(call.notes).toEqual(['the first 2 sessions: there are more']);

  const narrow = ctlCall(admin, { width: 60 });
  await showSessions(narrow, { limit: 2 });
  expect(Math.max(...narrow.written.map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(narrow.written[0]).toMatch(/^ID +ROLE +STREAM +ADDRESS +OUT$/);
});

test('says so where there is none, beside the output', async () => {
  await using admin = await ScriptedApi.start({ 'GET sessions': { json: { items: [], next: null } } });
  const call = ctlCall(admin);
  await showSessions(call, {});
  await showSessions(call, { role: 'relay' });
  expect(call.notes).toEqual(['no sessions', 'no sessions match']);
  expect(call.written).toEqual([]);
});

test('shows everything about one session, with units', async () => {
  await using admin = await ScriptedApi.start({
    'GET sessions/c2': {
      json: { ...sessions[1], streams: ['live/cam1', 'live/cam2'], via: null, backlogMs: 2840 },
    },
  });
  const call = ctlCall(admin);
  await showSession(call, 'c2');
  expect(call.written).toEqual(
    expect.arrayContaining([
      'id                     c2',
      'lagging                true',
      'backlogBytes           1.00 MiB',
      'backlogMs              2,840 ms',
      'sentBitsPerSecond      3.00 Mbit/s',
      'streams                live/cam1, live/cam2',
      'via                    -',
    ]),
  );
});
