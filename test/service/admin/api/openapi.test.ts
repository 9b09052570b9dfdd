import { BaseResolver, createConfig, lintDocument, makeDocumentFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { openApiOf } from '../../../../src/service/admin/api/openapi.ts';
import type { Operation } from '../../../../src/service/admin/api/operation.ts';
import { operations } from '../../../../src/service/admin/api/operations.ts';
import { operations as houseOperations } from '../../../../src/service/house/api/operations.ts';

/** What a linter finds wrong with the document of these operations; nothing is fetched. */
async function problemsOf(described: readonly Operation[]): Promise<readonly (readonly unknown[])[]> {
  const document = makeDocumentFromString(JSON.stringify(openApiOf(described, 'relay')), 'openapi.json');
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintDocument({ document, config, externalRefResolver: new BaseResolver() });
  return problems.map(({ ruleId, location }) => [ruleId, location[0]?.pointer]);
}

test('the document of all operations is a good one', async () => {
  expect(await problemsOf(operations)).toEqual([]);
});

test('so is that of a house', async () => {
  expect(await problemsOf(houseOperations as readonly unknown[] as readonly Operation[])).toEqual([]);
});

test('the linter finds what is wrong with a document', async () => {
  const twice = operations.filter(({ path }) => path === '/api/v1/relay');
  const renamed = twice.map((one) => ({ ...one, path: '/api/v1/other' }));
  const rules = (await problemsOf([...operations, ...renamed])).map(([rule]) => rule);
  expect(rules).toContain('operation-operationId-unique');
});

test('every operation of the API is in it, with who may and what goes wrong', () => {
  const { paths } = openApiOf(operations, 'relay') as {
    readonly paths: Record<
      string,
      Record<string, { readonly responses: object; readonly parameters: object[] }>
    >;
  };
  for (const { method, path, may } of operations.filter(({ path: one }) => one.startsWith('/api/'))) {
    const described = paths[path]?.[method.toLowerCase()];
    expect(described, `${method} ${path}`).toBeDefined();
    expect(Object.keys(described?.responses ?? {})).toEqual(
      expect.arrayContaining(['400', '401', '403', '421', '500']),
    );
    if (may === 'operate') expect(described).toMatchObject({ security: [{ token: [] }] });
  }
});
