import { expect, test } from 'vitest';
import type { z } from 'zod';
import { houseSettings } from '../../src/config/house/house-settings.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { namedSettings } from '../../src/config/setting-schema.ts';
import { takeOverHouse } from '../../src/service/house/configuring/house-reload-table.ts';
import { takeOver } from '../../src/service/relay/configuring/reload-table.ts';
import { readText, tableRows } from '../support/markdown.ts';
import { settingRows } from '../support/setting-rows.ts';

const file = { certFile: '/a', keyFile: '/a' };
const listen = { rtmps: file, https: file, admin: file };

/** A page that says what a reload does, of which settings, with a config in which every section is there. */
interface ReloadPage {
  readonly page: string;
  readonly schema: z.ZodType;
  readonly running: object;
  waiting(wanted: never): readonly string[];
}

const relay = relaySettings.parse({
  listen,
  snmp: { communityFile: '/a' },
  house: { url: 'https://house.example', id: 'a', keyFile: '/a' },
  recordings: {
    folder: '/a',
    upload: { endpoint: 'https://s3.example', bucket: 'films', credentialsFile: '/a' },
  },
});
const house = houseSettings.parse({ listen });

const pages: readonly ReloadPage[] = [
  {
    page: 'docs/configuration.md',
    schema: relaySettings,
    running: relay,
    waiting: (wanted) => takeOver(relay, wanted).waiting,
  },
  {
    page: 'docs/fleet.md',
    schema: houseSettings,
    running: house,
    waiting: (wanted) => takeOverHouse(house, wanted).waiting,
  },
];

/** Whether a setting waits that has changed. */
function waits({ running, waiting }: ReloadPage, path: readonly string[]): boolean {
  const wanted = structuredClone(running) as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  let section = wanted;
  for (const name of path.slice(0, -1)) {
    const inner = section[name] as Record<string, unknown> | Record<string, unknown>[];
    section = Array.isArray(inner) ? (inner[0] ?? {}) : inner;
  }
  section[last] = 'changed';
  const found = waiting(wanted as never);
  return path.some((_, index) => found.includes(path.slice(0, index + 1).join('.'))); // a section may wait as a whole
}

test.for(pages)('$page says of every setting what a reload does with it, and of nothing else', (one) => {
  /** What the page says of settings and sections, by path. */
  const documented = new Map(
    tableRows(readText(one.page), 'setting').flatMap(([paths = '', atReload = '']) =>
      [...paths.matchAll(/`([^`]+)`/g)].map(([, path = '']): [string, string] => [path, atReload]),
    ),
  );
  /** What it says of a setting, or of the section that it is in. */
  const documentedFor = (path: readonly string[]): string | undefined =>
    documented.get(path.join('.')) ?? (path.length > 1 ? documentedFor(path.slice(0, -1)) : undefined);
  const named = namedSettings(one.schema).map(({ path }) => path);
  const isSection = (path: readonly string[]): boolean =>
    named.some((other) => other.length > path.length && path.every((name, i) => other[i] === name));
  const settings = named.filter((path) => !isSection(path));
  expect(settings.length).toBeGreaterThan(settingRows(one.schema).length / 2);
  for (const path of settings) {
    const expected = waits(one, path) ? 'waits for a restart' : 'applies';
    expect([path.join('.'), documentedFor(path)]).toEqual([path.join('.'), expected]);
  }
  const known = new Set(named.map((path) => path.join('.')));
  expect([...documented.keys()].filter((path) => !known.has(path))).toEqual([]);
});
