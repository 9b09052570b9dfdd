import { expect, test } from 'vitest';
import type { z } from 'zod';
import { loadRelayConfig } from '../../../src/config/load-config.ts';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { namedSettings } from '../../../src/config/setting-schema.ts';
import { variableName } from '../../../src/config/sources/environment.ts';

/** A value of a schema, and which variant it has of each union that it went through, such as `workers: "auto"`. */
interface Sample {
  readonly value: unknown;
  readonly variants: readonly string[];
}

/** One of them is what a string that is checked may be. */
const strings = [
  ...['live/a', '192.0.2.0/24', 'rtmp://parent.example/{key}', 'rtmp://parent.example:1935/live'],
  ...['https://example.com', 'http://proxy.example:3128', 'relay.example', '::1'],
];

/** Where a token's signature is checked with: one of them is there. */
const tokenKeys = ['secret', 'secretFile', 'publicKeyFile', 'jwksFile', 'jwksUrl'];

/** By a setting that an object has, which of its settings are null where others are there: each list in turn. */
const alternatives: Readonly<Record<string, readonly (readonly string[])[]>> = {
  exec: [
    ['exec', 'secretFile'],
    ['exec', 'secret'],
  ],
  jwksUrl: tokenKeys.map((there) => tokenKeys.filter((name) => name !== there)),
};

/** Only a config file names programs. */
const ofFiles: readonly string[] = ['hooks[].exec: a value', 'hooks[].url: null'];

/** Samples of a schema that have every variant of every union in it; some may break a rule between settings. */
function samplesOf(schema: z.core.$ZodType, path: string): readonly Sample[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const variant = (name: string, samples: readonly Sample[]): readonly Sample[] =>
    samples.map(({ value, variants }) => ({ value, variants: [`${path}: ${name}`, ...variants] }));
  const plain = (...values: readonly unknown[]) => values.map((value) => ({ value, variants: [] }));
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'optional':
      return samplesOf(def.innerType, path);
    case 'nullable':
      return [...variant('a value', samplesOf(def.innerType, path)), ...variant('null', plain(null))];
    case 'pipe': {
      if ((def.in as z.core.$ZodTypes)._zod.def.type !== 'transform') return samplesOf(def.in, path);
      const lists = samplesOf(def.out, path);
      const elements = lists.flatMap(({ value, variants }) =>
        (value as readonly unknown[]).map((element) => ({ value: element, variants })),
      );
      return [
        ...variant('an element', elements),
        ...variant('a list', lists),
        ...variant('null', plain(null)),
      ];
    }
    case 'union':
      return def.options.flatMap((option, index) => variant(`option ${index}`, samplesOf(option, path)));
    case 'array':
      return [
        ...samplesOf(def.element, `${path}[]`).map((sample) => ({ ...sample, value: [sample.value] })),
        ...plain([]),
      ];
    case 'object': {
      const members = Object.entries(def.shape).map(
        ([name, inner]) => [name, samplesOf(inner, `${path}.${name}`)] as const,
      );
      const objectOf = (choose: (name: string, samples: readonly Sample[]) => Sample | undefined): Sample => {
        const chosen = members.map(([name, samples]) => [name, choose(name, samples)] as const);
        return {
          value: Object.fromEntries(chosen.map(([name, sample]) => [name, sample?.value])),
          variants: chosen.flatMap(([, sample]) => sample?.variants ?? []),
        };
      };
      const leftOut = members.map(([name]) => alternatives[name]).find((lists) => lists !== undefined) ?? [
        [],
      ];
      const varied = members.flatMap(([name, samples]) =>
        samples.flatMap((sample) =>
          leftOut.map((without) =>
            objectOf((other, all) => (other === name ? sample : all.at(without.includes(other) ? -1 : 0))),
          ),
        ),
      );
      return [...varied, objectOf((_, samples) => samples.at(-1))];
    }
    case 'record': {
      const [name = ''] = plainStrings(def.keyType);
      return samplesOf(def.valueType, `${path}{}`).map(({ value, variants }) => ({
        value: { [name]: value },
        variants,
      }));
    }
    case 'enum':
      return plain(...Object.values(def.entries));
    case 'literal':
      return plain(...def.values);
    case 'boolean':
      return plain(true, false);
    case 'number': {
      const { minimum, maximum } = schema._zod.bag as Record<string, number>;
      return plain(minimum, maximum);
    }
    case 'string':
      return plain(...plainStrings(schema));
    default:
      throw new Error(`${path} has a schema of a kind that no sample is known of: ${def.type}`);
  }
}

/** A text that the schema takes. */
function plainStrings(schema: z.core.$ZodType): readonly string[] {
  return strings.filter((text) => (schema as z.ZodType).safeParse(text).success).slice(0, 1);
}

/** Rules between settings: a certificate has its key, and neither is there without the other. */
const bases = ['tls/file.pem', null].map((file) => {
  const listener = { certFile: file, keyFile: file };
  return { listen: { rtmps: listener, https: listener, admin: listener } };
});

function withValue(config: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const object = (config ?? {}) as Record<string, unknown>;
  return { ...object, [name]: withValue(object[name], rest, value) };
}

/** As somebody writes it into a variable. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  const isList = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
  return isList ? [value.join(','), JSON.stringify(value)] : [JSON.stringify(value)];
}

const named = namedSettings(relaySettings);
const samples = named.flatMap(({ path, schema }) =>
  samplesOf(schema, path.join('.')).map((sample) => ({ path, ...sample })),
);

test('there is a sample of each variant of each union', () => {
  const variants = new Set(samples.flatMap((sample) => sample.variants));
  expect([...variants]).toEqual(
    expect.arrayContaining([
      ...['workers: option 0', 'workers: option 1', 'listen.rtmp: null', 'listen.rtmp: a list'],
      ...['limits.sessions: a value', 'limits.sessions: null', 'log.format: null', 'name: null'],
      ...['streams[].source: option 0', 'streams[].source: option 1', 'listen.https[].certFile: null'],
    ]),
  );
});

test('every variant of every union can be given by environment, and means what it means in the file', () => {
  const missing = new Set(samples.flatMap((sample) => sample.variants));
  let count = 0;
  for (const { path, value, variants } of samples) {
    for (const base of bases) {
      const { success, data } = relaySettings.safeParse(withValue(base, path, value));
      if (!success) continue;
      for (const text of textsOf(value)) {
        const env = { STREAMPUMP_LISTEN: JSON.stringify(base.listen), [variableName(path)]: text };
        expect(loadRelayConfig({ env }), `${variableName(path)}=${text}`).toEqual(data);
        count++;
      }
      for (const variant of variants) missing.delete(variant);
    }
  }
  expect([...missing].sort()).toEqual(ofFiles);
  expect(count).toBeGreaterThan(300);
});
