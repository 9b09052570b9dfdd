import { expect, test } from 'vitest';
import { logEvents } from '../../src/log-events.ts';
import { connectOutcomes } from '../../src/service/relay/connect-counts.ts';
import { WORKER_DIED } from '../../src/service/relay/measuring/label-values.ts';
import { playerLeftReasons } from '../../src/session/session.ts';
import { readSourceFiles } from '../support/import-rules.ts';
import { quoted, readText, root, tableRows } from '../support/markdown.ts';

const logPage = readText('docs/log.md');

/** Everything in backquotes in a cell. */
function allQuoted(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]*)`/g)].map(([, text = '']) => text);
}

test('every event has its row in docs/log.md with all of its fields, and every row its event, in the same order', () => {
  const rows = tableRows(logPage, 'event').map(([event, fields]) => [quoted(event), allQuoted(fields)]);
  expect(rows).toEqual(Object.entries(logEvents).map(([event, fields]) => [event, [...fields]]));
});

test('every row says what the event means', () => {
  for (const [event, , meaning] of tableRows(logPage, 'event')) expect(meaning, event).toMatch(/\w.*\.$/);
});

test('every event is written somewhere', () => {
  const sources = readSourceFiles(root, ['src']).filter(({ path }) => path !== 'src/log-events.ts');
  const text = sources.map((source) => source.text).join('\n');
  const unwritten = Object.keys(logEvents).filter((event) => !text.includes(`'${event}'`));
  expect(unwritten).toEqual([]);
});

test('the example has the fields that it should have', () => {
  const [, json = ''] = /```json answer\n([\s\S]*?)```/.exec(logPage) ?? [];
  const names = [
    ...tableRows(logPage, 'field').map(([name]) => quoted(name)), // the first table
    'connection',
    'peer',
    'protocol',
    'client',
    ...logEvents.unpublish,
  ];
  const present = names.filter((name) => name !== 'worker');
  expect(Object.keys(JSON.parse(json)).sort()).toEqual(present.sort());
});

test('every reason for an end is in docs/log.md, and no other', () => {
  const tries = connectOutcomes.filter((outcome) => outcome !== 'ok' && outcome !== 'cancelled');
  const ofPulls = ['unwanted', 'reconfigured'];
  const real = [...playerLeftReasons, 'replaced', WORKER_DIED, ...tries, ...ofPulls];
  const documented = tableRows(logPage, 'reason').map(([reason]) => quoted(reason));
  expect(documented.sort()).toEqual([...new Set(real)].sort());
});
