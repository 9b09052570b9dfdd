import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AccessLog } from '../../../src/service/access-log/access-log.ts';
import type { AcceptedActivity, Session } from '../../../src/session/session.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { media } from '../../support/fake-media.ts';
import { RawHttp } from '../../support/http-client.ts';
import { bbbAsfPath } from '../../support/media.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { startRelay } from '../../support/start-relay.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';

/** Lines of an access log, read. */
class Lines {
  readonly read: Record<string, unknown>[] = [];

  write(line: string): void {
    this.read.push(JSON.parse(line) as Record<string, unknown>);
  }

  async some(count: number): Promise<Record<string, unknown>[]> {
    await expect.poll(() => this.read.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
    return this.read;
  }
}

test('each publication, play and refusal has a line when it is over, with what it was', async () => {
  const lines = new Lines();
  const rules = [
    { match: 'vip/**', verbs: ['play'], require: [{ type: 'key', values: ['s3cret'] }] },
    { match: '**', verbs: ['play', 'publish'] },
  ];
  await using relay = await startRelay({ access: { rules } }, { accessLog: lines });
  const publisher = await TestPublisher.start(relay.port('rtmp'), 'vip/a');
  publisher.sendMedia(...media('VH1@0 K1@0:1000 P2@40:1000 K3@80:1000'));
  await relay.log.waitFor('publish');
  await using player = TestPlayer.play(relay.port('rtmp'), 'vip/a?key=s3cret&start=live');
  await relay.log.waitFor('play', { stream: 'vip/a' });
  publisher.sendMedia(...media('K4@120:1000 P5@160:1000'));
  await player.mediaOf(2);
  const refused = await fetch(relay.flvUrl('vip/a?key=wrong'), { headers: { connection: 'close' } });
  expect(refused.status).toBe(403);
  await refused.text();
  await lines.some(1);
  await player.cut();
  await lines.some(2);
  await publisher.cut();
  const common = {
    address: '127.0.0.1',
    via: null,
    tls: false,
    identity: null,
    lagging: false,
    droppedFrames: 0,
  };
  expect(await lines.some(3)).toMatchObject([
    { ...common, role: 'pending', protocol: 'http-flv', stream: 'vip/a', reason: 'credentials', status: 403 },
    {
      ...{
        ...common,
        role: 'player',
        protocol: 'rtmp',
        stream: 'vip/a',
        query: 'start=live',
        reason: 'closed',
      },
      ...{ bytes: expect.any(Number), firstMediaMs: expect.any(Number), seconds: expect.any(Number) },
    },
    { ...common, role: 'publisher', protocol: 'rtmp', stream: 'vip/a', reason: 'closed', firstMediaMs: null },
  ]);
  expect(JSON.stringify(lines.read)).not.toMatch(/s3cret|wrong/);
  expect(lines.read[1]?.['bytes']).toBeGreaterThan(2000);
});

test('a connection on which nobody has played has the status of its answer', async () => {
  const lines = new Lines();
  await using relay = await startRelay({ play: { waitMs: 1 } }, { accessLog: lines });
  await using encoder = await RawHttp.open(relay.port('http'));
  encoder.send('PUT /live/a.asf HTTP/1.1\nHost: x\nContent-Length: 1000000\n\n');
  encoder.send(readFileSync(bbbAsfPath));
  await relay.log.waitFor('publish');
  for (const [at, { request, status }] of [
    { request: 'GET /live/a.asf HTTP/1.1', status: 200 }, // a description
    { request: 'GET /live/none.asf HTTP/1.1', status: 503 },
    { request: 'GET /watch HTTP/1.1', status: 200 },
    { request: 'GET /nothing HTTP/1.1', status: 404 },
  ].entries()) {
    await using client = await RawHttp.open(relay.port('http'));
    client.send(`${request}\nHost: x\nUser-Agent: NSPlayer/9\nConnection: close\n\n`);
    expect(await client.all()).toMatch(`HTTP/1.1 ${status} `);
    expect((await lines.some(at + 1))[at]).toMatchObject({ role: 'pending', status });
  }
  const silent = await RawHttp.open(relay.port('http'));
  silent.socket.destroy();
  expect((await lines.some(5))[4]).toMatchObject({ role: 'pending', status: 499 });
});

/** A connection that comes to nothing. */
function idle(id: string): Session {
  const facts = { id, protocol: 'rtmp', isTls: false, address: '192.0.2.1', via: undefined, client: '' };
  return { ...facts, since: 0, sentBytes: 0 } as Session;
}

test('there is an end to lines: what is left out is counted and said', () => {
  const clock = new FakeClock();
  const log = new RecordingLog();
  const lines = new Lines();
  const settings = { format: 'json', linesPerSecond: 2 } as const;
  const parts = { clock, log, relay: 'edge1', settings, publicQuery: (query: string) => query };
  const accessLog = new AccessLog({ ...parts, write: (line) => lines.write(line) });
  for (let i = 0; i < 50; i++) accessLog.onClosed(idle(`c${i}`));
  expect(lines.read).toHaveLength(20); // of ten seconds
  clock.advance(10_000);
  expect(log.find('access-log')).toMatchObject([{ fields: { lines: 30 } }]);
  accessLog.onClosed(idle('c50'));
  expect(lines.read).toHaveLength(21);
});

describe('what a player reports', () => {
  /** An access log, and what plays by MMSH. */
  function scene() {
    const lines = new Lines();
    const settings = { format: 'json', linesPerSecond: 10 } as const;
    const parts = { clock: new FakeClock(), log: new RecordingLog(), relay: 'a', settings };
    const log = new AccessLog({
      ...parts,
      publicQuery: (query) => query,
      write: (line) => lines.write(line),
    });
    const session = (id: string): Session => ({ ...idle(id), protocol: 'mmsh' });
    const play = (id: string, clientId: number) =>
      ({
        ...{ verb: 'play', key: 'live/a', query: '', session: session(id), clientId, isRelay: false },
        ...{ identity: undefined, until: Number.POSITIVE_INFINITY, revoke: () => {} },
        progress: () => ({ ms: 1000, bytes: 77 }),
      }) as unknown as AcceptedActivity;
    const told = () => lines.read.map(({ connection, clientId, report }) => [connection, clientId, report]);
    return { log, session, play, told };
  }

  test('of a play that goes on is on its line, whatever the connection', () => {
    const { log, session, play, told } = scene();
    const playing = play('c1', 7);
    log.onBegun(playing);
    log.onReported({ session: session('c2'), clientId: 7, text: 'well' });
    log.onClosed(session('c2'));
    log.onOver(playing, 'closed');
    log.onClosed(session('c1'));
    expect(told()).toEqual([
      ['c2', null, null],
      ['c1', 7, 'well'],
    ]);
  });

  test('of one that is over, or is not known here, is on that of its connection', () => {
    const { log, session, play, told } = scene();
    const playing = play('c1', 7);
    log.onBegun(playing);
    log.onOver(playing, 'closed');
    log.onReported({ session: session('c1'), clientId: 7, text: 'late' });
    log.onClosed(session('c1'));
    log.onReported({ session: session('c3'), clientId: 9, text: 'elsewhere' });
    log.onClosed(session('c3'));
    expect(told()).toEqual([
      ['c1', 7, null],
      ['c1', null, 'late'],
      ['c3', null, 'elsewhere'],
    ]);
  });
});
