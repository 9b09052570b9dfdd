import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MatrixClient, matrixClients } from '../support/access-matrix/matrix-clients.ts';
import { methods } from '../support/access-matrix/matrix-methods.ts';
import { MatrixSite } from '../support/access-matrix/matrix-site.ts';
import { situations, type Try } from '../support/access-matrix/method.ts';
import { TestBrowser } from '../support/browser.ts';

/** A field of the matrix: what is tried, or why nothing is. */
interface Field {
  readonly name: string;
  readonly client: MatrixClient;
  readonly isReplayed: boolean;
  readonly what: Try | string;
}

const fields: readonly Field[] = methods.flatMap((method) =>
  matrixClients.flatMap((client) =>
    situations.map((situation): Field => {
      const { means } = method;
      const isAble = means === undefined || client.means.includes(means);
      return {
        name: `${client.name} ${client.does}, ${method.name} ${situation}`,
        client,
        isReplayed: situation === 'replayed',
        what: isAble ? method.tryOf(client.does, situation, client.name) : `it has no ${means}`,
      };
    }),
  ),
);

const secrets = methods.flatMap((method) => method.secrets);

const cases = fields.flatMap(({ what, ...field }) =>
  typeof what === 'string' ? [] : [{ ...field, ...what, name: `${field.name}: ${what.is}` }],
);

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.launch();
});
afterAll(() => browser[Symbol.asyncDispose]());

describe.for([1, 2])('with %i worker(s)', (workers) => {
  let site: MatrixSite;
  beforeAll(async () => {
    const small = { viewport: { width: 320, height: 180 } }; // it draws in software
    const pages = [await browser.page(small), await browser.page(small)];
    const started = await MatrixSite.start(workers, methods, pages);
    site = started;
    return () => started[Symbol.asyncDispose]();
  });

  describe('whoever may is in, whoever may not is out', () => {
    test.concurrent.for(cases)('$name', async ({ client, key, shows, is, isReplayed }, { expect }) => {
      if (isReplayed) await client.try(site.target, key, shows);
      expect(await client.try(site.target, key, shows)).toBe(is);
    });
  });

  test('nothing that was shown is in the log, on a page or in a metric', async () => {
    const { relay } = site;
    const seen = [
      relay.log,
      ...(await Promise.all(['/metrics', '/', '/api/v1/streams', '/api/v1/sessions'].map(relay.page))),
    ];
    expect(relay.find('refused').length).toBeGreaterThan(0);
    expect(secrets.filter((secret) => seen.some((text) => text.includes(secret)))).toEqual([]);
  });
});

test('every field of the matrix is tried, or says why not', () => {
  expect(cases.length).toBeGreaterThan(40);
  for (const { what, name } of fields) if (typeof what === 'string') expect(what, name).toMatch(/\w{2}/);
});
