import { expect, test } from 'vitest';
import { shapeOf } from '../../src/config/setting-schema.ts';
import { operations } from '../../src/service/admin/api/operations.ts';
import { media } from '../support/fake-media.ts';
import { codeBlocks, readText, tableRows } from '../support/markdown.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const page = readText('docs/api.md');
const blocks = codeBlocks(page);

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The examples of the page: what is asked for, and the answer. */
const examples = blocks.flatMap(({ info, text }, index) => {
  const [, path = ''] = /localhost:9935([^'\s]*)/.exec(text) ?? [];
  const answer = blocks[index + 1];
  return info === 'console' && answer?.info === 'json answer'
    ? [{ path, answer: JSON.parse(answer.text) as Record<string, Json> }]
    : [];
});

/** Names and types of all that is in a value; null may stand for anything that there is not. */
function outlineOf(value: Json): unknown {
  if (value === null) return expect.anything();
  if (Array.isArray(value)) return value.slice(0, 1).map(outlineOf);
  if (typeof value !== 'object') return expect.any(Object(value).constructor);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, outlineOf(each)]));
}

/** The value with something in the place of null. */
function withoutNull(value: Json): unknown {
  if (value === null) return 0;
  if (Array.isArray(value)) return value.slice(0, 1).map(withoutNull);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutNull(each)]));
}

test('there is an example of each list', () => {
  expect(examples.map(({ path }) => path.split('?')[0])).toEqual(['/api/v1/streams', '/api/v1/sessions']);
});

test.each(examples)(
  '$path answers with the fields of the example, in its order',
  async ({ path, answer }) => {
    await using relay = await startRelay();
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/cam1');
    publisher.sendMedia(...media('M1@0 VH1@0 AH1@0 K1@0 A2@10 P3@40'));
    await using player = TestPlayer.play(relay.port('rtmp'), 'live/cam1');
    await using another = TestPlayer.play(relay.port('rtmp'), 'live/cam1');
    await Promise.all([player, another].map((one) => one.mediaOf(3)));
    const real = (await (await fetch(relay.adminUrl(path))).json()) as Record<string, Json>;
    expect(withoutNull(real)).toEqual(outlineOf(answer));
    const [list = ''] = Object.keys(answer);
    const fields = (lists: Record<string, Json>): string[] =>
      (lists[list] as readonly Record<string, Json>[]).flatMap((entry) => Object.keys(entry));
    expect(fields(real)).toEqual(fields(answer));
  },
);

test('every field of the examples has its row, and every row its field', () => {
  const tables = page.split('\n## ').map((section) => tableRows(section, 'field'));
  const documented = tables
    .filter(({ length }) => length > 0)
    .map((rows) => rows.flatMap(([names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name)));
  const shown = examples.map(({ answer }) => {
    const entries = answer['items'] as readonly Record<string, Json>[];
    return Object.keys(entries[0] ?? {});
  });
  expect(documented).toEqual(shown);
});

test('every parameter has its row, with the lists that know it', () => {
  const rows = tableRows(page, 'parameter').map(([name = '', lists]) => [name.replaceAll('`', ''), lists]);
  const parametersOf = (path: string): string[] => {
    const { query } = operations.find((one) => one.method === 'GET' && one.path === path) ?? {};
    return query === undefined ? [] : Object.keys(shapeOf(query));
  };
  const [ofStreams, ofSessions] = ['/api/v1/streams', '/api/v1/sessions'].map(parametersOf);
  expect(rows).toEqual(ofSessions?.map((name) => [name, ofStreams?.includes(name) ? 'all' : 'sessions']));
});
