import { expect, test } from 'vitest';
import { houseSettings } from '../../src/config/house/house-settings.ts';
import { rosterSettings } from '../../src/config/house/roster-settings.ts';
import { loadRelayConfig } from '../../src/config/load-config.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { codeBlocks, readPages } from '../support/markdown.ts';

const pages = readPages();
const examples = pages.flatMap(({ path, text }) => codeBlocks(text).map((block) => ({ path, ...block })));
const schemas = { json: relaySettings, 'json house': houseSettings, 'json roster': rosterSettings };
const configs = examples.flatMap(({ path, text, info }) =>
  info in schemas ? [{ path, text, schema: schemas[info as keyof typeof schemas] }] : [],
);
const defaults = loadRelayConfig({ env: {} });

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
  const { rtmp, rtmps, http, https, admin } = relayPorts();
  const isAdmin = /^\/(?:metrics|healthz|readyz|api\/|$)/.test(path); // with TLS and without; / is its status page
  switch (scheme) {
    case 'rtmp':
      return ['', rtmp];
    case 'rtmps':
      return [rtmps];
    case 'https':
    case 'wss':
      return [isAdmin ? admin : https];
    default:
      return [isAdmin ? admin : http];
  }
}

function relayPorts(): { rtmp: string; rtmps: string; http: string; https: string; admin: string } {
  const portOf = (listener: readonly { readonly port: number }[]): string => String(listener[0]?.port);
  const files = { certFile: 'cert.pem', keyFile: 'key.pem' };
  const withTls = relaySettings.parse({ listen: { rtmps: files, https: files } }).listen;
  return {
    rtmp: portOf(defaults.listen.rtmp),
    rtmps: portOf(withTls.rtmps),
    http: portOf(defaults.listen.http),
    https: portOf(withTls.https),
    admin: portOf(defaults.listen.admin),
  };
}

test('URLs of a relay have its default ports', () => {
  let count = 0;
  for (const { path: page, text } of pages) {
    const urls = text.matchAll(
      /\b(rtmps?|https?|wss?):\/\/(?:HOST|localhost|127\.0\.0\.1)(?::(\d+))?(\/[^\s`'"),\]]*)?/g,
    );
    for (const [url, scheme = '', port = '', path = ''] of urls) {
      count++;
      expect(portsFor(scheme, path), `${url} in ${page}`).toContain(port);
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
  const { rtmp, http, admin } = relayPorts();
  expect(lines.filter((line) => line.startsWith('listening '))).toEqual([
    `listening rtmp [::]:${rtmp}`,
    `listening http [::]:${http}`,
    `listening admin 127.0.0.1:${admin}`,
  ]);
});
