import { expect, test } from 'vitest';
import { z } from 'zod';
import { shapeOf } from '../../src/config/setting-schema.ts';
import { errorStatuses } from '../../src/service/admin/api/api-error.ts';
import { operations } from '../../src/service/admin/api/operations.ts';
import { codeBlocks, quoted, readText, tableRows } from '../support/markdown.ts';

const page = readText('docs/api.md');

/** What the OpenAPI document has. */
const documented = operations.filter(({ id }) => id !== undefined);

test('every request has its row with who may do it, and every row its request', () => {
  const rows = tableRows(page, 'request').map(([request, role]) => [quoted(request), quoted(role)]);
  const real = documented.map(({ method, path, may }) => [`${method} ${path}`, may]);
  expect(rows.sort()).toEqual(real.sort());
});

/** The names in the first cell of a row. */
function namesIn(cell = ''): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
}

/** The fields of what an operation answers, or of each item where that is a list. */
function fieldsOf(path: string): string[] {
  const { answers } = documented.find((one) => one.method === 'GET' && one.path === path) ?? {};
  const schema = answers?.[200]?.schema;
  const shape = schema === undefined ? {} : shapeOf(schema);
  const { items } = shape;
  return Object.keys(items instanceof z.ZodArray ? shapeOf(items.element as z.ZodType) : shape);
}

/** The sections with a table of fields: what is asked for there, the example and the table. */
const sections = page.split('\n## ').flatMap((text) => {
  const rows = tableRows(text, 'field');
  const [request, answer] = codeBlocks(text);
  const [, path = ''] = /localhost:9935([^'?\s]*)/.exec(request?.text ?? '') ?? [];
  if (rows.length === 0) return [];
  const example = JSON.parse(answer?.text ?? '') as Record<string, unknown>;
  return [{ path, example, rows }];
});

test('there are fields of what people look at most', () => {
  const paths = ['relay', 'streams', 'sessions', 'upstreams', 'forwards'];
  expect(sections.map(({ path }) => path)).toEqual(paths.map((name) => `/api/v1/${name}`));
});

test.each(sections)(
  'every field of $path has its row and is in the example, in order',
  ({ path, example, rows }) => {
    const fields = fieldsOf(path);
    expect(rows.flatMap(([names]) => namesIn(names))).toEqual(fields);
    const shown = Array.isArray(example['items']) ? example['items'][0] : example;
    expect(Object.keys(shown)).toEqual(fields);
  },
);

test.each(sections)('the example of $path is as its schema says', ({ path, example }) => {
  const { answers } = documented.find((one) => one.path === path) ?? {};
  expect(answers?.[200]?.schema?.parse(example)).toEqual(example);
});

test('every parameter of a list has its row, with the lists that know it', () => {
  const rows = tableRows(page, 'parameter').map(([name, lists]) => [quoted(name), lists]);
  const parametersOf = (path: string): string[] => {
    const { query } = documented.find((one) => one.method === 'GET' && one.path === path) ?? {};
    return query === undefined ? [] : Object.keys(shapeOf(query));
  };
  const [ofStreams, ofSessions] = ['/api/v1/streams', '/api/v1/sessions'].map(parametersOf);
  expect(rows).toEqual(ofSessions?.map((name) => [name, ofStreams?.includes(name) ? 'all' : 'sessions']));
});

test('every error has its row', () => {
  const rows = tableRows(page, 'error').map(([code, status]) => [quoted(code), Number(status)]);
  expect(rows).toEqual(Object.entries(errorStatuses));
});
