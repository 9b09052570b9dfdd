import { expect, test } from 'vitest';
import { createHttpServer } from '../../../src/service/listen/http-listener.ts';
import { ComplianceScene } from '../../support/compliance-scene.ts';

test('node:http ends no request or connection by times of its own: a push lasts for hours', () => {
  const server = createHttpServer({ admit: () => undefined, replace: () => {} }, new ComplianceScene().site);
  expect(server).toMatchObject({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0, timeout: 0 });
});
