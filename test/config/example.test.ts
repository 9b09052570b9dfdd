import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { houseSettings } from '../../src/config/house/house-settings.ts';
import { loadHouseConfig } from '../../src/config/house/load-house-config.ts';
import { loadRelayConfig } from '../../src/config/load-config.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { withoutWrappers } from '../../src/config/setting-schema.ts';

const file = new URL('../../relay.config.json.example', import.meta.url).pathname;
const houseFile = new URL('../../house.config.json.example', import.meta.url).pathname;
const example = JSON.parse(readFileSync(file, 'utf8'));

test('the example config says what the defaults are, after an example of a pull source and besides one of a hook', () => {
  const { streams, hooks, ...rest } = loadRelayConfig({ file, env: {} });
  const { streams: defaultStreams, hooks: defaultHooks, ...defaults } = loadRelayConfig({ env: {} });
  expect(rest).toEqual(defaults);
  expect(streams.slice(-1)).toEqual(defaultStreams);
  expect(hooks.map(({ match }) => match)).toEqual(['hooked/**']); // whoever copies the file has no hook to answer
  expect(defaultHooks).toEqual([]);
});

test('the example gives the optional settings of a pull source their defaults', () => {
  const [{ match, source }] = example.streams;
  const env = {
    STREAMPUMP_STREAMS: JSON.stringify([{ match, source: { type: 'pull', urls: source.urls } }]),
  };
  expect(loadRelayConfig({ env }).streams).toEqual(example.streams.slice(0, 1));
});

test('the example gives the optional settings of a hook their defaults', () => {
  const [{ match, events, url }] = example.hooks;
  const env = { STREAMPUMP_HOOKS: JSON.stringify([{ match, events, url }]) };
  expect(loadRelayConfig({ env }).hooks).toEqual(example.hooks);
});

test('the example config of a house says what the defaults are, after an example of a pull source', () => {
  const { streams, ...rest } = loadHouseConfig({ file: houseFile, env: {} });
  const { streams: defaultStreams, ...defaults } = loadHouseConfig({ env: {} });
  expect(rest).toEqual({ ...defaults, rosterFile: join(dirname(houseFile), 'roster.json') });
  expect(streams.slice(-1)).toEqual(defaultStreams);
});

test.for([
  { name: 'a relay', schema: relaySettings, example },
  { name: 'a house', schema: houseSettings, example: JSON.parse(readFileSync(houseFile, 'utf8')) },
])('the example config of $name names every setting', ({ schema, example }) => {
  // a rule that names every credential would let nobody in, and a token or user needs its file: docs/settings.md has them
  const named = [...namesOf(schema)].filter(
    (name) => !/^\.(?:access\.rules|admin\.tokens|snmp\.users)\[\]/.test(name),
  );
  expect(namesIn(example)).toEqual(new Set(named));
});

/** Every name in a JSON value by its path, list elements as `[]`. */
function namesIn(value: unknown, path = ''): Set<string> {
  if (Array.isArray(value)) return union(value.map((element) => namesIn(element, `${path}[]`)));
  if (typeof value !== 'object' || value === null) return new Set();
  return union(
    Object.entries(value).map(([name, inner]) => namesIn(inner, `${path}.${name}`).add(`${path}.${name}`)),
  );
}

/** Every name in a schema by its path, as `namesIn` writes it for the example, which writes listeners without a list. */
function namesOf(schema: z.ZodType, path = ''): Set<string> {
  const bare = withoutWrappers(schema);
  if (bare instanceof z.ZodArray)
    return namesOf(bare.element as z.ZodType, path.startsWith('.listen') ? path : `${path}[]`);
  if (bare instanceof z.ZodDiscriminatedUnion)
    return union((bare.options as z.ZodType[]).map((option) => namesOf(option, path)));
  if (!(bare instanceof z.ZodObject)) return new Set();
  return union(
    Object.entries(bare.shape).map(([name, inner]) =>
      namesOf(inner as z.ZodType, `${path}.${name}`).add(`${path}.${name}`),
    ),
  );
}

function union(sets: readonly Set<string>[]): Set<string> {
  return new Set(sets.flatMap((names) => [...names]));
}
