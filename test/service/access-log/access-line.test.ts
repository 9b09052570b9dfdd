import { expect, test } from 'vitest';
import type { AccessEntry } from '../../../src/service/access-log/access-entry.ts';
import { accessLines } from '../../../src/service/access-log/access-line.ts';

/** What web servers write, and what reads it takes apart. */
const COMBINED = /^(\S+) - (\S+) \[([^\]]+)\] "([^"]*)" (\d{3}) (\d+) "([^"]*)" "([^"]*)"\n$/;

function entry(facts: Partial<AccessEntry> = {}): AccessEntry {
  return {
    endedAt: new Date('2026-03-01T18:00:12.345Z'),
    ...{ connection: 'w1c7', role: 'player', protocol: 'http-flv', isTls: true, address: '2001:db8::1' },
    ...{ via: undefined, identity: 'anna', stream: { key: 'live/cam1', query: 'start=live' } },
    ...{ client: 'VLC/3.0', seconds: 3605.1234, bytes: 77, firstMediaMs: 12, droppedFrames: 3 },
    ...{ isLagging: false, reason: 'closed', status: 200 },
    ...facts,
  };
}

test('a line of JSON has all that is known', () => {
  expect(JSON.parse(accessLines.json(entry(), 'edge1'))).toEqual({
    ...{ time: '2026-03-01T18:00:12.345Z', relay: 'edge1', connection: 'w1c7', address: '2001:db8::1' },
    ...{ via: null, identity: 'anna', role: 'player', protocol: 'http-flv', tls: true, stream: 'live/cam1' },
    ...{ query: 'start=live', client: 'VLC/3.0', seconds: 3605.123, bytes: 77, firstMediaMs: 12 },
    ...{ droppedFrames: 3, lagging: false, reason: 'closed', status: 200 },
  });
});

test.for([
  {
    name: 'a play over HTTP',
    facts: {},
    fields: [
      '2001:db8::1',
      'anna',
      '01/Mar/2026:18:00:12 +0000',
      'GET /live/cam1.flv?start=live HTTP/1.1',
      '200',
      '77',
      '-',
      'VLC/3.0',
    ],
  },
  {
    name: 'a publication over RTMP',
    facts: { role: 'publisher', protocol: 'rtmp', stream: { key: 'live/ä b?#"', query: '' } } as const,
    fields: [
      '2001:db8::1',
      'anna',
      '01/Mar/2026:18:00:12 +0000',
      'POST /live/%C3%A4%20b%3F%23%22 HTTP/1.1',
      '200',
      '77',
      '-',
      'VLC/3.0',
    ],
  },
  {
    name: 'a connection that asked for nothing',
    facts: { stream: undefined, identity: undefined, client: '', status: 499 },
    fields: ['2001:db8::1', '-', '01/Mar/2026:18:00:12 +0000', '-', '499', '77', '-', '-'],
  },
])('$name is a line that tools of web servers read', ({ facts, fields }) => {
  expect(COMBINED.exec(accessLines.combined(entry(facts), 'edge1'))?.slice(1)).toEqual(fields);
});

test('whatever peers say, a line stays one line and its fields where they are', () => {
  const evil = 'a"b\\c\n127.0.0.1 - - "\u202e\u0000 d';
  const forged = entry({ identity: evil, client: evil, stream: { key: evil, query: `x=${evil}` } });
  const combined = accessLines.combined(forged, 'edge1');
  const [, user, , request, , , , client] = COMBINED.exec(combined)?.slice(1) ?? [];
  expect(combined).not.toMatch(/[\p{Cc}\p{Cf}](?!$)/u);
  expect(user).not.toContain(' ');
  expect(request).toMatch(/^GET \/\S+ HTTP\/1\.1$/);
  expect(client).toBe('a\\x22b\\x5cc\\x0a127.0.0.1 - - \\x22\\u{202e}\\x00 d');
  const json = accessLines.json(forged, 'edge1');
  expect(json.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(json)).toMatchObject({ client: 'a"b\\c\\x0a127.0.0.1 - - "\\u{202e}\\x00 d' });
});

test('what peers can make long is cut', () => {
  const long = 'x'.repeat(100_000);
  const huge = entry({ identity: long, client: long, stream: { key: long, query: `\0${long}` } });
  for (const line of [accessLines.json(huge, 'edge1'), accessLines.combined(huge, 'edge1')])
    expect(line.length).toBeLessThan(8000);
});
