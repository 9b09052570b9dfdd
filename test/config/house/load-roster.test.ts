import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadRoster } from '../../../src/config/house/load-roster.ts';
import { ConfigError } from '../../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'streampump-roster-'));
const file = join(folder, 'roster.json');
afterAll(() => rmSync(folder, { recursive: true }));

const KEY = 'a-key-that-nobody-may-read';

/** A roster from what a test says of its relays. */
function load(entries: unknown) {
  writeFileSync(file, typeof entries === 'string' ? entries : JSON.stringify(entries, null, 1));
  return loadRoster(file);
}

/** The faults of a roster, without the name of the file. */
function faultsOf(entries: unknown): readonly string[] {
  try {
    load(entries);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain(KEY);
    return error.message.split('\n').map((line) => line.replace(`${file}: `, ''));
  }
  return [];
}

const relay = (id: string, more: object = {}) => ({ id, key: KEY, ...more });

test('a relay of which only id and key are said has the defaults', () => {
  expect(load([relay('a')])).toEqual([
    {
      ...{ id: 'a', title: 'a', key: KEY, auth: 'key', parent: null, networks: [] },
      limits: { players: null, sentBitsPerSecond: null },
      urls: { rtmp: null, rtmps: null, http: null, https: null, mmsh: null },
      ...{ ingest: null, proxyProtocol: false, enabled: true },
    },
  ]);
});

test('the roster that is delivered as an example can be read, and names every setting', () => {
  const [first, ...others] = loadRoster(new URL('../../../roster.json.example', import.meta.url).pathname);
  expect(first).toMatchObject({ id: 'origin1', parent: null });
  expect(others.length).toBeGreaterThan(1);
});

test('comments and commas at the end are no faults, slashes at the end of addresses do not count', () => {
  const [entry] = load(`[ // one relay
    {"id": "a", "title": "Ottawa", "key": "${KEY}", "urls": {"http": "http://a.example.org:8080/live/", "rtmp": "rtmp://a.example.org/",},},
  ]`);
  expect(entry).toMatchObject({
    title: 'Ottawa',
    urls: { http: 'http://a.example.org:8080/live', rtmp: 'rtmp://a.example.org' },
  });
});

test.each([
  {
    what: 'a duplicate id',
    entries: `[{"id": "a", "key": "${KEY}"},\n {"id": "a", "key": "${KEY}"}]`,
    faults: ['line 2, column 3: 1.id: a is the id of entry 0 already, and an id is for one relay'],
  },
  {
    what: 'an unknown parent',
    entries: `[{"id": "a", "key": "${KEY}",\n "parent": "b"}]`,
    faults: ['line 2, column 2: 0.parent: b is not the id of a relay in this roster'],
  },
  {
    what: 'a cycle',
    entries: `[{"id": "x", "key": "${KEY}", "parent": "a"},
{"id": "a", "key": "${KEY}", "parent": "b"},
{"id": "b", "key": "${KEY}", "parent": "a"}]`,
    faults: [/^line 2, column \d+: 1.parent: a relay cannot pull from itself: a -> b -> a$/],
  },
  {
    what: 'a relay that is its own parent',
    entries: [relay('a', { parent: 'a' })],
    faults: [/0.parent: a relay cannot pull from itself: a -> a$/],
  },
  {
    what: 'host bits',
    entries: [relay('a', { networks: [{ cidr: '10.1.3.7/24' }] })],
    faults: [/0.networks.0.cidr: expected a network without host bits, such as 10.1.3.0\/24 or 10.1.3.7/],
  },
  {
    what: 'no network',
    entries: [relay('a', { networks: [{ cidr: 'office' }, { cidr: '10.0.0.0/33' }] })],
    faults: [
      /0.networks.0.cidr: expected a network such as/,
      /0.networks.1.cidr: expected a network such as/,
    ],
  },
  {
    what: 'a network that is given twice',
    entries: [
      relay('a', { networks: [{ cidr: '10.0.0.0/8' }, { cidr: '::ffff:10.0.0.0/104', priority: 3 }] }),
    ],
    faults: [/0.networks.1.cidr: ::ffff:10.0.0.0\/104 is given twice, first in networks.0$/],
  },
  {
    what: 'an overlap in one relay',
    entries: [
      relay('a', {
        networks: [
          { cidr: '10.1.0.0/16', priority: 4 },
          { cidr: '10.0.0.0/8', priority: 4 },
          { cidr: '0.0.0.0/0' },
        ],
      }),
    ],
    faults: [
      /0.networks.0.cidr: 10.1.0.0\/16 never counts: 10.0.0.0\/8 in networks.1 holds it, with priority 4$/,
    ],
  },
  {
    what: 'a short key',
    entries: [{ id: 'a', key: 'sesame' }],
    faults: [/0.key: expected a key of 16 to 512 characters, got \*\*\*$/],
  },
  {
    what: 'a damaged hash',
    entries: [{ id: 'a', key: 'sha256:0123' }],
    faults: [/0.key: expected sha256:, a salt and a hash, .*, got \*\*\*$/],
  },
  {
    what: 'no key',
    entries: [{ id: 'a' }, { id: 'b', auth: 'certificate' }],
    faults: [/0.key: missing, expected a key of 16 characters or more, or "auth": "certificate"$/],
  },
  {
    what: 'wrong URLs',
    entries: [
      relay('a', {
        urls: {
          rtmp: 'http://a.example.org',
          rtmps: 'rtmps://a.example.org/live',
          http: 'http://me:secret@a.example.org',
          https: 'https://a.example.org/?x',
          mmsh: 'mmsh://',
        },
      }),
    ],
    faults: [
      /urls.rtmp: expected a URL that begins with rtmp:\/\//,
      /urls.rtmps: expected a URL without a path/,
      /urls.http: expected a URL without user and password/,
      /urls.https: expected a URL without a query/,
      /urls.mmsh: expected a URL with a host/,
    ],
  },
  {
    what: 'a wrong name',
    entries: [relay('a', { network: [] })],
    faults: [/0.network: unknown setting \(did you mean networks\?\)$/],
  },
  {
    what: 'several at once',
    entries: [
      relay('a', { parent: 'zz' }),
      relay('a', { networks: [{ cidr: '1.2.3.4/8' }] }),
      { id: 'c d', key: KEY },
    ],
    faults: [
      /0.parent: zz is not/,
      /1.id: a is the id of entry 0/,
      /1.networks.0.cidr: expected/,
      /2.id: expected 1 to 64/,
    ],
  },
  { what: 'no list', entries: { id: 'a' }, faults: [/expected a list of objects/] },
  {
    what: 'no JSON',
    entries: `[{"id": "a", "key" "${KEY}"}]`,
    faults: ['line 1, column 20: expected a colon, got a text'],
  },
  { what: 'nothing', entries: '', faults: ['empty, expected at least []'] },
])('$what is a fault with its place', ({ entries, faults }) => {
  const found = faultsOf(entries);
  expect(found).toHaveLength(faults.length);
  for (const [index, fault] of faults.entries())
    expect(found[index]).toEqual(typeof fault === 'string' ? fault : expect.stringMatching(fault));
});

test('networks of one relay may hold each other where the inner one has the higher priority, and relays may share', () => {
  const networks = [
    { cidr: '::/0', priority: -1 },
    { cidr: '10.0.0.0/8', priority: 1 },
    { cidr: '10.1.0.0/16', priority: 2 },
    { cidr: '10.2.0.0/16', priority: 2 },
  ];
  expect(faultsOf([relay('a', { networks }), relay('b', { networks })])).toEqual([]);
});

test('10,000 networks and 1,000 relays in a chain are read in a time that grows with their number only', () => {
  const networks = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      cidr: `10.${index >> 8}.${index & 255}.0/24`,
      priority: index % 5,
    }));
  const chain = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      relay(`r${index}`, index === 0 ? {} : { parent: `r${index - 1}` }),
    );
  const spent = (entries: unknown) => {
    const before = process.cpuUsage();
    load(entries);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const roster = (share: number) => [
    ...chain(1000 / share),
    relay('wide', { networks: networks(10_000 / share) }),
  ];
  spent(roster(10)); // so that both are compiled
  const tenth = spent(roster(10));
  expect(spent(roster(1))).toBeLessThan(40 * tenth);
});
