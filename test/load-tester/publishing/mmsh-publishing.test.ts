import { expect, test } from 'vitest';
import { MmshPublishing } from '../../../load-tester/publishing/mmsh-publishing.ts';
import { MmshReader } from '../../../src/protocol/mmsh/mmsh-reader.ts';
import { asfHeader } from '../../support/asf-maker.ts';

const header = asfHeader();
const target = { authority: 'host:8080', path: '/streams/a_push' };
const accepted = 'HTTP/1.1 204 No Content\r\nServer: Cougar/9.6\r\nSet-Cookie: push-id=1234!x\r\n\r\n';

/** A publisher, what it has said and what it was told. */
function open(bodyBytes?: number) {
  const sent: Buffer[] = [];
  const told: string[] = [];
  const events = {
    send: (bytes: Buffer) => sent.push(bytes),
    onStarted: () => told.push('started'),
    onEnded: (reason: string) => told.push(reason),
  };
  const publishing = new MmshPublishing(target, header, events, bodyBytes);
  publishing.start();
  const answer = (text: string): void => publishing.receive(Buffer.from(text, 'latin1'));
  return { publishing, sent, told, answer };
}

const packet = (size: number) => ({ atMs: 0, stamped: undefined, packet: Buffer.alloc(size, 7) });
const linesOf = (bytes: Buffer | undefined): string[] => bytes?.toString('latin1').split('\r\n') ?? [];

test('asks to push, and then pushes with the push-id that it was given', () => {
  const { publishing, sent, told, answer } = open();
  expect(linesOf(sent[0])).toEqual([
    'POST /streams/a_push HTTP/1.1',
    'Host: host:8080',
    'User-Agent: streampump load',
    'Content-Type: application/x-wms-pushsetup',
    'Content-Length: 0',
    'Cookie: push-id=0',
    '',
    '',
  ]);
  answer(accepted.slice(0, 30));
  expect(told).toEqual([]);
  answer(accepted.slice(30));
  expect(told).toEqual(['started']);
  expect(linesOf(sent[1])).toEqual(
    expect.arrayContaining([
      'Content-Type: application/x-wms-pushstart',
      'Content-Length: 2147483647',
      'Cookie: push-id=1234!x',
    ]),
  );
  publishing.publish(packet(400));
  publishing.finish();
  const reader = new MmshReader();
  reader.push(Buffer.concat(sent.slice(2)));
  expect([...reader.packets()]).toEqual([
    { is: 'header', header },
    { is: 'data', packet: Buffer.alloc(400, 7) },
    { is: 'end', reason: 0 },
  ]);
  expect(reader.framing).toBe('plain');
});

test.each([
  { what: 'to the byte', more: 0, fillerBytes: undefined },
  { what: 'with the smallest filler', more: 4, fillerBytes: 4 },
  { what: 'with a filler where a packet would leave too little for one', more: 407, fillerBytes: 407 },
])('fills each body $what, and goes on in the next', ({ more, fillerBytes }) => {
  const bodyBytes = header.length + 4 + 404 + more;
  const { publishing, sent, told, answer } = open(bodyBytes);
  answer(accepted);
  publishing.publish(packet(400));
  publishing.publish(packet(400));
  const body = Buffer.concat(sent.slice(2));
  expect(body).toHaveLength(bodyBytes);
  if (fillerBytes !== undefined) expect(sent.at(-1)).toHaveLength(fillerBytes);
  const before = sent.length;
  publishing.publish(packet(100));
  expect(sent).toHaveLength(before);
  answer(accepted);
  expect(linesOf(sent[before])).toContain('Cookie: push-id=1234!x');
  const next = new MmshReader({ framing: 'plain' });
  next.push(Buffer.concat(sent.slice(before + 1)));
  expect([...next.packets()]).toEqual(
    [400, 100].map((size) => ({ is: 'data', packet: Buffer.alloc(size, 7) })),
  );
  expect(told).toEqual(['started']);
});

test.each<[string, string[], string[]]>([
  ['says no to the setup', ['HTTP/1.1 401 Unauthorized\r\n\r\n'], ['refused: HTTP/1.1 401 Unauthorized']],
  [
    'says no to the push',
    [accepted, 'HTTP/1.1 409 Conflict\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbusy'],
    ['started', 'refused: HTTP/1.1 409 Conflict: busy'],
  ],
  ['has had enough', [accepted, accepted], ['started', 'the server wants no more of it']],
])('ends when the server %s', (_, answers, reasons) => {
  const { told, answer } = open();
  for (const text of answers) answer(text);
  expect(told).toEqual(reasons);
});

test('tells of a server that gives no push-id', () => {
  expect(() => open().answer('HTTP/1.1 204 No Content\r\n\r\n')).toThrow(/no push-id/);
});
