import { describe, expect, test } from 'vitest';
import { MmshIds } from '../../../src/protocol/mmsh/mmsh-ids.ts';
import { asfParts } from '../../support/asf-frames.ts';
import { audioStream, asfHeader as madeHeader, videoStream } from '../../support/asf-maker.ts';
import { deadlines } from '../../support/compliance-scene.ts';
import { settings } from '../../support/fake-studio.ts';
import { chunk } from '../../support/flv-body.ts';
import { heldMemory } from '../../support/held-memory.ts';
import {
  changePacket,
  encoderPacket,
  endPacket,
  filler,
  ServedPackets,
} from '../../support/wms/encoder-packets.ts';
import { pushPackets } from '../../support/wms/mmsh-words.ts';
import { PushScene, pushKey } from '../../support/wms/push-scene.ts';

const opening = pushPackets('VH1@0 K1@0 P1@40');
const unbounded = 2_147_483_647;
const over = endPacket(0);

/** An encoder in the midst of a PushStart that has no end soon. */
async function streaming(scene: PushScene, pushId?: string, body = opening) {
  const client = scene.connect();
  scene.head(client, { pushId, length: unbounded });
  client.send(body);
  await scene.letIn();
  return client;
}

describe('PushStarts of one push-id', () => {
  test('are one stream, from whatever connection: nothing is missing, and no header is needed', async () => {
    const scene = new PushScene();
    const news = scene.play();
    const pushId = await scene.setUp();
    const parts = ['VH1@0 K1@0 P1@40', 'P2@80', 'P3@120 K2@160', 'P4@200'].map(pushPackets);
    for (const part of parts) {
      const answer = await scene.post(scene.connect(), part, { pushId });
      expect(answer).toMatch(/^HTTP\/1\.1 204 No Content\r\n.*server: Cougar\/9\.6\.7600\.16564\r\n/s);
      expect(answer).not.toMatch(/content-length|connection: close/i);
      await scene.pass(deadlines.pushGapMs - 1);
    }
    expect(scene.said('unpublish')[0]).toMatch(
      /^stopped publishing streams\/a after \d+ s: the next part is to follow$/,
    );
    expect(scene.registry.get(pushKey)?.state).toBe('live');
    await scene.pass(1);
    expect(scene.registry.get(pushKey)?.state).toBe('grace');
    await scene.pass(settings.graceMs);
    expect(await news()).toBe('H 0 40 80 120 160 200ended');
  });

  test('are measured as one publication, however short each is', async () => {
    const scene = new PushScene();
    const none = { maxFramesPerSecond: null, maxKeyframeIntervalMs: null };
    scene.publisherLimits = { ...none, maxBitsPerSecond: 10_000, onExcess: 'end' };
    const pushId = await scene.setUp();
    const answers: string[] = [];
    for (let second = 0; second <= 14; second++) {
      const media = second === 0 ? 'VH1@0 K1@0' : `P${second}@${second * 1000}:5000`;
      answers.push(await scene.post(scene.connect(), pushPackets(media), { pushId }));
      await scene.pass(1000);
    }
    const refused = answers.find((answer) => !/^HTTP\/1\.1 204 /.test(answer));
    expect(refused).toMatch(/^HTTP\/1\.1 403 .* bits per second, more than the 10000 that are allowed\n$/s);
  });

  test('are filled up to their lengths, and may each say the header again', async () => {
    const scene = new PushScene();
    const news = scene.play();
    const pushId = await scene.setUp();
    const client = scene.connect();
    for (const part of ['VH1@0 K1@0', 'VH1@0 P1@40', 'P2@80'])
      await scene.post(client, Buffer.concat([pushPackets(part), filler(70_000)]), { pushId });
    await scene.post(client, filler(5000), { pushId });
    await scene.post(client, pushPackets('P3@120'), { pushId });
    expect(await news()).toBe('H 0 40 80 120');
  });

  test('go on with data packet headers where the first had them', async () => {
    const scene = new PushScene();
    const news = scene.play();
    const pushId = await scene.setUp();
    const served = new ServedPackets(50_000);
    for (const script of ['VH1@0 K1@0', 'P1@40', 'P2@80']) {
      const body = [...asfParts(script)].map(({ is, bytes }) =>
        is === 'header' ? served.header(bytes) : served.data(bytes),
      );
      expect(await scene.post(scene.connect(), Buffer.concat(body), { pushId })).toMatch(/^HTTP\/1\.1 204 /);
    }
    expect(await news()).toBe('H 0 40 80');
  });

  test('that are sent one behind the other without waiting are taken in turn', async () => {
    const scene = new PushScene();
    const news = scene.play();
    const pushId = await scene.setUp();
    const client = scene.connect();
    const parts = ['VH1@0 K1@0', 'P1@40', 'P2@80'].map(pushPackets);
    for (const body of parts) {
      scene.head(client, { pushId, length: body.length });
      client.send(body);
    }
    for (const _ of parts) await scene.letIn();
    expect(client.text.match(/HTTP\/1\.1 204 /g)).toHaveLength(3);
    expect(await news()).toBe('H 0 40 80');
  });

  test('of which two are there at once are two publishers: the later takes over by a header and a keyframe, or not at all', async () => {
    const scene = new PushScene();
    const news = scene.play();
    const pushId = await scene.setUp();
    const first = await streaming(scene, pushId);
    const second = await streaming(scene, pushId, pushPackets('P2@80'));
    expect(second.text).toMatch(
      /^HTTP\/1\.1 422 .*before the first \$H packet, at byte 0 \(MMSH_PACKET_INVALID\)\n$/s,
    );
    first.send(pushPackets('P2@80'));
    expect(await news()).toBe('H 0 40 80');
    const third = await streaming(scene, pushId, pushPackets('VH1@0 P1@40'));
    first.send(pushPackets('P3@120'));
    await scene.settle();
    expect(first.text).toBe('');
    third.send(pushPackets('K2@80'));
    await scene.settle();
    expect(first.text).toMatch(/^HTTP\/1\.1 409 .*server: Cougar.*was taken over by another publisher\n$/s);
    expect(await news()).toMatch(/^120 \d+$/);
  });

  test('that come after a loss begin anew', async () => {
    const scene = new PushScene();
    const pushId = await scene.setUp();
    const first = await streaming(scene, pushId);
    first.socket.destroy();
    await scene.settle();
    expect(scene.registry.get(pushKey)?.state).toBe('grace');
    expect((await streaming(scene, pushId, pushPackets('P2@80'))).text).toMatch(/^HTTP\/1\.1 422 /);
    await streaming(scene, pushId);
    expect(scene.registry.get(pushKey)?.state).toBe('live');
  });

  test('ten hours of them leave nothing behind', async () => {
    const scene = new PushScene();
    const news = scene.play();
    const pushId = await scene.setUp();
    const client = scene.connect();
    const held = (): unknown => [
      scene.clock.pending,
      scene.granted.size,
      [...scene.registry.streams()].map(({ state }) => state),
      client.socket.listenerCount('data'),
    ];
    let before: unknown;
    let bytesBefore = 0;
    for (let minute = 0; minute < 600; minute++) {
      const body = pushPackets(
        minute === 0 ? 'VH1@0 K1@0' : `K1@${minute * 60_000} P1@${minute * 60_000 + 40}`,
      );
      scene.head(client, { pushId, length: body.length });
      client.send(body);
      await scene.letIn();
      await scene.pass(60_000 - settings.maxDelayMs - 1); // as long as the connection is kept
      await news();
      scene.log.lines.length = 0;
      client.forget();
      if (minute !== 100) continue;
      before = held();
      bytesBefore = heldMemory();
    }
    expect(held()).toEqual(before);
    expect(heldMemory() - bytesBefore).toBeLessThan(500 * 4096); // one request with its answer takes more
    expect(scene.sessions).toHaveLength(2);
    expect(scene.releases).toEqual(scene.releases.map(() => 1));
  });
});

describe('a PushStart', () => {
  test('is relayed as it comes', async () => {
    const scene = new PushScene();
    const news = scene.play();
    const client = await streaming(scene, await scene.setUp());
    expect(await news()).toBe('H 0 40');
    const packet = pushPackets('P2@80');
    client.send(packet.subarray(0, -1));
    expect(await news()).toBe('');
    client.send(packet.subarray(-1));
    expect(await news()).toBe('80');
  });

  test('without a push-id is one like any other where access says so, and the only one', async () => {
    const scene = new PushScene();
    const news = scene.play();
    const client = scene.connect();
    scene.head(client);
    client.send(chunk(opening));
    await scene.letIn();
    client.send('0\n\n');
    await scene.settle();
    expect(client.text).toMatch(/^HTTP\/1\.1 204 /);
    expect(await news()).toBe('H 0 40');
    expect(scene.said('unpublish')).toEqual([
      'stopped publishing streams/a after 0 s: its request ended before its stream',
    ]);
    expect(scene.registry.get(pushKey)?.state).toBe('grace');
    expect(await scene.post(client, pushPackets('P2@80'), { pushId: '0' })).toMatch(/^HTTP\/1\.1 422 /);
  });

  test.for([
    { what: 'of another stream', pushId: new MmshIds(Buffer.alloc(32, 1)).newPushId('streams/b') },
    { what: 'of another relay', pushId: new MmshIds(Buffer.alloc(32, 2)).newPushId(pushKey) },
    { what: 'that is none', pushId: '1' },
    { what: 'that is empty', pushId: '' },
    { what: 'of several words', pushId: '12 34' },
    { what: 'longer than any', pushId: '1'.repeat(4000) },
  ])('with a push-id $what is refused, and nobody is asked', async ({ pushId }) => {
    const scene = new PushScene();
    const client = scene.connect();
    scene.head(client, { pushId, length: unbounded });
    client.send(opening);
    await scene.settle();
    expect(client.text).toMatch(/^HTTP\/1\.1 403 .*server: Cougar.*ask for one by a PushSetup\n$/s);
    expect([scene.pending, scene.events]).toEqual([[], ['rejected: access']]);
  });

  test.for([
    { what: 'no packets at all', body: Buffer.from('<html>'), says: 'expected 0x24, at byte 0' },
    {
      what: 'a packet before the header',
      body: pushPackets('K1@0'),
      says: 'before the first $H packet, at byte 0',
    },
    {
      what: 'no ASF in its header',
      body: encoderPacket('H', Buffer.alloc(100)),
      says: 'does not begin with an ASF header',
    },
    {
      what: 'a packet that is too long',
      body: Buffer.concat([encoderPacket('H', madeHeader({ packetBytes: 200 })), pushPackets('K1@0:300')]),
      says: 'ASF_PACKET_INVALID',
    },
    {
      what: 'data packet headers after none',
      body: Buffer.concat([opening, new ServedPackets(0).data(Buffer.alloc(60_000))]),
      says: 'ASF_PACKET_INVALID',
    },
  ])('with $what is told so, once, and takes no stream from its publisher', async ({ body, says }) => {
    const scene = new PushScene();
    const { source } = scene.publish('VH1@0 K1@0');
    const client = scene.connect();
    scene.head(client, { length: unbounded });
    client.send(body);
    client.send(body);
    (await scene.asked()).decide(scene.grant('live/a'));
    await scene.settle();
    expect(client.text).toMatch(/^HTTP\/1\.1 422 Unprocessable Entity\r\n.*server: Cougar.*\n$/s);
    expect(client.text).toContain(says);
    expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(scene.log.find('protocol-error')).toHaveLength(1);
    expect(scene.registry.get('live/a')?.source === source).toBe(body.indexOf(opening) < 0);
  });

  test('that ends in the middle of a packet is told so', async () => {
    const scene = new PushScene();
    const body = Buffer.concat([opening, over.subarray(0, 6)]);
    const answer = await scene.post(scene.connect(), body, { pushId: await scene.setUp() });
    expect(answer).toMatch(/^HTTP\/1\.1 422 .*the stream ends inside a packet, at byte \d+ /s);
    expect(scene.registry.get(pushKey)?.state).toBe('grace');
  });

  test('may be silent for a minute, be it at the beginning of one that goes on', async () => {
    const scene = new PushScene();
    const pushId = await scene.setUp();
    await scene.post(scene.connect(), opening, { pushId });
    const client = await streaming(scene, pushId, Buffer.alloc(0));
    for (const script of ['', 'P2@80']) {
      client.send(pushPackets(script));
      await scene.settle();
      await scene.pass(deadlines.pushSilenceMs - 1);
      expect(client.text).toBe('');
      client.send(filler(100)); // which is no packet of the stream
    }
    await scene.pass(1);
    expect(client.text).toMatch(/^HTTP\/1\.1 408 .*server: Cougar.*no media in time\n$/s);
    expect(scene.registry.get(pushKey)?.state).toBe('grace');
  });

  test('goes on with another header within: of the same streams for those who play, of others for those who come', async () => {
    const scene = new PushScene();
    const news = scene.play();
    const client = await streaming(scene, await scene.setUp());
    const header = (size: number): Buffer =>
      madeHeader({
        packetBytes: 60_000,
        streams: [audioStream, { ...videoStream, size }],
        fileId: '77'.repeat(16),
      });
    client.send(Buffer.concat([endPacket(1), changePacket(header(320)), pushPackets('K2@80')]));
    expect(await news()).toBe('H 0 40 80');
    client.send(Buffer.concat([endPacket(1), changePacket(header(640)), pushPackets('K3@120')]));
    expect(await news()).toBe('format');
    expect(await scene.play()()).toBe('H 120');
    expect(scene.said('unpublish')).toEqual([]);
  });
});

describe('the end of a stream', () => {
  test('is its end at once; the request is answered at its own', async () => {
    const scene = new PushScene();
    const news = scene.play();
    const client = scene.connect();
    scene.head(client, { pushId: await scene.setUp() });
    client.send(chunk(opening));
    await scene.letIn();
    client.send(chunk(Buffer.concat([over, pushPackets('P2@80')])));
    expect(await news()).toBe('H 0 40ended');
    expect(scene.registry.get(pushKey)).toBeUndefined();
    expect(client.text).toBe('');
    client.send(chunk(filler(70_000)));
    client.send('0\n\n');
    await scene.settle();
    expect(client.text).toMatch(/^HTTP\/1\.1 204 No Content\r\n.*server: Cougar/s);
    expect(client.text).not.toContain('close');
    expect(await scene.post(client, opening, { pushId: await scene.setUp(client) })).toMatch(
      /^HTTP\/1\.1 204 /,
    );
  });

  test('is answered where the request has no end: to who closes its side, and after a moment to who waits', async () => {
    const scene = new PushScene();
    for (const waits of [false, true]) {
      const client = await streaming(scene, await scene.setUp());
      client.send(over);
      await scene.settle();
      expect(client.text).toBe('');
      if (waits) await scene.pass(2000);
      else client.socket.end();
      await scene.settle();
      expect(client.text).toMatch(/^HTTP\/1\.1 204 No Content\r\n.*server: Cougar.*\r\n\r\n$/s);
      expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(client.socket.readableEnded).toBe(true);
    }
    expect(scene.log.find('protocol-error')).toEqual([]);
    expect(scene.said('unpublish').every((text) => text.endsWith('the stream ended'))).toBe(true);
  });

  test('comes with the end of its request as well', async () => {
    const scene = new PushScene();
    const news = scene.play();
    const body = Buffer.concat([opening, over, filler(30)]);
    const answer = await scene.post(scene.connect(), body, { pushId: await scene.setUp() });
    expect(answer).toMatch(/^HTTP\/1\.1 204 /);
    expect(await news()).toBe('H 0 40ended');
  });
});
