import { expect, test } from 'vitest';
import type { z } from 'zod';
import { houseSettings } from '../../src/config/house/house-settings.ts';
import { rosterSettings } from '../../src/config/house/roster-settings.ts';
import type { ListenSettings } from '../../src/config/listen-settings.ts';
import { loadRelayConfig } from '../../src/config/load-config.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { codeBlocks, readPages } from '../support/markdown.ts';

const pages = readPages();
const examples = pages.flatMap(({ path, text }) => codeBlocks(text).map((block) => ({ path, ...block })));
const schemas = { json: relaySettings, 'json house': houseSettings, 'json roster': rosterSettings };
const configs = examples.flatMap(({ path, text, info }) =>
  info in schemas ? [{ path, text, schema: schemas[info as keyof typeof schemas] }] : [],
);

test('there are examples of configs', () => expect(configs.length).toBeGreaterThan(4));

test.for(configs)('a config in $path is valid: $text', ({ text, schema }) => {
  const { error } = schema.safeParse(JSON.parse(text));
  expect(error?.issues ?? []).toEqual([]);
});

test.for(examples.filter(({ info }) => info === 'json answer'))(
  'an answer in $path is JSON: $text',
  ({ text }) => {
    expect(JSON.parse(text)).toBeTypeOf('object');
  },
);

test('every block of code says what it is', () => {
  const known = new Set([
    'console',
    'html',
    'ini',
    'js',
    'json',
    'json answer',
    'json house',
    'json roster',
    'py',
    'sh',
    'text',
    'ts',
    'yaml',
  ]);
  for (const { path, info } of examples) expect(known, path).toContain(info);
});

test('a variable in a shell example has a value that it may have', () => {
  const shell = examples.filter(({ info }) => info === 'sh').map(({ text }) => text);
  const assignments = shell.flatMap((text) => [
    ...text.matchAll(/^export (STREAMPUMP_\w+)=(?:'([^']*)'|(\S*))$/gm),
  ]);
  expect(assignments.length).toBeGreaterThan(0);
  const env = Object.fromEntries(
    assignments.map(([, name, quotedValue, bare]) => [name, quotedValue ?? bare]),
  );
  expect(() => loadRelayConfig({ env })).not.toThrow();
});

/** The ports that a URL on a machine of the reader's may have. */
function portsFor(scheme: string, path: string): readonly string[] {
  const isAdmin = /^\/(?:metrics|healthz|readyz|api\/|$)/.test(path); // with TLS and without; / is its status page
  return [portsOf(relaySettings).listen, portsOf(houseSettings).listen].flatMap((listen) => {
    const portOf = (protocol: keyof ListenSettings): string => String(listen[protocol][0]?.port);
    switch (scheme) {
      case 'rtmp':
        return ['', portOf('rtmp')];
      case 'rtmps':
        return [portOf('rtmps')];
      case 'https':
      case 'wss':
        return [portOf(isAdmin ? 'admin' : 'https')];
      default:
        return [portOf(isAdmin ? 'admin' : 'http')];
    }
  });
}

/** The settings of a service that has all of its listeners, and else its defaults. */
function portsOf<S extends { readonly listen: ListenSettings }>(schema: z.ZodType<S>): S {
  const files = { certFile: 'cert.pem', keyFile: 'key.pem' };
  return schema.parse({ listen: { rtmps: files, https: files } });
}

/** Ports that a page itself has a relay listen on. */
function chosenPorts(text: string): string[] {
  return [...text.matchAll(/--(?:rtmp|http|admin)-port (\d+)/g)].map(([, port = '']) => port);
}

test('URLs of a relay or house have its default ports, or those that the page has chosen', () => {
  let count = 0;
  for (const { path: page, text } of pages) {
    const urls = text.matchAll(
      /\b(rtmps?|https?|wss?):\/\/(?:HOST|localhost|127\.0\.0\.1)(?::(\d+))?(\/[^\s`'"),\]]*)?/g,
    );
    for (const [url, scheme = '', port = '', path = ''] of urls) {
      count++;
      expect([...portsFor(scheme, path), ...chosenPorts(text)], `${url} in ${page}`).toContain(port);
    }
  }
  expect(count).toBeGreaterThan(20);
});

test('a URL of rtmps has its port in it, because relays listen on another than goes without saying', () => {
  for (const { path: page, text } of pages)
    for (const [place] of text.matchAll(/\brtmps:\/\/[\w.-]+(?::\d+)?/g))
      expect(place, page).toMatch(/:\d+$/);
});

test('the listeners of the quick start are those of the defaults', () => {
  const lines = examples.filter(({ path }) => path === 'README.md').flatMap(({ text }) => text.split('\n'));
  const { listen } = loadRelayConfig({ env: {} });
  const [rtmp, http, admin] = [listen.rtmp, listen.http, listen.admin].map(([first]) => first?.port);
  expect(lines.filter((line) => line.startsWith('listening '))).toEqual([
    `listening rtmp [::]:${rtmp}`,
    `listening http [::]:${http}`,
    `listening admin 127.0.0.1:${admin}`,
  ]);
});
