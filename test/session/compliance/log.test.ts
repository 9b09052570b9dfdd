import { describe, expect, test } from 'vitest';
import { ComplianceScene, deadlines } from '../../support/compliance-scene.ts';
import { openHttp, openRawRtmp, openRtmp, openWs, type Peer, type PublishingPeer } from './peers.ts';

const opening = 'VH1@0 AH1@0 K1@0 P1@40';
const about = ['connection', 'peer', 'protocol', 'client', 'stream'];
const atEnd = [...about, 'seconds', 'bytes', 'reason'];

/** The names of the fields of the lines of an event, each set of them once. */
function fieldsOf(scene: ComplianceScene, event: string): string[][] {
  const sets = scene.log.find(event).map(({ fields }) => Object.keys(fields).sort().join());
  return [...new Set(sets)].map((names) => names.split(','));
}

function sorted(names: readonly string[]): string[] {
  return [...names].sort();
}

/** What every line about the connection says, whatever it is about. */
function expectPeer(scene: ComplianceScene, protocol: string): void {
  for (const { event, fields } of scene.log.lines) {
    const { connection, peer, protocol: spoken, client } = fields;
    expect([connection, peer, spoken], event).toEqual(['c1', '192.0.2.1:50000', protocol]);
    expect(client === null || typeof client === 'string', event).toBe(true);
  }
}

function revokeAll(scene: ComplianceScene): void {
  for (const activity of [...scene.session.activities()])
    if (activity.verb !== 'connect') activity.revoke('enough');
}

interface Ending<P extends Peer> {
  readonly reason: string;
  /** Protocols in which it cannot happen. */
  readonly notOver?: readonly string[];
  end(scene: ComplianceScene, peer: P, publication: ReturnType<ComplianceScene['publish']>): unknown;
}

const plays: readonly Ending<Peer>[] = [
  { reason: 'closed', end: (_scene, { socket }) => socket.destroy() },
  { reason: 'ended', end: (_scene, _peer, { publication }) => publication.leave('ended') },
  { reason: 'format', end: (scene) => scene.publish(opening, { name: 'another' }) },
  {
    reason: 'protocol',
    notOver: ['rtmp'], // below
    end: (_scene, { socket }) => socket.write(Buffer.from('8f00ff', 'hex')),
  },
  {
    reason: 'protocol',
    notOver: ['http-flv', 'ws-flv'],
    end: (_scene, { socket }) => socket.write(Buffer.from('02000000000004010000000000000000', 'hex')),
  },
  { reason: 'revoked', end: revokeAll },
  { reason: 'shutdown', end: (scene) => scene.registry.close() },
  { reason: 'shutdown', end: ({ session }) => session.dismiss('the relay is shutting down') },
  {
    reason: 'stalled',
    async end(scene, { socket }, { publication }) {
      socket.pause();
      publication.leave('lost');
      const { publication: next } = scene.publish('VH2@0 K2@0:200000');
      await scene.pass(16_500);
      next.announcePath();
      await scene.pass(1000);
    },
  },
  {
    reason: 'timeout',
    notOver: ['http-flv'], // which has no ping
    end: (scene) =>
      [1, 2, 3].reduce((passed) => passed.then(() => scene.pass(deadlines.pingMs)), Promise.resolve()),
  },
];

const publications: readonly Ending<PublishingPeer>[] = [
  { reason: 'closed', end: (_scene, { socket }) => socket.destroy() },
  { reason: 'ended', end: (_scene, peer) => peer.end() },
  { reason: 'protocol', end: (_scene, peer) => peer.sendFault() },
  { reason: 'replaced', end: (scene) => scene.publish(opening) },
  { reason: 'revoked', end: revokeAll },
  { reason: 'shutdown', end: ({ session }) => session.dismiss('the relay is shutting down') },
  { reason: 'timeout', end: (scene) => scene.pass(deadlines.silenceMs) },
];

const protocols = [
  { protocol: 'rtmp', open: openRtmp },
  { protocol: 'http-flv', open: openHttp },
  { protocol: 'ws-flv', open: openWs },
] as const;

describe.each(protocols)('over $protocol', ({ protocol, open }) => {
  const isPossible = ({ notOver = [] }: Pick<Ending<never>, 'notOver'>): boolean =>
    !notOver.includes(protocol);

  test.each(plays.filter(isPossible))(
    'a play that ends by being $reason has one line at each end',
    async ({ reason, end }) => {
      const scene = new ComplianceScene();
      const peer = await open(scene);
      peer.play();
      const publication = scene.publish(opening);
      (await scene.asked()).decide(scene.grant());
      await scene.settle();
      await scene.pass(2000);
      await end(scene, peer, publication);
      await scene.settle();
      peer.socket.destroy();
      await scene.settle();
      expect(fieldsOf(scene, 'play')).toEqual([sorted(about)]);
      expect(fieldsOf(scene, 'play-end')).toEqual([sorted(atEnd)]);
      const [line, ...more] = scene.log.find('play-end');
      expect([line?.fields, more]).toMatchObject([{ stream: 'live/a', reason }, []]);
      expect(line?.fields['seconds']).toBeGreaterThanOrEqual(2);
      expect(line?.fields['bytes']).toBeGreaterThan(0);
      expectPeer(scene, protocol);
    },
  );

  test('a play that waits in vain has one line at each end', async () => {
    const scene = new ComplianceScene();
    (await open(scene)).play();
    (await scene.asked()).decide(scene.grant());
    await scene.settle();
    await scene.pass(15_000);
    expect(fieldsOf(scene, 'play')).toEqual([sorted(about)]);
    expect(fieldsOf(scene, 'play-end')).toEqual([sorted(atEnd)]);
    expect(scene.log.find('play-end', { reason: 'not-found', seconds: 15 })).toHaveLength(1);
    expectPeer(scene, protocol);
  });

  test('a play that is refused says which stream, and why', async () => {
    const scene = new ComplianceScene();
    (await open(scene)).play();
    (await scene.asked()).decide({ refused: 'play-limit', description: 'too many' });
    await scene.settle();
    expect(fieldsOf(scene, 'refused')).toEqual([sorted([...about, 'reason'])]);
    expect(scene.log.find('refused', { stream: 'live/a', reason: 'play-limit' })).toHaveLength(1);
    expectPeer(scene, protocol);
  });
});

describe.each(protocols.filter(({ protocol }) => protocol !== 'ws-flv'))(
  'over $protocol',
  ({ protocol, open }) => {
    async function asking(): Promise<{ scene: ComplianceScene; peer: PublishingPeer }> {
      const scene = new ComplianceScene();
      const peer = (await open(scene)) as PublishingPeer;
      peer.publish();
      return { scene, peer };
    }

    test.each(publications)(
      'a publication that ends by being $reason has one line at each end',
      async ({ reason, end }) => {
        const { scene, peer } = await asking();
        (await scene.asked()).decide(scene.grant());
        await scene.settle();
        peer.send(opening);
        await scene.pass(2000);
        await end(scene, peer, undefined as never);
        await scene.settle();
        peer.socket.destroy();
        await scene.settle();
        expect(fieldsOf(scene, 'publish')).toEqual([sorted(about)]);
        expect(fieldsOf(scene, 'unpublish')).toEqual([sorted(atEnd)]);
        const [line, ...more] = scene.log.find('unpublish');
        expect([line?.fields, more]).toMatchObject([{ stream: 'live/a', reason }, []]);
        expect(line?.fields['seconds']).toBeGreaterThanOrEqual(2);
        expect(line?.fields['bytes']).toBeGreaterThan(0);
        expect(fieldsOf(scene, 'taken-over')).toEqual(
          reason === 'replaced' ? [sorted([...atEnd, 'by'])] : [],
        );
        expectPeer(scene, protocol);
      },
    );

    test('a takeover names who, and the setting that forbids it', async () => {
      const { scene, peer } = await asking();
      (await scene.asked()).decide(scene.grant());
      await scene.settle();
      peer.send(opening);
      await scene.settle();
      scene.publish(opening);
      await scene.settle();
      const [line] = scene.log.find('taken-over', { by: '198.51.100.7:40000', reason: 'replaced' });
      expect(line?.text).toContain('set publish.onConflict to "reject"');
    });

    test('a publication that is refused says which stream, and why', async () => {
      const { scene } = await asking();
      (await scene.asked()).decide({ refused: 'access', description: 'not from there' });
      await scene.settle();
      expect(fieldsOf(scene, 'refused')).toEqual([sorted([...about, 'reason'])]);
      expect(scene.log.find('refused', { stream: 'live/a', reason: 'access' })).toHaveLength(1);
      expect(scene.log.find('unpublish')).toEqual([]);
      expectPeer(scene, protocol);
    });

    test('a publication that fails as it leaves has its last line all the same', async () => {
      const { scene, peer } = await asking();
      const release = (): never => {
        throw new Error('planned');
      };
      (await scene.asked()).decide(scene.grant('live/a', { release }));
      peer.send(opening);
      await scene.settle();
      peer.end();
      await scene.settle();
      expect(scene.said('bug')).toEqual([expect.stringContaining('planned')]);
      expect(scene.log.find('unpublish', { reason: 'ended' })).toHaveLength(1);
    });
  },
);

test('of what a client says it is no more than 200 characters are kept, escaped', async () => {
  const scene = new ComplianceScene();
  const peer = await openHttp(scene);
  peer.socket.write(
    `GET /live/a.flv HTTP/1.1\r\nHost: x\r\nUser-Agent: evil\u009b2J ${'x'.repeat(5000)}\r\n\r\n`,
    'latin1',
  );
  const { request } = await scene.asked();
  expect(request.client).toMatch(/^evil\\x9b2J x+\.\.\.$/);
  expect(request.client).toHaveLength(200);
});

test('of the query of a stream, in which there may be a token, no line says anything', async () => {
  for (const verdict of ['yes', 'no']) {
    const scene = new ComplianceScene();
    const rtmp = openRawRtmp(scene);
    rtmp.connect('live?token=sesame');
    rtmp.command('createStream', 2, null);
    rtmp.commandOn(1, 'publish', 3, null, 'a?key=open', 'live');
    const http = await openHttp(scene);
    http.socket.write(
      'GET /live/a.flv?token=sesame HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer open\r\n\r\n',
    );
    for (const _ of ['rtmp', 'http'])
      (await scene.asked()).decide(
        verdict === 'yes' ? scene.grant() : { refused: 'access', description: 'no' },
      );
    await scene.settle();
    for (const session of scene.sessions) session.dismiss('the relay is shutting down');
    await scene.settle();
    expect(
      scene.log.find(verdict === 'yes' ? 'publish' : 'refused', { stream: 'live/a' }).length,
    ).toBeGreaterThan(0);
    expect(JSON.stringify(scene.log.lines)).not.toMatch(/sesame|open/);
  }
});
