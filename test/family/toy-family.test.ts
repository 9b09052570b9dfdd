import { expect, test } from 'vitest';
import { mediaFormats } from '../../src/service/stream-formats.ts';
import { RawHttp } from '../support/http-client.ts';
import { startRelay } from '../support/start-relay.ts';
import { toyForm, toyFormat } from '../support/toy-family.ts';
import { ToyStudio } from '../support/toy-studio.ts';

const key = 'live/a';

test('headers are one thing at the beginning and another within, a first packet is rewritten, numbers hold', () => {
  const studio = new ToyStudio();
  const first = studio.join(toyForm, 'live');
  studio.send('H one\nP 0 a b\nP 40 c *d e\nP 80 f');
  expect(first.news()).toBe('header one\n0@40 *d e\n1@80 f\n');
  const second = studio.join(toyForm, 'live');
  studio.send('H two\nP 120 g *h\nP 160 i');
  expect(first.news()).toBe('change two\n2@120 g *h\n3@160 i\n');
  expect(second.news()).toBe('header two\n2@120 *h\n3@160 i\n');
});

test('a player that goes on after a pause is told of a change, not of a beginning', () => {
  const studio = new ToyStudio();
  const { play, news } = studio.join(toyForm, 'live');
  studio.send('H one\nP 0 *a');
  play.pause(true);
  studio.send('H two\nP 40 *b');
  play.pause(false);
  studio.send('P 80 c\nP 120 d *e');
  expect(news()).toBe('header one\n0@0 *a\nchange two\n3@120 *e\n');
});

test('is published and played over HTTP, with late join; a player of another format is refused', async () => {
  await using relay = await startRelay(
    {},
    { formats: [...mediaFormats({ messageBytes: 2 ** 20 }), toyFormat] },
  );
  const port = relay.port('http');
  const ask = async (request: string): Promise<RawHttp> => {
    const client = await RawHttp.open(port);
    client.send(`${request}\n\n`);
    return client;
  };
  await using publisher = await ask(`PUT /${key}.toy HTTP/1.1\nHost: a\nTransfer-Encoding: chunked`);
  const publish = (lines: string): void =>
    publisher.send(Buffer.from(`${lines.length.toString(16)}\r\n${lines}\r\n`));
  await using first = await ask(`GET /${key}.toy HTTP/1.0`);
  await relay.log.waitFor('play', { stream: key });
  publish('H one\nP 0 a b\nP 40 c *d e\nP 80 f\n');
  await first.heard(/\r\n\r\nheader one\n0@40 \*d e\n1@80 f\n$/);
  expect(first.text).toMatch(/^HTTP\/1\.1 200 .*Content-Type: text\/x-toy\r\n/is);

  await using late = await ask(`GET /${key}.toy HTTP/1.1\nHost: a`);
  await late.heard(/header one\n.*0@40 \*d e\n.*1@80 f\n/s);
  publish('H two\nP 120 g *h\n');
  await first.heard(/change two\n2@120 g \*h\n$/);
  await late.heard(/change two\n2@120 g \*h\n/);

  await using stranger = await ask(`GET /${key}.flv HTTP/1.1\nHost: a\nConnection: close`);
  expect(await stranger.all()).toMatch(/^HTTP\/1\.1 406 /);

  publisher.send(Buffer.from('0\r\n\r\n'));
  await first.closed;
  await publisher.heard(/^HTTP\/1\.1 200 .*live\/a has ended: 6 lines/s);
});
