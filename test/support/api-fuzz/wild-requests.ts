import fc from 'fast-check';
import type { DocumentedOperation, DocumentedParameter, Schema } from './api-document.ts';

/** A request that somebody may send. */
export interface WildRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What may be there that a request can be about, and what only looks like it. */
const names = [
  ...[
    'live/cam1',
    'live/cam2',
    'live/**',
    '**',
    'tv/news',
    'c1',
    'c2',
    'c999',
    'w1c1',
    'hooks.0-asked',
    'hooks.7-told',
  ],
  ...[
    '127.0.0.1',
    '::1',
    '10.0.0.0/8',
    '2001:db8::/32',
    '192.0.2.7',
    'ann',
    'debug',
    'info',
    'silent',
    'begun',
  ],
  ...[
    'rtmp://127.0.0.1:1/live/a',
    'http://169.254.169.254/latest.flv',
    'rtmp://localhost/live/a',
    'file:///etc/passwd',
  ],
];

/** In the place of an id: one of something that is there when the request is sent. */
export const THERE = 'there';

/** What fits where only a name says what is meant. */
const named: Readonly<Record<string, readonly string[]>> = {
  id: [THERE, THERE, THERE, 'c999'],
  stream: ['live/cam1', 'live/cam2', 'tv/news', 'live/**'],
  url: ['rtmp://127.0.0.1:1/live/a', 'rtmp://localhost:1/live/a'],
  urls: ['rtmp://127.0.0.1:1/live/a', 'http://127.0.0.1:1/live/b.flv'],
  address: ['192.0.2.7', '127.0.0.1', '10.0.0.0/8'],
  identity: ['ann'],
  uid: ['seat-7'],
  relay: ['north', 'south'],
  parent: ['north', 'nowhere'],
  cidr: ['10.0.0.0/8', '192.0.2.0/24'],
  http: ['http://192.0.2.7:8080'],
  reconnectUrl: ['rtmp://127.0.0.1:1/live'],
};

const odd = [
  ...[
    '',
    ' ',
    '..',
    '../../etc/passwd',
    '%00',
    '%',
    '%zz',
    '__proto__',
    'constructor',
    'toString',
    'null',
    'true',
  ],
  ...[
    '-1',
    '0',
    '1e309',
    'NaN',
    '99999999999999999999',
    '0x10',
    '{}',
    '[]',
    '*'.repeat(200),
    '**/'.repeat(300),
  ],
  ...[
    '\u202egnp',
    '\ud800',
    'a\r\nset-cookie: x',
    "' OR 1=1 --",
    '<script>',
    '{{7*7}}',
    'x'.repeat(1500),
    '/'.repeat(1000),
  ],
];

const wildText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...names) },
  { weight: 3, arbitrary: fc.constantFrom(...odd) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

/** Values that a schema takes, as far as it says so, and others. */
function anyValue(schema: Schema, name = ''): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 12, arbitrary: fittingValue(schema, name) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
    { weight: 1, arbitrary: wildText },
  );
}

function fittingValue(schema: Schema, name: string): fc.Arbitrary<unknown> {
  const { type, enum: some, const: one, anyOf, properties, required = [], items, minimum, maximum } = schema;
  if (Array.isArray(some)) return fc.constantFrom(...some);
  if (one !== undefined) return fc.constant(one);
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map((each: Schema) => fittingValue(each, name)));
  switch (type) {
    case 'integer':
    case 'number':
      return fc.integer({ min: Number(minimum ?? -1000), max: Math.min(Number(maximum ?? 1e6), 2 ** 31) });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(anyValue((items ?? {}) as Schema, name), { maxLength: 4 });
    case 'object': {
      const shape = Object.entries((properties ?? {}) as Readonly<Record<string, Schema>>);
      const model = Object.fromEntries(shape.map(([field, inner]) => [field, anyValue(inner, field)]));
      return fc.record(model, { requiredKeys: (required as string[]).filter((name) => name in model) });
    }
    default:
      return named[name] === undefined ? wildText : fc.constantFrom(...named[name]);
  }
}

function encoded(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value); // an object may have a toString of its own
  return encodeURIComponent(text.toWellFormed());
}

function pathOf({ path, parameters }: DocumentedOperation): fc.Arbitrary<string> {
  const inPath = parameters.filter((one) => one.in === 'path');
  return fc
    .record(Object.fromEntries(inPath.map(({ name, schema }) => [name, anyValue(schema, name)])))
    .map((values) => {
      const filled = Object.entries<unknown>(values);
      return filled.reduce((text, [name, value]) => text.replace(`{${name}}`, () => encoded(value)), path);
    });
}

function queryOf(parameters: readonly DocumentedParameter[]): fc.Arbitrary<string> {
  const known = parameters.filter((one) => one.in === 'query');
  const pair = ({ name, schema }: DocumentedParameter): fc.Arbitrary<string> =>
    anyValue(schema, name).map((value) => `${name}=${encoded(value)}`);
  const other = fc.tuple(wildText, wildText).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  const [needed, optional] = [true, false].map((isNeeded) =>
    known.filter(({ required = false }) => required === isNeeded),
  ) as [DocumentedParameter[], DocumentedParameter[]];
  const some = fc
    .tuple(
      fc.oneof({ weight: 6, arbitrary: fc.constant(needed) }, { weight: 1, arbitrary: fc.subarray(needed) }),
      fc.subarray(optional),
    )
    .chain((chosen) => fc.tuple(...chosen.flat().map(pair)));
  return fc
    .tuple(
      some,
      fc.oneof(
        { weight: 6, arbitrary: fc.constant<string[]>([]) },
        { weight: 1, arbitrary: fc.array(other, { maxLength: 3 }) },
      ),
    )
    .map(([chosen, more]) => [...chosen, ...more].join('&'))
    .map((query) => (query === '' ? '' : `?${query}`));
}

function bodyOf({ body }: DocumentedOperation): fc.Arbitrary<string | undefined> {
  const json = body === undefined ? fc.jsonValue({ maxDepth: 3 }) : anyValue(body);
  return fc.oneof(
    { weight: body === undefined ? 1 : 6, arbitrary: json.map((value) => JSON.stringify(value)) },
    { weight: body === undefined ? 8 : 1, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '{', '{"a":', 'null', `[${'['.repeat(5000)}`, '{"__proto__":{"a":1}}'),
    },
    { weight: 1, arbitrary: fc.nat({ max: 80_000 }).map((length) => `"${'x'.repeat(length)}"`) },
  );
}

/** Who asks, and with what else. @param tokens - bearer tokens, right ones and wrong ones */
function headersOf(tokens: readonly string[]): fc.Arbitrary<Record<string, string>> {
  const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
  const authorization = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...tokens.map((token) => `Bearer ${token}`)) },
    { weight: 3, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'Bearer',
        'Basic YTpi',
        'Basic \u00e9',
        'Digest username="a"',
        'Bearer a b',
        'x',
      ),
    },
  );
  return fc
    .record({
      authorization,
      'content-type': fc.oneof(
        { weight: 8, arbitrary: fc.constant('application/json') },
        {
          weight: 2,
          arbitrary: fc.constantFrom(
            undefined,
            'text/plain',
            'application/xml',
            'application/json; charset=latin1',
          ),
        },
      ),
      origin: rarely(fc.constantFrom('http://evil.example', 'null', 'http://127.0.0.1', 'x')),
      'sec-fetch-site': rarely(fc.constantFrom('cross-site', 'same-origin', 'none', 'x')),
      'x-forwarded-for': rarely(fc.constantFrom('192.0.2.1', 'x, y', '')),
      host: rarely(fc.constantFrom('evil.example', 'localhost', '[::1]:9', 'x'.repeat(300), '')),
      'last-event-id': rarely(fc.constantFrom('x', 'a-1', '-', 'x'.repeat(500))),
      accept: rarely(fc.constantFrom('text/html', '*/*;q=0', 'x')),
      'content-encoding': rarely(fc.constantFrom('gzip', 'x')),
    })
    .map(
      (headers) =>
        Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
          string,
          string
        >,
    );
}

/** Requests for the operations of a document, right ones and wrong ones. @param tokens - see {@link headersOf} */
export function wildRequests(
  operations: readonly DocumentedOperation[],
  tokens: readonly string[],
): fc.Arbitrary<WildRequest> {
  const otherMethods = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS');
  return fc.constantFrom(...operations).chain((operation) =>
    fc.record({
      method: fc.oneof(
        { weight: 12, arbitrary: fc.constant(operation.method) },
        { weight: 1, arbitrary: otherMethods },
      ),
      path: fc
        .tuple(pathOf(operation), queryOf(operation.parameters))
        .map(([path, query]) => `${path}${query}`),
      headers: headersOf(tokens),
      body: bodyOf(operation),
    }),
  );
}
