import { expect, test } from 'vitest';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { namedSettings } from '../../src/config/setting-schema.ts';
import { takeOver } from '../../src/service/relay/configuring/reload-table.ts';
import { readText, tableRows } from '../support/markdown.ts';
import { settingRows } from '../support/setting-rows.ts';

/** What the page says of settings and sections, by path. */
const documented = new Map(
  tableRows(readText('docs/configuration.md'), 'setting').flatMap(([paths = '', atReload = '']) =>
    [...paths.matchAll(/`([^`]+)`/g)].map(([, path = '']): [string, string] => [path, atReload]),
  ),
);

/** What the page says of a setting, or of the section that it is in. */
function documentedFor(path: readonly string[]): string | undefined {
  const name = path.join('.');
  return documented.get(name) ?? (path.length > 1 ? documentedFor(path.slice(0, -1)) : undefined);
}

/** A config in which a setting has changed, as a relay has it that runs with another. */
function waits(path: readonly string[]): boolean {
  const file = { certFile: '/a', keyFile: '/a' };
  const running = relaySettings.parse({
    listen: { rtmps: file, https: file, admin: file },
    snmp: { communityFile: '/a' },
    house: { url: 'https://house.example', id: 'a', keyFile: '/a' },
  });
  const wanted = structuredClone(running) as unknown as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  let section = wanted;
  for (const name of path.slice(0, -1)) {
    const inner = section[name] as Record<string, unknown> | Record<string, unknown>[];
    section = Array.isArray(inner) ? (inner[0] ?? {}) : inner;
  }
  section[last] = 'changed';
  return takeOver(running, wanted as never).waiting.includes(path.join('.'));
}

test('the page says of every setting what a reload does with it, and of nothing else', () => {
  const named = namedSettings(relaySettings).map(({ path }) => path);
  const isSection = (path: readonly string[]): boolean =>
    named.some((other) => other.length > path.length && path.every((name, i) => other[i] === name));
  const settings = named.filter((path) => !isSection(path));
  expect(settings.length).toBeGreaterThan(settingRows(relaySettings).length / 2);
  for (const path of settings) {
    const expected = waits(path) ? 'waits for a restart' : 'applies';
    expect([path.join('.'), documentedFor(path)]).toEqual([path.join('.'), expected]);
  }
  const known = new Set(named.map((path) => path.join('.')));
  expect([...documented.keys()].filter((path) => !known.has(path))).toEqual([]);
});
