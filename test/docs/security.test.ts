import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readText, root, tableRows } from '../support/markdown.ts';

test('every threat has what stops it and a test that is there', () => {
  const threats = tableRows(readText('SECURITY.md'), 'who');
  expect(threats.length).toBeGreaterThan(10);
  for (const [who, may, stops, tests = ''] of threats) {
    for (const cell of [who, may, stops]) expect(cell).toMatch(/\w{3}/);
    const files = [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file);
    expect(files.length, may).toBeGreaterThan(0);
    for (const file of files) expect([file, existsSync(join(root, file))]).toEqual([file, true]);
  }
});

test('every object that lasts has a cost, a bound and a place where it is seen', () => {
  const objects = tableRows(readText('docs/security.md'), 'object');
  expect(objects.length).toBeGreaterThan(10);
  for (const [object, who, cost, connection, stream, all, metric] of objects) {
    for (const cell of [who, cost, metric]) expect(cell, object).toMatch(/\w.*\w/);
    expect(`${connection}${stream}${all}`, object).toMatch(/\w/);
  }
});
