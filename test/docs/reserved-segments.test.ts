import { expect, test } from 'vitest';
import { reservedSegments } from '../../src/stream/stream-key.ts';
import { readText } from '../support/markdown.ts';

test('the first segments that no stream key has are those that docs/clients.md lists', () => {
  const [, list = ''] =
    /^(\d+\. .*) are reserved for the relay's own pages/m.exec(readText('docs/clients.md')) ?? [];
  expect([...list.matchAll(/`([^`]+)`/g)].map(([, segment]) => segment)).toEqual([...reservedSegments]);
});
