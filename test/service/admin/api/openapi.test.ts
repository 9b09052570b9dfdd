import { createConfig, lintDocument, makeDocumentFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { openApiOf } from '../../../../src/service/admin/api/openapi.ts';
import { operations } from '../../../../src/service/admin/api/operations.ts';

test('the document of all operations is a good one', async () => {
  const document = makeDocumentFromString(JSON.stringify(openApiOf(operations)), 'openapi.json');
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintDocument({
    document,
    config,
    externalRefResolver: new (await import('@redocly/openapi-core')).BaseResolver(),
  });
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual(
    [],
  );
});
