import { describe, expect, test } from 'vitest';
import { encodeAmf0 } from '../../../src/protocol/amf/amf0.ts';
import { encodeFlvNotice } from '../../../src/protocol/flv/flv-tag.ts';
import { HttpFlvPull } from '../../../src/session/upstream/http-flv-pull.ts';
import { ServerConnector } from '../../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../../src/stream/clock.ts';
import { chunk, flvBody, flvHeader, flvTag } from '../../support/flv-body.ts';
import { httpUrl } from '../../support/http-url.ts';
import { RawServer } from '../../support/raw-server.ts';
import { UpstreamNotes } from '../../support/upstream-notes.ts';

const maxTagBytes = 100_000;
const connector = new ServerConnector(systemClock, { proxy: { url: null, bypass: [] } });
const ok = 'HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\nStreampump-Path: b, origin\r\n\r\n`;
const lastChunk = Buffer.from('0\r\n\r\n');

/** A pull from a server that answers with these parts and then, unless it is to stay, ends the connection. */
async function pulling(parts: readonly (string | Buffer)[], { stays = false } = {}) {
  const server = await RawServer.start((socket) => {
    for (const part of parts) socket.write(part);
    if (!stays) socket.end();
  });
  const notes = new UpstreamNotes();
  const url = httpUrl(`http://me:pass@127.0.0.1:${server.port}/live/a.flv?token=x`);
  const pull = new HttpFlvPull({ url, waiting: ['me', 'child'], maxTagBytes }, connector, notes);
  return {
    server,
    notes,
    pull,
    async [Symbol.asyncDispose]() {
      pull.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('asks once, with its path and credentials, and tells path, media and end', async () => {
  const body = flvBody('M1@0 VH1@0 K1@16777300');
  await using scene = await pulling([
    chunked,
    chunk(flvHeader),
    chunk(body.subarray(0, 40)),
    chunk(body.subarray(40)),
    lastChunk,
  ]);
  expect(await scene.notes.end()).toEqual({
    kind: 'ended',
    description: 'the server has sent all of the stream',
  });
  const head = (await scene.server.connection()).heard;
  expect(head).toMatch(/^GET \/live\/a\.flv\?token=x HTTP\/1\.1\r\n/);
  expect(head).toContain(`host: 127.0.0.1:${scene.server.port}\r\n`);
  expect(head).toContain('streampump-path: me, child\r\n');
  expect(head).toContain(`authorization: Basic ${btoa('me:pass')}\r\n`);
  expect(scene.notes.told.map(([name, first, second]) => [name, first, second])).toEqual([
    ['start', ['b', 'origin'], undefined],
    ['media', 18, 0],
    ['media', 9, 0],
    ['media', 9, 16_777_300],
    ['end', expect.anything(), undefined],
  ]);
  await (await scene.server.connection()).closed;
});

test('more tags than are taken in a turn of the loop are all told before the end', async () => {
  const tag = flvTag({ type: 8, timestamp: 0, payload: Buffer.alloc(300, 0xaf) });
  const body = Buffer.concat([flvHeader, ...Array.from({ length: 6000 }, () => tag)]);
  await using scene = await pulling([chunked, chunk(body), lastChunk]);
  expect(await scene.notes.end()).toMatchObject({ kind: 'ended' });
  expect(scene.notes.told.filter(([name]) => name === 'media')).toHaveLength(6000);
  expect(scene.notes.told.at(-1)?.[0]).toBe('end');
});

test('a path that changes comes in a notice of the server, and in no script tag of the stream', async () => {
  const forged = flvTag({ type: 18, timestamp: 0, payload: encodeAmf0('streampumpPath', ['forged']) });
  const notices = [
    encodeFlvNotice(encodeAmf0('streampumpPath', 'no path')),
    encodeFlvNotice(encodeAmf0('onSomething', ['b'])),
    encodeFlvNotice(encodeAmf0('streampumpPath', ['b', 'elsewhere'])),
  ];
  await using scene = await pulling([
    chunked,
    chunk(flvHeader),
    ...[forged, ...notices].map(chunk),
    chunk(flvBody('K1@0')),
    lastChunk,
  ]);
  await scene.notes.end();
  expect(scene.notes.told.slice(0, -2)).toEqual([
    ['start', ['b', 'origin']],
    ['path', ['b', 'elsewhere']],
  ]);
});

describe('the end', () => {
  const flv = Buffer.concat([flvHeader, flvBody('K1@0')]);
  test.each([
    { it: 'is told by the last chunk', parts: [chunked, chunk(flv), lastChunk], kind: 'ended' },
    {
      it: 'is told by the length',
      parts: [`${ok}Content-Length: ${flv.length}\r\n\r\n`, flv],
      kind: 'ended',
    },
    {
      it: 'may lack the last PreviousTagSize',
      parts: [chunked, chunk(flv.subarray(0, -4)), lastChunk],
      kind: 'ended',
    },
    { it: 'is a cut without the last chunk', parts: [chunked, chunk(flv)], kind: 'lost' },
    { it: 'is a cut in a chunk', parts: [chunked, chunk(flv).subarray(0, 30)], kind: 'lost' },
    { it: 'is a cut before the length', parts: [`${ok}Content-Length: 99999\r\n\r\n`, flv], kind: 'lost' },
    { it: 'is unclear where the connection is the body', parts: [`${ok}\r\n`, flv], kind: 'lost' },
    {
      it: 'is a fault inside of a tag',
      parts: [chunked, chunk(flv.subarray(0, -9)), lastChunk],
      kind: 'lost',
    },
    { it: 'is a cut before the head', parts: ['HTTP/1.1 200 OK\r\n'], kind: 'lost' },
    { it: 'is a cut without a word', parts: [], kind: 'lost' },
  ])('$it', async ({ parts, kind }) => {
    await using scene = await pulling(parts);
    expect(await scene.notes.end()).toMatchObject({ kind });
    expect(scene.notes.told.filter(([name]) => name === 'end')).toHaveLength(1);
  });
});

describe('an answer that is no stream', () => {
  const plain = (text: string) => `Content-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  test.each([
    {
      answer: `HTTP/1.1 404 Not Found\r\n${plain('there is no stream live/a\n')}`,
      end: { kind: 'not-found', description: '404 Not Found', said: 'there is no stream live/a' },
    },
    {
      answer: 'HTTP/1.1 404 x\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>',
      end: { kind: 'not-found', description: '404 Not Found', said: '' },
    },
    {
      answer: `HTTP/1.1 403 \u001b[31m\r\n${plain('no\u001b[31m \u0007way\r\nsecond line')}`,
      end: { kind: 'refused', description: '403 Forbidden', said: 'no\u001b[31m \u0007way' },
    },
    {
      answer: 'HTTP/1.1 508 x\r\nContent-Length: 0\r\n\r\n',
      end: { kind: 'refused', description: '508 Loop Detected' },
    },
    {
      answer: 'HTTP/1.1 206 x\r\nContent-Length: 0\r\n\r\n',
      end: { kind: 'refused', description: '206 Partial Content' },
    },
    {
      answer: 'HTTP/1.1 407 x\r\nContent-Length: 0\r\n\r\n',
      end: { kind: 'refused', description: /^the proxy answered 407/ },
    },
    {
      answer: 'HTTP/1.1 302 x\r\nLocation: /b.flv?y\r\nContent-Length: 0\r\n\r\n',
      end: { kind: 'redirect', url: /^http:\/\/127\.0\.0\.1:\d+\/b\.flv\?y$/ },
    },
    {
      answer: 'HTTP/1.1 308 x\r\nLocation: https://evil/b\r\nContent-Length: 0\r\n\r\n',
      end: { kind: 'redirect', url: /^https:\/\/evil\/b$/ },
    },
    { answer: 'HTTP/1.1 301 x\r\nContent-Length: 0\r\n\r\n', end: { kind: 'refused' } },
    {
      answer: 'HTTP/1.1 301 x\r\nLocation: http://:::/\r\n\r\n',
      end: { kind: 'refused', description: /^redirected to an invalid URL/ },
    },
  ])('$answer', async ({ answer, end }) => {
    await using scene = await pulling([answer], { stays: true });
    const told = { ...(await scene.notes.end()) };
    for (const [name, value] of Object.entries(end)) {
      const actual = told[name as keyof typeof told];
      if (value instanceof RegExp) expect(actual).toMatch(value);
      else expect(actual).toBe(value);
    }
    await (await scene.server.connection()).closed; // whatever the server does
  });

  test('is one though it breaks off in the middle of its sentence', async () => {
    await using scene = await pulling([`HTTP/1.1 403 x\r\n${plain('not for you').slice(0, -4)}`]);
    expect(await scene.notes.end()).toEqual({
      kind: 'refused',
      description: '403 Forbidden',
      said: 'not for',
    });
    expect(scene.notes.told.filter(([name]) => name === 'end')).toHaveLength(1);
  });

  test('is not read to its end, nor waited for', async () => {
    const server = await RawServer.start((socket) => {
      socket.write('HTTP/1.1 500 x\r\nContent-Type: text/plain\r\n\r\n');
      const more = (): void => {
        if (socket.writable) socket.write('x'.repeat(10_000), more);
      };
      more();
    });
    await using _server = server;
    const notes = new UpstreamNotes();
    const url = httpUrl(`http://127.0.0.1:${server.port}/a`);
    new HttpFlvPull({ url, waiting: [], maxTagBytes }, connector, notes);
    const { said = '' } = await notes.end();
    expect(said.length).toBeLessThan(100_000);
    await (await server.connection()).closed;
  });
});

describe('a hostile server costs its connection', () => {
  test.each([
    {
      it: 'garbage',
      parts: [chunked, chunk(Buffer.alloc(500, 7))],
      says: /no FLV signature.*FLV_SIGNATURE_INVALID/,
    },
    {
      it: 'an absurd tag size',
      parts: [chunked, chunk(flvHeader), chunk(Buffer.from('09ffffff00000000000000', 'hex'))],
      says: /tag of 16777215 bytes, limit 100000/,
    },
    { it: 'an endless head', parts: [`${ok}X: ${'x'.repeat(20_000)}`], says: /Header overflow/i },
    { it: 'endless headers', parts: [ok, 'X: y\r\n'.repeat(10_000)], says: /Header overflow|header/i },
    { it: 'no HTTP', parts: ['\u0003rtmp\r\n\r\n'], says: /Parse Error/ },
    { it: 'two lengths', parts: [`${chunked.slice(0, -2)}Content-Length: 5\r\n\r\n`], says: /Parse Error/ },
    { it: 'a chunk of any size', parts: [chunked, 'fffffffffffffffff\r\n'], says: /Parse Error/ },
    {
      it: 'another protocol',
      parts: ['HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
      says: /./,
    },
  ])('$it', async ({ parts, says }) => {
    await using scene = await pulling(parts, { stays: true });
    const { kind, description } = await scene.notes.end();
    expect(kind).toBe('lost');
    expect(description).toMatch(says);
    await (await scene.server.connection()).closed;
  });
});

test('who leaves is told nothing more, in the midst of what has come, or before anything has', async () => {
  const script = flvBody('K1@0 P2@40 P3@80');
  await using scene = await pulling([chunked, chunk(flvHeader), chunk(script), lastChunk]);
  scene.notes.react = (name) => name === 'media' && scene.pull.close();
  await scene.notes.until('media');
  await (await scene.server.connection()).closed;
  expect(scene.notes.told.map(([name]) => name)).toEqual(['start', 'media']);

  await using early = await pulling([], { stays: true });
  early.pull.close();
  early.pull.ping();
  expect([early.notes.told, early.pull.signsOfLife]).toEqual([[], 0]);
});

test('a server that cannot be reached is named', async () => {
  const server = await RawServer.start();
  const { port } = server;
  await server[Symbol.asyncDispose]();
  const notes = new UpstreamNotes();
  const url = httpUrl(`http://127.0.0.1:${port}/a`);
  new HttpFlvPull({ url, waiting: [], maxTagBytes }, connector, notes);
  const { kind, description } = await notes.end();
  expect(kind).toBe('refused');
  expect(description).toMatch(new RegExp(`^cannot reach 127.0.0.1 port ${port}: .*ECONNREFUSED`));
});
