/** How many choices of a relay one core makes in a second, with 1,000 relays that serve 10,000 networks. */
import { test } from 'vitest';
import { FleetChooser } from '../../src/service/house/choosing/fleet-chooser.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { FakeFleet, FakeRoster, rosterEntry, seeded } from '../../test/support/fleet-scene.ts';

const RELAYS = 1000;
const NETWORKS_EACH = 10;
const CHOICES = 1000;

/** Each relay serves ten networks of its own with a high priority, and everybody with a low one. @param places - at each relay */
function chooserOf(places: number): FleetChooser {
  const networks = (at: number) =>
    Array.from({ length: NETWORKS_EACH }, (_, n) => {
      const number = at * NETWORKS_EACH + n;
      return { cidr: `10.${number >> 8}.${number & 255}.0/24`, priority: 4 };
    });
  const everybody = [
    { cidr: '0.0.0.0/0', priority: 0 },
    { cidr: '::/0', priority: 0 },
  ];
  const limits = { players: places, sentBitsPerSecond: null };
  const entries = Array.from({ length: RELAYS }, (_, at) =>
    rosterEntry(`relay-${at}`, { networks: [...networks(at), ...everybody], limits }),
  );
  const clock = new FakeClock();
  const fleet = new FakeFleet(clock);
  for (const { id } of entries) fleet.says(id);
  const settings = { offlineAfterMs: 10_000, stickyMs: 60_000, reserveMs: 10_000, defaultRelay: null };
  const store = { house: 'here', isThere: true, tell: () => {}, hear: () => () => {} };
  const roster = new FakeRoster(entries);
  return new FleetChooser(settings, { ...{ roster, fleet, store, clock, random }, wallMs: Date.now });
}

const random = seeded(1);
const roomy = chooserOf(2 ** 40);
const full = chooserOf(0);

function chooseMany(chooser: FleetChooser, addressOf: () => string): void {
  for (let at = 0; at < CHOICES; at++)
    chooser.choose({ verb: 'play', stream: 'live/a', address: addressOf(), way: 'http-flv' });
}

const below = (most: number): number => Math.floor(random() * most);
const near = (): string => `10.${below(39)}.${below(256)}.${below(256)}`;
const far = (): string => `203.${below(256)}.${below(256)}.${below(256)}`;
const six = (): string => `2001:db8:${below(65_536).toString(16)}::${(1 + below(65_535)).toString(16)}`;

const works: Readonly<Record<string, () => void>> = {
  'a relay of its network': () => chooseMany(roomy, near),
  'any of all relays': () => chooseMany(roomy, far),
  'any of all relays, IPv6': () => chooseMany(roomy, six),
  'the same client again': () => chooseMany(roomy, () => '10.1.2.3'),
  'all relays are full': () => chooseMany(full, near),
};

test('choices of a relay', { timeout: 120_000 }, async ({ bench }) => {
  const results = await bench.compare(...Object.entries(works).map(([name, work]) => bench(name, work)));
  const lines = Object.keys(works).map((name) => {
    const { p50, p99 } = results.get(name).latency;
    return row(name, Math.round((CHOICES / p50) * 1000).toLocaleString('en'), micros(p50), micros(p99));
  });
  console.log([row('1,000 relays, 10,000 networks', 'a second', 'us, p50', 'us, p99'), ...lines].join('\n'));
});

function micros(latencyMs: number): string {
  return ((latencyMs * 1000) / CHOICES).toFixed(2);
}

function row(name: string, ...figures: readonly string[]): string {
  return [name.padEnd(30), ...figures.map((figure) => figure.padStart(9))].join(' ');
}
