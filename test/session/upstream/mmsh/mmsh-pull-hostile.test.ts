import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeMmshChange, encodeMmshHeader } from '../../../../src/protocol/mmsh/mmsh-packet.ts';
import { asfPacket } from '../../../support/asf-maker.ts';
import { flvHeader } from '../../../support/flv-body.ts';
import { data, described, header, ok, packets, played, pullMmsh } from '../../../support/mmsh-upstream.ts';
import { encoderPacket, servedPacket } from '../../../support/wms/encoder-packets.ts';

describe('an answer that is no ASF is refused', () => {
  test.each([
    { it: 'FLV', body: flvHeader, says: 'FLV' },
    { it: 'a page', body: Buffer.from('\r\n <!doctype html><p>hello'), says: 'a page or a list' },
    { it: 'a list', body: Buffer.from('<ASX version="3.0"></ASX>'), says: 'a page or a list' },
    { it: 'anything', body: Buffer.alloc(100, 'x'), says: 'something else' },
    { it: 'the beginning of anything', body: Buffer.from('x'), says: 'something else' },
  ])('$it', async ({ body, says }) => {
    for (const answers of [[], [[described()]]]) {
      const padded = Buffer.concat([body, Buffer.alloc(body.length > 9 ? 9 : 0)]);
      const answer = [ok('text/x-thing', `Content-Length: ${padded.length}`), padded];
      await using scene = await pullMmsh([...answers, answer]);
      expect(await scene.notes.end()).toEqual({
        kind: 'refused',
        description: `it was asked for ASF and answered with ${says}`,
        said: 'text/x-thing',
      });
    }
  });

  test.each([
    { status: '404 Not Found', kind: 'not-found' },
    { status: '406 Not Acceptable', kind: 'refused' },
    { status: '401 Unauthorized', kind: 'refused' },
  ])('$status is', async ({ status, kind }) => {
    for (const answers of [[], [[described()]]]) {
      await using scene = await pullMmsh([...answers, [`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`]]);
      expect(await scene.notes.end()).toMatchObject({ kind, description: status });
    }
  });

  test.each([
    ['/streams/b', /^http:\/\/127\.0\.0\.1:\d+\/streams\/b$/],
    ['mmsh://other/streams/b', /^mmsh:\/\/other\/streams\/b$/],
  ])('a redirect to %s is told, from each request', async (to, url) => {
    for (const answers of [[], [[described()]]]) {
      const answer = `HTTP/1.1 302 x\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`;
      await using scene = await pullMmsh([...answers, [answer]]);
      expect(await scene.notes.end()).toMatchObject({ kind: 'redirect', url: expect.stringMatching(url) });
    }
  });
});

describe('a hostile server costs its connection', () => {
  const long = asfPacket({ packetBytes: 401, payloads: [{ stream: 2, isKey: true }] });
  const endless = Buffer.from(header);
  endless.writeBigUInt64LE(2n ** 64n - 1n, 16);
  const fourGigabytes = Buffer.from(header);
  fourGigabytes.writeBigUInt64LE(2n ** 32n, 16);
  test.each([
    {
      it: 'a header of 2^64 bytes',
      answers: [[described(encodeMmshHeader(endless))]],
      says: /ASF_HEADER_INVALID/,
    },
    {
      it: 'a header of 4 GB',
      answers: [[described(encodeMmshHeader(fourGigabytes))]],
      says: /ASF_HEADER_INVALID/,
    },
    {
      it: 'a header of nothing',
      answers: [[described(servedPacket('H', Buffer.alloc(0)))]],
      says: /MMSH_PACKET_INVALID/,
    },
    {
      it: 'data before the header',
      answers: [[described()], played(...data)],
      says: /\$D packet before the first \$H/,
    },
    {
      it: 'data without its header',
      answers: [[described()], played(encodeMmshHeader(header), encoderPacket('D', packets[0]))],
      says: /PacketSize/,
    },
    {
      it: 'a packet that is too long',
      answers: [[described()], played(encodeMmshHeader(header), servedPacket('D', long))],
      says: /ASF_PACKET_INVALID/,
    },
    {
      it: 'a missing piece',
      answers: [[described()], played(servedPacket('H', header.subarray(0, 99), { afFlags: 4 }), ...data)],
      says: /\$D packet before the last piece/,
    },
    {
      it: 'packets out of step',
      answers: [[described()], played(encodeMmshHeader(header), Buffer.from('FLV1'))],
      says: /MMSH_PACKET_INVALID/,
    },
    {
      it: 'a raw header of 4 GB',
      answers: [[ok('video/x-ms-asf'), fourGigabytes]],
      says: /ASF_HEADER_INVALID/,
    },
    {
      it: 'raw packets that are none',
      answers: [[ok('video/x-ms-asf'), header, Buffer.alloc(400, 0xff)]],
      says: /ASF_PACKET_INVALID/,
    },
    {
      it: 'an endless head',
      answers: [[described()], [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`]],
      says: /Header overflow/i,
    },
  ])('$it', async ({ answers, says }) => {
    await using scene = await pullMmsh(answers, { stays: true });
    const { kind, description } = await scene.notes.end();
    expect([kind, description]).toEqual(['lost', expect.stringMatching(says)]);
    for (const { closed } of scene.server.connections) await closed;
  });
});

test('whatever comes, there is one end at most, nothing behind it, and no bug', async () => {
  const whole = Buffer.concat([
    encodeMmshHeader(header),
    ...data,
    encodeMmshChange(),
    encodeMmshHeader(header),
  ]);
  const mutation = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255), cut: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(mutation, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      async (list, isRaw) => {
        const body = isRaw ? Buffer.concat([header, ...packets]) : Buffer.from(whole);
        for (const { at, value } of list) body[at % body.length] = value;
        const end = list[0]?.cut ? (list[0].at % body.length) + 1 : body.length;
        const answers = isRaw ? [] : [[described(body)]];
        await using scene = await pullMmsh([
          ...answers,
          [ok('x', `Content-Length: ${end}`), body.subarray(0, end)],
        ]);
        const { kind, description } = await scene.notes.end();
        expect([kind, description]).toEqual([
          expect.stringMatching(/^(ended|lost|refused)$/),
          expect.not.stringMatching(/bug/),
        ]);
        expect(scene.told.indexOf('end')).toBe(scene.told.length - 1);
      },
    ),
    { numRuns: 150 },
  );
});

test('a server that sends next to nothing in many packets is slowed', async () => {
  const nothing = Buffer.concat(Array.from({ length: 50_000 }, () => encoderPacket('P')));
  await using scene = await pullMmsh([[described()], played(encodeMmshHeader(header), nothing)], {
    stays: true,
  });
  await scene.notes.until('slowed');
  expect(scene.told).toEqual(['start', 0, 'slowed']);
});
