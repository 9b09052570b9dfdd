import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { amfObject } from '../../src/protocol/amf/amf-value.ts';
import { ClientSession } from '../../src/rtmp-session/client-session.ts';
import { ServerSession } from '../../src/rtmp-session/server-session.ts';
import { RawRtmpPeer } from '../support/raw-rtmp-peer.ts';
import { RtmpSessionPair, rest, take } from '../support/rtmp-session-pair.ts';

const success = amfObject({ level: 'status', code: 'NetConnection.Connect.Success' });
const media = (bytes: number, timestamp = 0) =>
  ({ type: 'video', timestamp, payload: new Uint8Array(bytes).fill(7) }) as const;

/** A client session whose server, which is raw, has accepted connect. */
async function connectedClient(options = {}): Promise<{ client: ClientSession; peer: RawRtmpPeer }> {
  const peer = new RawRtmpPeer();
  const client = new ClientSession(peer.duplex, { app: 'live', ...options });
  const connected = client.connect();
  peer.shakeHands('server');
  peer.command('_result', 1, null, success);
  await connected;
  return { client, peer };
}

/** A server session whose client, which is raw, is connected. */
async function connectedServer(options = {}): Promise<{ server: ServerSession; peer: RawRtmpPeer }> {
  const peer = new RawRtmpPeer();
  const server = new ServerSession(peer.duplex, options);
  peer.shakeHands('client');
  peer.command('connect', 1, amfObject({ app: 'live' }));
  const [event] = await take(server, 1);
  if (event?.type === 'connect') event.accept();
  return { server, peer };
}

describe('deadlines', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  const timedOut = (what: string, timeoutMs: number) => ({
    by: 'fault',
    error: { name: 'TimeoutError', what, timeoutMs },
  });

  test.each([
    { what: 'handshake', ms: 10_000, say: () => {} },
    { what: 'connect', ms: 10_000, say: (peer: RawRtmpPeer) => peer.shakeHands('client') },
    {
      what: 'decision about connect',
      ms: 30_000,
      say: (peer: RawRtmpPeer) => {
        peer.shakeHands('client');
        peer.command('connect', 1, amfObject({ app: 'live' }));
      },
    },
  ])('of a server: $what', async ({ what, ms, say }) => {
    const peer = new RawRtmpPeer();
    const server = new ServerSession(peer.duplex);
    say(peer);
    await vi.advanceTimersByTimeAsync(ms - 1);
    const early = await Promise.race([server.closed, Promise.resolve('open')]);
    expect(early).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    expect(await server.closed).toMatchObject(timedOut(what, ms));
  });

  test('of a server: a decision about publish', async () => {
    const { server, peer } = await connectedServer();
    peer.commandOn(1, 'publish', 2, null, 'a');
    const [event] = await take(server, 1);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await server.closed).toMatchObject(timedOut('decision about publish of a', 30_000));
    if (event?.type !== 'publish') throw new Error('it is a publish');
    expect(() => event.accept()).toThrow('the connection has failed: decision about publish of a');
  });

  test.each([
    { what: 'handshake', say: () => {} },
    { what: 'answer to connect', say: (peer: RawRtmpPeer) => peer.shakeHands('server') },
  ])('of a client: $what', async ({ what, say }) => {
    const peer = new RawRtmpPeer();
    const client = new ClientSession(peer.duplex, { app: 'live' });
    const connected = client.connect();
    const failed = expect(connected).rejects.toMatchObject({
      name: 'SessionClosedError',
      cause: { name: 'TimeoutError', what },
    });
    say(peer);
    await vi.advanceTimersByTimeAsync(10_000);
    await failed;
    expect(await client.closed).toMatchObject(timedOut(what, 10_000));
  });

  test('of a play that is not answered: the message stream is deleted, and the connection goes on', async () => {
    const { client, peer } = await connectedClient();
    const played = client.play('a');
    const failed = expect(played).rejects.toMatchObject({ name: 'TimeoutError', what: 'play of a' });
    peer.command('_result', 4, null, 1);
    await vi.advanceTimersByTimeAsync(30_000);
    await failed;
    await vi.advanceTimersByTimeAsync(0);
    expect(peer.heardNames().filter((name) => name.includes('Stream'))).toEqual([
      'createStream 4 on 0',
      'deleteStream 0 on 0',
    ]);
    client.destroy();
  });

  test('of a call, which alone fails', async () => {
    const { client } = await connectedClient();
    const failed = expect(client.call('wait')).rejects.toMatchObject({ what: 'answer to wait' });
    await vi.advanceTimersByTimeAsync(30_000);
    await failed;
    client.destroy();
  });

  test('of a peer that gives no sign of life', async () => {
    const { client, peer } = await connectedClient();
    await vi.advanceTimersByTimeAsync(44_999);
    expect(peer.heardNames().filter((name) => name.startsWith('ping'))).toEqual(['ping request 15000']);
    peer.stopListening();
    await vi.advanceTimersByTimeAsync(15_001);
    expect(await client.closed).toMatchObject(timedOut('sign of life', 45_000));
  });

  test('of silence hold for nobody who answers pings, nor for one who is not read', async () => {
    await using pair = await RtmpSessionPair.connected({ server: { limits: { unreadEvents: 2 } } });
    await vi.advanceTimersByTimeAsync(200_000);
    const { received, publication } = await pair.publish();
    for (let i = 0; i < 5; i++) void publication.send(media(1000, i));
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await take(received, 5)).map(({ timestamp }) => timestamp)).toEqual([0, 1, 2, 3, 4]);
    expect(await pair.server.ping()).toBeGreaterThanOrEqual(0);
  });

  test('of a close that the peer does not follow', async () => {
    const { client, peer } = await connectedClient();
    peer.stopListening();
    const closed = client.close();
    await vi.advanceTimersByTimeAsync(2000);
    expect(await closed).toEqual({ by: 'us', error: undefined });
  });
});

describe('a signal closes a session at once', () => {
  const enough = new Error('enough');

  test.each([
    { state: 'before anything', say: () => {} },
    { state: 'behind the handshake', say: (peer: RawRtmpPeer) => peer.shakeHands('client') },
    {
      state: 'that asks to connect',
      say: (peer: RawRtmpPeer) => {
        peer.shakeHands('client');
        peer.command('connect', 1, amfObject({ app: 'live' }));
      },
    },
  ])('of a server $state', async ({ say }) => {
    const abort = new AbortController();
    const peer = new RawRtmpPeer();
    const server = new ServerSession(peer.duplex, { signal: abort.signal });
    say(peer);
    await new Promise(setImmediate);
    abort.abort(enough);
    expect(await server.closed).toEqual({ by: 'fault', error: enough });
    await expect(rest(server)).rejects.toBe(enough);
  });

  test('of a client that connects, plays, publishes, calls', async () => {
    const abort = new AbortController();
    const peer = new RawRtmpPeer();
    const client = new ClientSession(peer.duplex, { app: 'live', signal: abort.signal });
    const connected = client.connect();
    abort.abort(enough);
    await expect(connected).rejects.toMatchObject({ name: 'SessionClosedError', cause: enough });
    const second = new AbortController();
    const { client: other } = await connectedClient({ signal: second.signal });
    const waiting = [other.play('a'), other.publish('b'), other.call('c'), other.ping()];
    second.abort(enough);
    for (const promise of waiting) await expect(promise).rejects.toMatchObject({ cause: enough });
    expect(await other.closed).toEqual({ by: 'fault', error: enough });
  });

  test('that was aborted before', async () => {
    const peer = new RawRtmpPeer();
    const server = new ServerSession(peer.duplex, { signal: AbortSignal.abort(enough) });
    expect(await server.closed).toEqual({ by: 'fault', error: enough });
  });

  test('or what waits alone', async () => {
    const { client, peer } = await connectedClient();
    const abort = new AbortController();
    const { signal } = abort;
    const waiting = [client.play('a', { signal }), client.publish('b', { signal }), client.ping({ signal })];
    abort.abort(enough);
    for (const promise of waiting) await expect(promise).rejects.toBe(enough);
    peer.command('_result', 77, null, 1);
    const call = client.call('now');
    await new Promise(setImmediate);
    const id = Number(/now (\d+)/.exec(peer.heardNames().at(-1) ?? '')?.[1]);
    peer.command('_result', id, null, 'still here');
    expect(await call).toBe('still here');
    client.destroy();
  });

  test('of connect closes the session', async () => {
    const peer = new RawRtmpPeer();
    const client = new ClientSession(peer.duplex, { app: 'live' });
    const abort = new AbortController();
    const connected = client.connect({ signal: abort.signal });
    abort.abort(enough);
    await expect(connected).rejects.toBe(enough);
    expect(await client.closed).toEqual({ by: 'fault', error: enough });
  });
});

describe('back-pressure', () => {
  test('a reader that does not iterate stops the connection within a bound, and gets all when it does', async () => {
    const limits = { unreadBytes: 100_000, highWaterBytes: 50_000 };
    await using pair = await RtmpSessionPair.connected({ server: { limits }, client: { limits } });
    const { received, publication } = await pair.publish();
    let sent = 0;
    const sending = (async () => {
      for (; sent < 100; sent++) await publication.send(media(10_000, sent));
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const sentUnread = sent;
    expect(sentUnread).toBeLessThan(40); // 100 kB unread, 50 kB of backlog, what the duplex itself holds, and one message
    const messages = await take(received, 100);
    await sending;
    expect(messages.map(({ timestamp }) => timestamp)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test('a play that nobody reads slows the server down, and closing it lets the rest of the connection go on', async () => {
    const limits = { unreadEvents: 5 };
    await using pair = await RtmpSessionPair.connected({ client: { limits } });
    const { play, played } = await pair.play();
    for (let i = 0; i < 50; i++) void play.send(media(100, i));
    pair.server.onCall('now', () => 1);
    const call = pair.client.call({ name: 'now', timeoutMs: 2000 });
    played.close();
    expect(await call).toBe(1);
  });

  test('messages wait for acknowledgements where the server has set a limit and acknowledges', async () => {
    const { client, peer } = await connectedClient();
    const published = client.publish('a');
    peer.command('_result', 4, null, 1);
    peer.commandOn(1, 'onStatus', 0, null, amfObject({ code: 'NetStream.Publish.Start', level: 'status' }));
    const publication = await published;
    peer.message(3, Buffer.from('00000000', 'hex'));
    peer.message(6, Buffer.from('0000271000', 'hex')); // hard, 10,000
    await client.ping({ timeoutMs: 1 }).catch(() => {});
    const first = await Promise.race([publication.send(media(20_000)).then(() => 'sent'), sleepy()]);
    expect(first).toBe('waits');
    const second = publication.send(media(1));
    peer.message(3, Buffer.from('00005000', 'hex'));
    await second;
    client.destroy();
  });

  test('a peer that takes nothing costs no more than the backlog may be', async () => {
    const { client, peer } = await connectedClient({ limits: { backlogBytes: 200_000 } });
    const published = client.publish('a');
    peer.command('_result', 4, null, 1);
    peer.commandOn(1, 'onStatus', 0, null, amfObject({ code: 'NetStream.Publish.Start', level: 'status' }));
    const publication = await published;
    peer.stopListening();
    for (let i = 0; i < 10; i++) void publication.send(media(50_000, i));
    expect((await client.closed).error?.message).toMatch(/^the peer has left 2\d{5} bytes unread$/);
    expect(await publication.ended).toMatchObject({ name: 'SessionClosedError' });
  });

  test('a peer that asks and reads no answer is cut off', async () => {
    const { server, peer } = await connectedServer();
    peer.stopListening();
    const ping = Buffer.from('000600000001', 'hex');
    for (let i = 0; i < 20_000; i++) peer.message(4, ping);
    expect(await server.closed).toMatchObject({ by: 'fault', error: { code: 'RTMP_ANSWERS_UNREAD' } });
  });
});

describe('a peer', () => {
  test.each([
    {
      what: 'no RTMP',
      say: (peer: RawRtmpPeer) => peer.write(Buffer.from('GET / HTTP/1.1')),
      code: 'RTMP_HANDSHAKE_NOT_RTMP',
    },
    {
      what: 'a command without a name',
      say: (peer: RawRtmpPeer) => {
        peer.shakeHands('server');
        peer.message(20, Buffer.from([5]));
      },
      code: 'RTMP_COMMAND_INVALID',
    },
  ])('that says $what costs the session, and what waits hears why', async ({ say, code }) => {
    const peer = new RawRtmpPeer();
    const client = new ClientSession(peer.duplex, { app: 'live' });
    const connected = client.connect();
    say(peer);
    await expect(connected).rejects.toMatchObject({ name: 'SessionClosedError', cause: { code } });
    expect(await client.closed).toMatchObject({ by: 'fault', error: { code } });
    await expect(rest(client)).rejects.toMatchObject({ code });
  });

  test('may answer calls that were never made, and twice', async () => {
    const { client, peer } = await connectedClient();
    const call = client.call('now');
    for (const id of [0, 3, 4, 77, -1, Number.NaN]) {
      peer.command('_error', id, null, 'no');
      peer.command('_result', id, null, 'nonsense');
    }
    peer.command('_result', 2, null, 'yes');
    peer.command('_error', 2, null, 'no');
    expect(await call).toBe('yes');
    await expect(client.call({ name: 'wait', timeoutMs: 5 })).rejects.toMatchObject({ name: 'TimeoutError' });
    client.destroy();
  });

  test.each([
    { how: 'end', by: 'peer' },
    { how: 'cut', by: 'fault' },
  ] as const)('may go at any time: $how', async ({ how, by }) => {
    const states = [
      async () => {
        const peer = new RawRtmpPeer();
        const client = new ClientSession(peer.duplex, { app: 'live' });
        client.connect().catch(() => {});
        return { session: client, peer };
      },
      async () => {
        const peer = new RawRtmpPeer();
        peer.shakeHands('client');
        return { session: new ServerSession(peer.duplex), peer };
      },
      async () => {
        const { client, peer } = await connectedClient();
        client.play('a').catch(() => {});
        return { session: client, peer };
      },
      async () => {
        const { server, peer } = await connectedServer();
        peer.commandOn(1, 'play', 2, null, 'a');
        await take(server, 1);
        return { session: server, peer };
      },
    ];
    for (const start of states) {
      const { session, peer } = await start();
      peer[how]();
      expect((await session.closed).by).toBe(by);
    }
  });
});

/** After a moment. */
function sleepy(): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('waits'), 20));
}
