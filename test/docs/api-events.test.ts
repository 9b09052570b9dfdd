import { expect, test } from 'vitest';
import { shapeOf } from '../../src/config/setting-schema.ts';
import { operations } from '../../src/service/admin/api/operations.ts';
import { eventSchemas, eventTypes } from '../../src/service/admin/api/schemas/event.ts';
import { explanationSchema } from '../../src/service/admin/api/schemas/explanation.ts';
import { hookSchema } from '../../src/service/admin/api/schemas/hook.ts';
import { findingTopics, type StreamExplanation } from '../../src/service/admin/relay-status.ts';
import { codeBlocks, readText, tableRows } from '../support/markdown.ts';

const page = readText('docs/api.md');

/** The names in a table, and what stands behind them. */
function namesIn(heading: string): string[] {
  return tableRows(page, heading).map(([name = '']) => name.replaceAll('`', ''));
}

/** The JSON of a section's example. */
function exampleOf(section: string): unknown {
  const [, text = ''] = page.split(`\n## ${section}\n`);
  return JSON.parse(codeBlocks(text).find(({ info }) => info === 'json answer')?.text ?? '');
}

test('every field of a hook has its row, and its place in the example', () => {
  const names = Object.keys(shapeOf(hookSchema));
  expect(namesIn('of a hook')).toEqual(names);
  const { items } = exampleOf('Hooks') as { readonly items: readonly object[] };
  expect(Object.keys(items[0] ?? {})).toEqual(names);
  expect(hookSchema.safeParse(items[0]).error).toBeUndefined();
});

test('everything that a finding can be about has its row, and the example is one', () => {
  expect(namesIn('about')).toEqual([...findingTopics]);
  const example = exampleOf('Why') as StreamExplanation;
  expect(explanationSchema.safeParse(example).error).toBeUndefined();
  expect(example.findings.length).toBeGreaterThan(3);
});

test('every type of event has its row, with each of its facts', () => {
  expect(namesIn('event')).toEqual([...eventTypes]);
  const rows = new Map(
    tableRows(page, 'event').map(([name = '', what, facts]) => [name, `${what} ${facts}`]),
  );
  for (const [type, schema] of Object.entries(eventSchemas)) {
    const told = rows.get(`\`${type}\``) ?? '';
    const facts = Object.keys(shapeOf(schema)).filter((name) => name !== 'at' && name !== 'what');
    for (const fact of facts) expect(told, `${type} ${fact}`).toContain(`\`${fact}\``);
  }
});

test('every parameter of the events has its row', () => {
  const { query } = operations.find(({ id }) => id === 'followEvents') ?? {};
  expect(namesIn('you say')).toEqual(query === undefined ? [] : Object.keys(shapeOf(query)));
});
