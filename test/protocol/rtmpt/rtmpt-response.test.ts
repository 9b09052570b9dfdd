import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { RtmptResponseReader } from '../../../src/protocol/rtmpt/rtmpt-response.ts';
import { everySplit } from '../../support/every-split.ts';

/** What is read of bytes that come in parts, in words; the pieces of one body joined. */
function wordsOf(parts: readonly Buffer[]): string[] {
  const reader = new RtmptResponseReader();
  const words: string[] = [];
  let body = '';
  for (const part of parts) {
    reader.push(part);
    for (let read = reader.read(); read !== undefined; read = reader.read()) {
      if (read.is === 'head') words.push(`${read.status}${read.isLast ? ', the last' : ''}`);
      else if (read.is === 'body') body += read.bytes.toString('latin1');
      else {
        words.push(JSON.stringify(body));
        body = '';
      }
    }
  }
  return words;
}

const answer = (head: string, body: string): string => `${head.replaceAll('\n', '\r\n')}\r\n\r\n${body}`;

test.each([
  {
    what: 'two answers behind each other',
    text:
      answer('HTTP/1.1 200 OK\nContent-Type: application/x-fcs\nContent-Length: 3', 'abc') +
      answer('HTTP/1.1 200 OK\ncontent-length: 1', 'd'),
    words: ['200', '"abc"', '200', '"d"'],
  },
  {
    what: 'an answer with nothing behind its head',
    text: answer('HTTP/1.1 404 Not Found\nContent-Length: 0\nConnection: Close', ''),
    words: ['404, the last', '""'],
  },
  {
    what: 'an answer of HTTP/1.0',
    text: answer('HTTP/1.0 200 OK\nContent-Length: 1', 'a'),
    words: ['200, the last', '"a"'],
  },
])('reads $what at every split', ({ text, words }) => {
  for (const parts of everySplit(Buffer.from(text, 'latin1'))) expect(wordsOf(parts)).toEqual(words);
});

test.each([
  { what: 'no HTTP', text: `${'x'.repeat(20)}\r\n\r\n` },
  { what: 'no length', text: answer('HTTP/1.1 200 OK', '') },
  { what: 'chunks', text: answer('HTTP/1.1 200 OK\nContent-Length: 1\nTransfer-Encoding: chunked', 'a') },
  { what: 'a length that is no number', text: answer('HTTP/1.1 200 OK\nContent-Length: -1', '') },
  { what: 'a length beyond all messages', text: answer('HTTP/1.1 200 OK\nContent-Length: 99999999', '') },
  { what: 'a head without an end', text: `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(20_000)}` },
])('$what is no answer', ({ text }) => {
  expect(() => wordsOf([Buffer.from(text, 'latin1')])).toThrow(
    expect.objectContaining({ code: 'RTMPT_ANSWER_INVALID' }),
  );
});

test('any bytes are read, or are a fault of the protocol', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (parts) => {
      try {
        wordsOf(parts.map((part) => Buffer.from(part)));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});
