import { expect, test } from 'vitest';
import { programVariableName, programVariables } from '../../src/config/hooks/exec-arguments.ts';
import { houseSettings } from '../../src/config/house/house-settings.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { namedSettings } from '../../src/config/setting-schema.ts';
import { configVariable, tokenFileVariable, variableName } from '../../src/config/sources/environment.ts';
import { readPages, readText } from '../support/markdown.ts';
import { settingRows } from '../support/setting-rows.ts';
import { settingMeanings, settingsPage } from '../support/settings-page.ts';

const services = [
  { page: 'docs/settings.md', schema: relaySettings },
  { page: 'docs/house-settings.md', schema: houseSettings },
];
const schemas = services.map(({ schema }) => schema);

test.for(services)(
  '$page has every setting with its default and its values: npm run settings writes it',
  async ({ page, schema }) => {
    await expect(settingsPage(schema, readText(page))).toMatchFileSnapshot(`../../${page}`);
  },
);

test.for(services)('every setting of $page has its meaning', ({ page, schema }) => {
  const meanings = settingMeanings(readText(page));
  expect(meanings.map(([path]) => path).sort()).toEqual(
    settingRows(schema)
      .map(({ path }) => path)
      .sort(),
  );
  for (const [path, meaning] of meanings)
    expect([path, meaning]).toEqual([path, expect.stringMatching(/\w{3}.*\.$/)]);
});

test('every variable that the docs name stands for a setting, a file that a command reads or what a program gets', () => {
  const known = new Set([
    configVariable,
    tokenFileVariable,
    ...programVariables.map(programVariableName), // what a program gets, and the relay does not
    ...schemas.flatMap((schema) => namedSettings(schema)).map(({ path }) => variableName(path)),
  ]);
  const named = readPages().flatMap(({ text }) => text.match(/\bSTREAMPUMP_[A-Z0-9_]*[A-Z0-9]/g) ?? []);
  expect(named.length).toBeGreaterThan(0);
  for (const variable of named) expect(known).toContain(variable);
});

test('every setting that the docs name in backquotes is one', () => {
  const paths = schemas.flatMap(settingRows).map(({ path }) => path);
  const named = schemas.flatMap((schema) => namedSettings(schema)).map(({ path }) => path);
  const sections = new Set(named.map(([section]) => section));
  const known = new Set([...paths, ...named.map((path) => path.join('.'))]);
  for (const { path: page, text } of readPages()) {
    const quoted = text.matchAll(/`([a-z][A-Za-z]*(?:\[\])?(?:\.[a-z][A-Za-z]*)+)`/g);
    for (const [, name = ''] of quoted) {
      const isSetting = sections.has(name.replace(/[.[].*/, '')) && !/\.(?:ts|md|json)$/.test(name);
      if (isSetting) expect(known, `${name} in ${page}`).toContain(name);
    }
  }
});
