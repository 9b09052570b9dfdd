import { expect, test } from 'vitest';
import { z } from 'zod';
import { shapeOf } from '../../src/config/setting-schema.ts';
import { operations } from '../../src/service/house/api/operations.ts';
import { houseEventSchemas, houseEventTypes } from '../../src/service/house/api/schemas/event.ts';
import { quoted, readText, tableRows } from '../support/markdown.ts';

const page = readText('docs/house-api.md');
const documented = operations.filter(({ id }) => id !== undefined);

/** The names in the first cell of each row of a table. */
function namesIn(heading: string): string[] {
  return tableRows(page, heading).flatMap(([cell = '']) =>
    [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name),
  );
}

function listed(path: string): (typeof documented)[number] | undefined {
  return documented.find((one) => one.method === 'GET' && one.path === path);
}

test('every request has its row with who may do it and what it does, and every row its request', () => {
  const rows = tableRows(page, 'request').map(([request, may, what]) => [quoted(request), quoted(may), what]);
  expect(rows).toEqual(
    documented.map(({ method, path, may, summary }) => [`${method} ${path}`, may, summary]),
  );
});

test.each(['relay', 'player'])('every parameter and field of a %s has its row', (noun) => {
  const { query, answers } = listed(`/api/v1/${noun}s`) ?? {};
  expect(namesIn(`parameter of ${noun}s`).sort()).toEqual(Object.keys(query ? shapeOf(query) : {}).sort());
  const { items } = shapeOf(answers?.[200]?.schema ?? z.object({}));
  const fields = items instanceof z.ZodArray ? Object.keys(shapeOf(items.element as z.ZodType)) : [];
  expect(namesIn(`field of a ${noun}`)).toEqual(fields);
});

test('every type of event has its row, with each of its facts', () => {
  expect(namesIn('event of a house')).toEqual([...houseEventTypes]);
  const rows = tableRows(page, 'event of a house');
  for (const [type, schema] of Object.entries(houseEventSchemas)) {
    const [, , told = ''] = rows.find(([name]) => quoted(name) === type) ?? [];
    const facts = Object.keys(shapeOf(schema)).filter((name) => name !== 'at' && name !== 'what');
    for (const fact of facts) expect(told, `${type} ${fact}`).toContain(`\`${fact}\``);
  }
});
