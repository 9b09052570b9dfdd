import { describe, expect, test } from 'vitest';
import { amfObject } from '../../src/protocol/amf/amf-value.ts';
import { decodeAmf0, encodeAmf0 } from '../../src/protocol/amf/amf0.ts';
import type { StreamMessage } from '../../src/rtmp-session/stream-message.ts';
import { hex } from '../support/chunk-outcome.ts';
import { RtmpSessionPair, rest, take } from '../support/rtmp-session-pair.ts';

const audio = (timestamp: number, payload = 'af0101'): StreamMessage => ({
  type: 'audio',
  timestamp,
  payload: new Uint8Array(hex(payload)),
});
const keyframe = new Uint8Array(200_000).fill(0x17);

describe.each(['node', 'web'] as const)('over a duplex as %s has it', (over) => {
  test('a client connects, with all that it says of itself', async () => {
    await using pair = new RtmpSessionPair({
      over,
      client: {
        app: 'live?key=1',
        tcUrl: 'rtmp://a/live',
        connectArgs: ['x', 7],
        connectProperties: { b: 1 },
      },
    });
    const connected = pair.client.connect();
    const event = await pair.event('connect');
    expect(event.request).toMatchObject({
      app: 'live?key=1',
      tcUrl: 'rtmp://a/live',
      extraArgs: ['x', 7],
      commandObject: { b: 1 },
    });
    event.accept();
    expect(await connected).toMatchObject({ code: 'NetConnection.Connect.Success' });
  });

  test('a client publishes, and the end is the end of the iteration', async () => {
    await using pair = await RtmpSessionPair.connected({ over });
    const { event, received, publication } = await pair.publish('a?key=1');
    expect([event.streamName, event.publishType, publication.messageStreamId]).toEqual([
      'a?key=1',
      'live',
      1,
    ]);
    void publication.sendData(0, '@setDataFrame', 'onMetaData', amfObject({ width: 1920 }));
    void publication.send({ type: 'video', timestamp: 0x01000000, payload: keyframe });
    void publication.send(audio(0xffffffff));
    publication.close();
    const messages = await rest(received);
    expect(messages.map(({ type, timestamp, payload }) => [type, timestamp, payload.length])).toEqual([
      ['data', 0, expect.any(Number)],
      ['video', 0x01000000, 200_000],
      ['audio', 0xffffffff, 3],
    ]);
    expect(decodeAmf0(messages[0]?.payload ?? Buffer.alloc(0))).toEqual([
      '@setDataFrame',
      'onMetaData',
      { width: 1920 },
    ]);
    expect(messages[1]?.payload).toEqual(keyframe);
    expect(await publication.ended).toBeUndefined();
    await expect(publication.send(audio(1))).rejects.toThrow('a?key=1 is over: nothing can be sent');
  });

  test('a client plays, and the end is the end of the iteration', async () => {
    await using pair = await RtmpSessionPair.connected({ over });
    const { event, play, played } = await pair.play();
    expect([event.streamName, event.start, played.information['description']]).toEqual([
      'a',
      -1000,
      'playing a',
    ]);
    void play.sendData(0, 'onMetaData', amfObject({ width: 1920 }));
    void play.send({ type: 'video', timestamp: 40, payload: keyframe });
    play.status('NetStream.Data.Start', 'begins');
    play.close();
    const events = await rest(played);
    expect(
      events.map((given) => ('timestamp' in given ? [given.type, given.payload.length] : given)),
    ).toEqual([
      ['data', encodeAmf0('|RtmpSampleAccess', true, true).length],
      ['data', encodeAmf0('onMetaData', amfObject({ width: 1920 })).length],
      ['video', 200_000],
      expect.objectContaining({ type: 'status', code: 'NetStream.Data.Start' }),
    ]);
    expect(await play.ended).toBeUndefined();
  });

  test('close says farewell: what was sent arrives, and both ends know who has closed', async () => {
    await using pair = await RtmpSessionPair.connected({ over });
    const { received, publication } = await pair.publish();
    void publication.send({ type: 'video', timestamp: 0, payload: keyframe });
    expect(await pair.client.close()).toEqual({ by: 'us', error: undefined });
    expect(await rest(received)).toHaveLength(1);
    expect(await pair.server.closed).toEqual({ by: 'peer', error: undefined });
    expect(await rest(pair.server)).toEqual([]);
  });
});

describe('streams', () => {
  test('are several on one connection, each on its own message stream', async () => {
    await using pair = await RtmpSessionPair.connected();
    const [a, b] = [await pair.publish('a'), await pair.publish('b')];
    const c = await pair.play('c');
    expect([a, b].map(({ publication }) => publication.messageStreamId)).toEqual([1, 2]);
    expect(c.played.messageStreamId).toBe(3);
    void a.publication.send(audio(1));
    void b.publication.send(audio(2));
    void c.play.send(audio(3));
    a.publication.close();
    void b.publication.send(audio(4));
    b.publication.close();
    expect(await rest(a.received)).toEqual([audio(1)]);
    expect(await rest(b.received)).toEqual([audio(2), audio(4)]);
    expect((await take(c.played, 2))[1]).toEqual(audio(3));
  });

  test('are as many as the limit says; one that is over makes room', async () => {
    await using pair = await RtmpSessionPair.connected({ client: { limits: { messageStreams: 1 } } });
    const { publication } = await pair.publish('a');
    await expect(pair.client.play('b')).rejects.toThrow('play of b: this session has 1 streams');
    publication.close();
    await expect(pair.publish('b')).resolves.toBeDefined();
  });

  test('are paused, and wanted without a kind', async () => {
    await using pair = await RtmpSessionPair.connected();
    const { play, played } = await pair.play();
    played.pause(true);
    expect(await pair.event('pause')).toEqual({ type: 'pause', play, isPaused: true });
    played.receiveAudio(false);
    expect(await pair.event('receive')).toEqual({ type: 'receive', play, kind: 'audio', isWanted: false });
    played.receiveVideo(true);
    expect(await pair.event('receive')).toEqual({ type: 'receive', play, kind: 'video', isWanted: true });
    played.pause(false);
    expect(await pair.event('pause')).toMatchObject({ isPaused: false });
    const codes = (await take(played, 3)).map((event) => ('code' in event ? event.code : event.type));
    expect(codes).toEqual(['data', 'NetStream.Pause.Notify', 'NetStream.Unpause.Notify']);
  });

  test('that the client closes end at the server in good order', async () => {
    await using pair = await RtmpSessionPair.connected();
    const { play, played } = await pair.play();
    played.close();
    expect(await play.ended).toBeUndefined();
    expect(await rest(played)).toEqual([]);
  });

  test('are told by the server that nothing comes for now', async () => {
    await using pair = await RtmpSessionPair.connected();
    const { received, publication } = await pair.publish();
    received.close('the show is over');
    const error = await publication.ended;
    expect(error).toMatchObject({
      name: 'RtmpRefusedError',
      code: 'NetStream.Publish.Failed',
      message: 'the show is over',
    });
    await expect(publication.send(audio(1))).rejects.toBe(error);
  });

  test('end with an error when the connection goes', async () => {
    await using pair = await RtmpSessionPair.connected();
    const a = await pair.publish('a');
    const b = await pair.play('b');
    pair.server.destroy(new Error('power cut'));
    const gone = { name: 'SessionClosedError' };
    await expect(rest(b.played)).rejects.toMatchObject(gone);
    expect(await a.publication.ended).toMatchObject(gone);
    await expect(rest(a.received)).rejects.toThrow('the connection has failed: power cut');
    expect(await b.play.ended).toMatchObject(gone);
    await expect(rest(pair.server)).rejects.toThrow('power cut');
  });
});

describe('refusals', () => {
  test('of connect: what the server says, and the session is closed', async () => {
    await using pair = new RtmpSessionPair();
    const connected = pair.client.connect();
    (await pair.event('connect')).refuse('try there', {
      ex: amfObject({ code: 302, redirect: 'rtmp://b/live' }),
    });
    await expect(connected).rejects.toMatchObject({
      name: 'RtmpRefusedError',
      code: 'NetConnection.Connect.Rejected',
      message: 'try there',
      information: { ex: { redirect: 'rtmp://b/live' } },
    });
    expect((await pair.client.closed).by).toBe('fault');
    await expect(pair.client.play('a')).rejects.toMatchObject({ name: 'SessionClosedError' });
  });

  test('of publish and play leave the connection as it is', async () => {
    await using pair = await RtmpSessionPair.connected();
    const published = pair.client.publish('a');
    (await pair.event('publish')).refuse('not you');
    await expect(published).rejects.toMatchObject({ code: 'NetStream.Publish.Denied', message: 'not you' });
    const played = pair.client.play('a');
    (await pair.event('play')).refuse('there is none');
    await expect(played).rejects.toMatchObject({ code: 'NetStream.Play.StreamNotFound' });
    await expect(pair.play('b')).resolves.toBeDefined();
  });

  test('and acceptances are given once', async () => {
    await using pair = new RtmpSessionPair();
    pair.client.connect().catch(() => {}); // the test ends before it is connected
    const event = await pair.event('connect');
    event.accept();
    expect(() => event.refuse('no')).toThrow('connect was decided before');
    expect(() => event.accept()).toThrow('connect was decided before');
  });

  test('of what asks before it is connected, or connects twice', async () => {
    await using pair = new RtmpSessionPair();
    await expect(pair.client.play('a')).rejects.toThrow('play needs a connection: call connect first');
    const connected = pair.client.connect();
    await expect(pair.client.connect()).rejects.toThrow('connect was called before');
    (await pair.event('connect')).accept();
    await connected;
  });
});

describe('the connection', () => {
  test('has statuses, which are events of the client', async () => {
    await using pair = await RtmpSessionPair.connected();
    pair.server.status('NetConnection.Connect.ReconnectRequest', 'please', { tcUrl: '/other' });
    expect(await take(pair.client, 1)).toMatchObject([
      { type: 'status', code: 'NetConnection.Connect.ReconnectRequest', information: { tcUrl: '/other' } },
    ]);
  });

  test('is measured by pings, from both sides', async () => {
    await using pair = await RtmpSessionPair.connected();
    expect(pair.client.roundTripMs).toBeUndefined();
    for (const session of [pair.client, pair.server]) {
      const roundTripMs = await session.ping();
      expect(roundTripMs).toBeGreaterThanOrEqual(0);
      expect(session.roundTripMs).toBe(roundTripMs);
    }
  });

  test('is closed by `await using`', async () => {
    let pair: RtmpSessionPair;
    {
      pair = await RtmpSessionPair.connected();
      await using client = pair.client;
      expect(client.backlogBytes).toBe(0);
    }
    expect(await pair.server.closed).toEqual({ by: 'peer', error: undefined });
    pair.server.destroy();
  });

  test('has object encoding 3 where both know it: data arrives as it was', async () => {
    await using pair = await RtmpSessionPair.connected({ client: { objectEncoding: 3 } });
    const { received, publication } = await pair.publish();
    void publication.sendData(7, 'onTextData', new Uint8Array([1, 2]));
    const [message] = await take(received, 1);
    expect(decodeAmf0(message?.payload ?? Buffer.alloc(0))).toEqual(['onTextData', new Uint8Array([1, 2])]);
    const { play, played } = await pair.play();
    void play.sendData(7, 'onTextData', 'x');
    const [, text] = await take(played, 2);
    expect(text).toEqual({
      type: 'data',
      timestamp: 7,
      payload: new Uint8Array(encodeAmf0('onTextData', 'x')),
    });
  });
});
