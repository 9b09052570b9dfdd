import { expect, test } from 'vitest';
import { mediaFormats } from '../../src/service/stream-formats.ts';
import { StreamRegistry } from '../../src/stream/stream-registry.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { settings } from '../support/fake-studio.ts';
import { RawHttp } from '../support/http-client.ts';
import { startRelay } from '../support/start-relay.ts';
import { toyForm, toyFormat, toyFrame } from '../support/toy-family.ts';

const key = 'live/a';

/** A stream of the toy family on a clock driven by hand. */
class ToyStudio {
  readonly clock = new FakeClock(1000);
  readonly registry = new StreamRegistry(this.clock, settings, { onFlush: () => {} });
  readonly #publication = this.#publish();

  send(lines: string): void {
    for (const line of lines.split('\n')) this.#publication.receive(toyFrame(line));
    this.clock.advance(0);
  }

  join() {
    const seen: string[] = [];
    const player = {
      isRelay: false,
      backlogBytes: 0,
      takenBytes: 0,
      write: (bytes: Buffer) => void seen.push(`${bytes}`),
      onStart: () => {},
      onEnd: (reason: string) => void seen.push(reason),
    };
    const play = this.registry.play(key, player, { form: toyForm, lateJoin: 'live' });
    this.clock.settle();
    const news = (): string => seen.splice(0).join('');
    return { play, news };
  }

  #publish() {
    const answer = this.registry.publish(key, { address: 'toy', onReplaced: () => {} });
    if ('conflict' in answer) throw new Error(answer.conflict);
    return answer;
  }
}

test('headers are one thing at the beginning and another within, a first packet is rewritten, numbers hold', () => {
  const studio = new ToyStudio();
  const first = studio.join();
  studio.send('H one\nP 0 a b\nP 40 c *d e\nP 80 f');
  expect(first.news()).toBe('header one\n0@40 *d e\n1@80 f\n');
  const second = studio.join();
  studio.send('H two\nP 120 g *h\nP 160 i');
  expect(first.news()).toBe('change two\n2@120 g *h\n3@160 i\n');
  expect(second.news()).toBe('header two\n2@120 *h\n3@160 i\n');
});

test('a player that goes on after a pause is told of a change, not of a beginning', () => {
  const studio = new ToyStudio();
  const { play, news } = studio.join();
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
