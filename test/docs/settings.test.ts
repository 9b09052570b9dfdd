import { expect, test } from 'vitest';
import { variableName } from '../../src/config/environment.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { namedSettings } from '../../src/config/setting-schema.ts';
import { quoted, readPages, readText, tableRows } from '../support/markdown.ts';
import { settingRows } from '../support/setting-rows.ts';

const rows = tableRows(readText('README.md'), 'setting');

test('the README has every setting with its default and its values, in order, and no other', () => {
  const documented = rows.map(([path, value = '', values = '']) => ({
    path: quoted(path),
    default: quoted(value) ?? value,
    values: values.replaceAll('`', ''),
  }));
  expect(documented).toEqual(settingRows(relaySettings));
});

test('every setting has its meaning', () => {
  for (const [path, , , meaning] of rows)
    expect([path, meaning]).toEqual([path, expect.stringMatching(/\w{3}/)]);
});

test('sizes beside a default are that default', () => {
  for (const [path, value = ''] of rows) {
    const [, mebibytes] = /\((\d+) MiB\)/.exec(value) ?? [];
    if (mebibytes !== undefined)
      expect([path, quoted(value)]).toEqual([path, String(Number(mebibytes) * 2 ** 20)]);
  }
});

test('every variable that the docs name stands for a setting', () => {
  const known = new Set(namedSettings(relaySettings).map(({ path }) => variableName(path)));
  const named = readPages().flatMap(({ text }) => text.match(/\bSTREAMPUMP_[A-Z0-9_]*[A-Z0-9]/g) ?? []);
  expect(named.length).toBeGreaterThan(0);
  for (const variable of named) expect(known).toContain(variable);
});

test('every setting that the docs name in backquotes is one', () => {
  const paths = settingRows(relaySettings).map(({ path }) => path);
  const sections = new Set(namedSettings(relaySettings).map(({ path }) => path[0]));
  const known = new Set([...paths, ...namedSettings(relaySettings).map(({ path }) => path.join('.'))]);
  for (const { path: page, text } of readPages()) {
    const named = text.matchAll(/`([a-z][A-Za-z]*(?:\[\])?(?:\.[a-z][A-Za-z]*)+)`/g);
    for (const [, name = ''] of named) {
      const isSetting = sections.has(name.replace(/[.[].*/, '')) && !/\.(?:ts|md|json)$/.test(name);
      if (isSetting) expect(known, `${name} in ${page}`).toContain(name);
    }
  }
});
