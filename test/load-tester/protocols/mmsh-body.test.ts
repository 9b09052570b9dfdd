import { describe, expect, test } from 'vitest';
import { openProtocol } from '../../../load-tester/protocols/open-protocol.ts';
import type { PlayerProtocol } from '../../../load-tester/protocols/player-protocol.ts';
import { parseTarget } from '../../../load-tester/target.ts';
import { asfHeader, asfPacket } from '../../support/asf-maker.ts';
import { everySplit } from '../../support/every-split.ts';
import { mediaWord } from '../../support/load-run.ts';
import { servedPacket } from '../../support/wms/encoder-packets.ts';

const header = asfHeader({ packetBytes: 120 });
const packets = [0, 40].map((sendTimeMs) =>
  asfPacket({ packetBytes: 120, sendTimeMs, payloads: [{ stream: 2, isKey: true }, { stream: 1 }] }),
);
const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/x-mms-framed\r\n';
const end = Buffer.from('2445040000000000', 'hex');
const mmsh = Buffer.concat([
  servedPacket('H', header, { afFlags: 0x0c }),
  ...packets.map((packet, i) => servedPacket('D', packet, { locationId: 7 + i, afFlags: 7 + i })),
]);

/** A player of a URL, and what it says and hears. */
function play(url: string): {
  readonly protocol: PlayerProtocol;
  readonly heard: string[];
  readonly said: string[];
} {
  const heard: string[] = [];
  const said: string[] = [];
  const target = parseTarget(url);
  if (target === undefined) throw new Error(`${url} is the URL of no stream`);
  const protocol = openProtocol(target, {
    send: (bytes) => said.push(...bytes.toString('latin1').split('\r\n')),
    onMedia: (media) => heard.push(mediaWord(media)),
    onRefused: (code, description) => heard.push(`refused ${code}: ${description}`),
    onEnded: (reason) => heard.push(reason),
  });
  protocol.start();
  return { protocol, heard, said };
}

/** What a player of a URL hears when a server answers this. */
function hear(url: string, parts: readonly Buffer[]): string[] {
  const { protocol, heard } = play(url);
  for (const part of parts) protocol.receive(Buffer.from(part));
  return heard;
}

const words = ['packets of 120', '7@0 2+1', '8@40 2+1'];
const rawWords = ['packets of 120', '-@0 2+1', '-@40 2+1'];
const ofMmsh = 'mmsh://host:8080/streams/a?k=1';
const ofRaw = 'http://host/live/a.asf';

test('asks as players of this family do', () => {
  const { said } = play(ofMmsh);
  expect(said.slice(0, 2)).toEqual(['GET /streams/a?k=1 HTTP/1.1', 'Host: host:8080']);
  expect(said).toContainEqual(expect.stringMatching(/^User-Agent: NSPlayer\//));
  expect(said).toContainEqual('Pragma: xPlayStrm=1');
  expect(said).toContainEqual(expect.stringMatching(/^Pragma: xClientGUID=\{[\da-f-]{36}\}$/));
});

test.each([
  ['http://host/live/a.asf', 'GET /live/a.asf HTTP/1.1'],
  ['https://host/streams/a', 'GET /streams/a HTTP/1.1'],
])('asks for raw ASF in its own name: %s', (url, request) => {
  const { said } = play(url);
  expect(said[0]).toBe(request);
  expect(said).toContain('User-Agent: streampump load');
});

describe('at every split', () => {
  test('reads MMSH that ends', () => {
    const wire = Buffer.concat([Buffer.from(`${head}\r\n`), mmsh, end]);
    for (const parts of everySplit(wire))
      expect(hear(ofMmsh, parts)).toEqual([...words, 'the server said $E']);
  });

  test('reads MMSH in chunks', () => {
    const wire = Buffer.concat([
      Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n${mmsh.length.toString(16)}\r\n`),
      mmsh,
      Buffer.from('\r\n0\r\n\r\n'),
    ]);
    for (const parts of everySplit(wire))
      expect(hear(ofMmsh, parts)).toEqual([...words, 'the response has ended']);
  });

  test('reads raw ASF', () => {
    const wire = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), header, ...packets]);
    for (const parts of everySplit(wire)) expect(hear(ofRaw, parts)).toEqual(rawWords);
  });
});

test('goes on behind a change of the stream', () => {
  const change = Buffer.concat([
    Buffer.from('2445040001000000244304000000000024', 'hex').subarray(0, 16),
    servedPacket('H', asfHeader({ packetBytes: 130 }), { afFlags: 0x0c }),
  ]);
  expect(hear(ofMmsh, [Buffer.from(`${head}\r\n`), mmsh, change])).toEqual([...words, 'packets of 130']);
});

test.each<[string, Buffer, string]>([
  ['a packet longer than the header says', servedPacket('D', Buffer.alloc(121)), 'ASF_PACKET_INVALID'],
  ['no packet of ASF', servedPacket('D', Buffer.alloc(120, 0xff)), 'ASF_PACKET_INVALID'],
  [
    'a byte too many',
    Buffer.concat([Buffer.of(0), servedPacket('D', Buffer.alloc(0))]),
    'MMSH_PACKET_INVALID',
  ],
  ['a wrong PacketSize', servedPacket('D', packets[0] ?? end, { packetSize: 9 }), 'MMSH_PACKET_INVALID'],
])('tells of %s', (_, wire, code) => {
  expect(() => hear(ofMmsh, [Buffer.from(`${head}\r\n`), mmsh, wire])).toThrow(
    expect.objectContaining({ code }),
  );
});

test.each([
  ['an end', end, ['the server said $E']],
  ['the last chunk', Buffer.from('\r\n0\r\n\r\n'), ['the response has ended']],
  ['the end of a stream that changes', Buffer.from('2445040001000000', 'hex'), []],
  ['media', Buffer.alloc(40), []],
])('without parsing, understands %s', (_, tail, goodbye) => {
  const { protocol, heard } = play(ofMmsh);
  protocol.receive(Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`));
  protocol.stopParsing();
  protocol.readEnd(Buffer.concat([Buffer.alloc(9), tail]), false);
  expect(heard).toEqual(goodbye);
});
