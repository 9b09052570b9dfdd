import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serviceHandlers } from '../../src/amf-gateway/service-handlers.ts';
import { encodeAmfPacket } from '../../src/protocol/amf/amf-packet.ts';
import { type AmfValue, amfObject, TypedObject } from '../../src/protocol/amf/amf-value.ts';
import type { ClientCall } from '../../src/session/calls/client-call.ts';
import { RawHttp } from '../support/http-client.ts';
import { runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';

/** What Wireshark sees in a request and its answer, from the beginning of AMF on: a list of lines for each of both. */
async function dissected(request: Buffer, answer: Buffer): Promise<string[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'amf-capture-'));
  try {
    const [text, capture] = [join(folder, 'bytes.txt'), join(folder, 'capture.pcap')];
    await writeFile(text, `O\n${dump(request)}\nI\n${dump(answer)}\n`);
    await using converter = runTool('text2pcap', ['-q', '-D', '-T', '40000,80', text, capture]);
    await converter.output;
    await using tshark = runTool('tshark', ['-r', capture, '-V', '-O', 'amf']);
    const shown = await tshark.output;
    return shown
      .split(/^Action Message Format$/m)
      .slice(1)
      .map((part) => part.split('\n').map((line) => line.trim()));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function dump(bytes: Buffer): string {
  const rows = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => i * 16);
  return rows
    .map((at) => {
      const row = [...bytes.subarray(at, at + 16)].map((byte) => byte.toString(16).padStart(2, '0'));
      return `${at.toString(16).padStart(6, '0')} ${row.join(' ')}`;
    })
    .join('\n');
}

test('Wireshark sees in a packet and its answer what is meant by them', async () => {
  const { answer } = serviceHandlers<ClientCall>({
    'com.example': { echo: (_call, value) => [value, 'text', 'text', 2 ** 28 - 1, 2 ** 28] },
  });
  await using relay = await startRelay({ calls: { amfPath: '/amf' } }, { calls: { answer } });
  const exchange = async (version: 0 | 3, args: AmfValue[]): Promise<string[][]> => {
    const headers = [{ name: 'Odd', mustUnderstand: false, value: amfObject({ userid: 'joe' }) }];
    const bodies = [{ target: 'com.example.echo', response: '/7', value: args }];
    const body = encodeAmfPacket({ version, headers, bodies });
    const head = `POST /amf HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-amf\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const request = Buffer.concat([Buffer.from(head), body]);
    await using client = await RawHttp.open(relay.port('http'));
    client.send(request);
    await client.closed;
    return dissected(request, client.bytes);
  };

  const shared = amfObject({ k: 'v' });
  const point = new TypedObject('com.example.Point', amfObject({ x: 1 }));
  const [asked = [], answered = []] = await exchange(0, [amfObject({ list: [shared, shared], point })]);
  expect(asked).toEqual(
    expect.arrayContaining([
      ...['AMF version: 0', 'Name: Odd', 'Must understand: False', 'String: joe'],
      ...['Target URI: com.example.echo', 'Response URI: /7', 'Reference 3', 'String: com.example.Point'],
    ]),
  );
  expect(answered).toEqual(
    expect.arrayContaining([
      ...['AMF version: 0', 'Target URI: /7/onResult', 'Response URI: null', 'Strict array (5 items)'],
      ...['String: com.example.Point', 'Number: 268435456'],
    ]),
  );

  const [, third = []] = await exchange(3, ['of AMF3']);
  expect(third).toEqual(
    expect.arrayContaining([
      ...['AMF version: 3', 'Target URI: /7/onResult', 'Switch to AMF3', 'Length of dense portion: 5'],
      ...[
        'String: of AMF3',
        'String: text',
        'String reference: 1',
        'Integer: 268435455',
        'Number: 268435456',
      ],
    ]),
  );
  for (const lines of [asked, answered, third]) expect(lines.join('\n')).not.toContain('Malformed');
});
