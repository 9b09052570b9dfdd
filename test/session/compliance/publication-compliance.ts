import { describe, expect, test } from 'vitest';
import { ComplianceScene, deadlines } from '../../support/compliance-scene.ts';
import type { PublishingPeer } from './peers.ts';

/** How a protocol says what happens to a publication. */
export interface PublicationWords {
  readonly refused: RegExp;
  readonly challenged: RegExp;
  readonly conflict: RegExp;
  readonly replaced: RegExp;
  readonly revoked: RegExp;
  readonly stopped: RegExp;
  /** The stream as its path says it, where that is not live/a. */
  readonly key?: string;
  /** How long it may be silent, milliseconds, where that is not `deadlines.silenceMs`. */
  readonly silenceMs?: number;
}

const opening = 'VH1@0 AH1@0 K1@0 P1@40';

/** What holds for a publication in every protocol that has them. */
export function describePublication(
  open: (scene: ComplianceScene) => Promise<PublishingPeer>,
  words: PublicationWords,
): void {
  const { key = 'live/a', silenceMs = deadlines.silenceMs } = words;

  async function asking(): Promise<{ scene: ComplianceScene; peer: PublishingPeer }> {
    const scene = new ComplianceScene();
    const peer = await open(scene);
    peer.publish();
    return { scene, peer };
  }

  async function accepted(): Promise<{ scene: ComplianceScene; peer: PublishingPeer }> {
    const asked = await asking();
    (await asked.scene.asked()).decide(asked.scene.grant());
    await asked.scene.settle();
    return asked;
  }

  async function live(): Promise<{ scene: ComplianceScene; peer: PublishingPeer }> {
    const publication = await accepted();
    publication.peer.send(opening);
    await publication.scene.settle();
    return publication;
  }

  describe('a publication is refused', () => {
    test('by access', async () => {
      const { scene, peer } = await asking();
      const { request, decide } = await scene.asked();
      expect(request).toMatchObject({ verb: 'publish', readings: [{ key }], intent: 'begin' });
      decide({ refused: 'access', description: 'not from there' });
      await scene.settle();
      expect(peer.heard).toMatch(words.refused);
      expect(scene.events).toContain('rejected: access');
      expect(scene.events).not.toContain('accepted');
    });

    test('until it shows who it is', async () => {
      const { scene, peer } = await asking();
      (await scene.asked()).decide({ challenges: ['Basic realm="x"'], description: 'who are you' });
      await scene.settle();
      expect(peer.heard).toMatch(words.challenged);
    });

    test('because somebody else keeps the stream, and not told who', async () => {
      const { scene, peer } = await asking();
      const { decide } = await scene.asked();
      scene.publish(opening);
      scene.publish(opening); // has just taken it over and sends
      decide(scene.grant());
      await scene.settle();
      expect(peer.heard).toMatch(words.conflict);
      expect(peer.heard).not.toContain('198.51.100.7');
      expect(scene.events).toContain('rejected: conflict');
      expect(scene.releases.slice(-1)).toEqual([1]);
    });

    test('by nobody: no verdict in time', async () => {
      const { scene } = await asking();
      const { signal } = await scene.asked();
      await scene.pass(deadlines.idleMs);
      expect(signal.aborted).toBe(true);
      expect(scene.log.find('deadline', { missed: 'decision about the request' })).toHaveLength(1);
    });

    test('by nobody: its verdict comes when the session is closing', async () => {
      const { scene } = await asking();
      const { signal, decide } = await scene.asked();
      scene.session.dismiss('the relay is shutting down');
      expect(signal.aborted).toBe(true);
      decide(scene.grant());
      await scene.settle();
      expect([scene.events, scene.said('publish')]).toEqual([[], []]);
      expect(scene.releases.slice(-1)).toEqual([1]);
      expect([...scene.registry.streams()]).toEqual([]);
    });

    test('by itself: it leaves before the verdict', async () => {
      const { scene, peer } = await asking();
      const { signal, decide } = await scene.asked();
      peer.socket.destroy();
      await scene.settle();
      expect(signal.aborted).toBe(true);
      decide(scene.grant());
      await scene.settle();
      expect(scene.releases.slice(-1)).toEqual([1]);
      expect([...scene.registry.streams()]).toEqual([]);
    });
  });

  describe('a publication', () => {
    test('is live with its media, be that sent before the verdict', async () => {
      const { scene, peer } = await asking();
      peer.send(opening);
      const { decide } = await scene.asked();
      expect(scene.registry.get('live/a')).toBeUndefined();
      decide(scene.grant());
      await scene.settle();
      expect([scene.registry.get('live/a')?.state, scene.session.role]).toEqual(['live', 'publisher']);
      expect(scene.said('publish')).toEqual(['publishes live/a']);
      expect([...scene.session.activities()].map(({ key }) => key)).toContain('live/a');
    });

    test('has a time for its first media', async () => {
      const { scene } = await accepted();
      await scene.pass(deadlines.firstMediaMs - 1);
      expect(scene.said('deadline')).toEqual([]);
      await scene.pass(1);
      expect(scene.log.find('deadline', { missed: 'first media' })).toHaveLength(1);
      expect(scene.log.find('unpublish', { reason: 'timeout' })).toHaveLength(1);
      expect(scene.releases.slice(-1)).toEqual([1]);
    });

    test('that brings nothing to begin with takes no stream from its publisher', async () => {
      const { scene, peer } = await asking();
      const { source } = scene.publish(opening);
      (await scene.asked()).decide(scene.grant());
      await scene.settle();
      for (let passed = 0; passed < deadlines.firstMediaMs; passed += 5000) {
        peer.send('VH2@0 P2@40');
        await scene.pass(5000);
      }
      expect(scene.log.find('deadline', { missed: 'first media' })).toHaveLength(1);
      expect(scene.registry.get('live/a')?.source).toBe(source);
    });

    test('may begin in the middle of a long keyframe group while nobody else is live', async () => {
      const { scene, peer } = await accepted();
      peer.send('VH1@0');
      for (let passed = 0; passed <= deadlines.firstMediaMs; passed += 5000) {
        peer.send('P1@40');
        await scene.pass(5000);
      }
      expect(scene.said('deadline')).toEqual([]);
      peer.send('K1@80');
      await scene.settle();
      expect(scene.registry.get('live/a')?.state).toBe('live');
    });

    test('of what is no media takes no stream from its publisher', async () => {
      const { scene, peer } = await asking();
      const { source } = scene.publish(opening);
      (await scene.asked()).decide(scene.grant());
      await scene.settle();
      peer.sendFault();
      await scene.settle();
      expect(scene.log.find('protocol-error')).toHaveLength(1);
      expect(scene.registry.get('live/a')?.source).toBe(source);
    });

    test('must not fall silent', async () => {
      const { scene, peer } = await live();
      await scene.pass(silenceMs - 1);
      peer.send('P2@80');
      await scene.settle();
      await scene.pass(silenceMs - 1);
      expect(scene.said('deadline')).toEqual([]);
      await scene.pass(1);
      expect(scene.log.find('deadline', { missed: 'media' })).toHaveLength(1);
      expect(scene.registry.get('live/a')?.source).toBeUndefined();
    });

    test('ends as its publisher wishes', async () => {
      const { scene, peer } = await live();
      peer.end();
      await scene.settle();
      expect(scene.said('unpublish')).toEqual(['stopped publishing live/a after 0 s: the stream ended']);
      expect(scene.registry.get('live/a')).toBeUndefined();
      expect(scene.releases.slice(-1)).toEqual([1]);
    });

    test('is lost with its connection', async () => {
      const { scene, peer } = await live();
      peer.socket.destroy();
      await scene.settle();
      expect(scene.said('unpublish')).toEqual([
        'stopped publishing live/a after 0 s: the connection was lost',
      ]);
      expect(scene.events.slice(-1)).toEqual(['closed']);
      expect(scene.releases.slice(-1)).toEqual([1]);
    });

    test('is lost with a fault in what it sends', async () => {
      const { scene, peer } = await live();
      peer.sendFault();
      await scene.settle();
      expect(scene.log.find('protocol-error')).toHaveLength(1);
      expect(scene.log.find('unpublish', { reason: 'protocol' })).toHaveLength(1);
      expect(scene.releases.slice(-1)).toEqual([1]);
    });

    test('that another one takes over is told so, and not by whom', async () => {
      const { scene, peer } = await live();
      scene.publish(opening);
      await scene.settle();
      expect(peer.heard).toMatch(words.replaced);
      expect(peer.heard).not.toContain('198.51.100.7');
      expect(scene.said('taken-over')).toEqual([
        'lost live/a to a publisher from 198.51.100.7:40000; ' +
          'set publish.onConflict to "reject" to refuse a second publisher instead',
      ]);
      expect(scene.log.find('unpublish', { reason: 'replaced' })).toHaveLength(1);
      expect(scene.releases.slice(-1)).toEqual([1]);
      expect(scene.registry.get('live/a')?.state).toBe('live');
    });

    test('that fails when it leaves does not stay with the stream', async () => {
      const { scene, peer } = await asking();
      const release = (): never => {
        throw new Error('planned');
      };
      (await scene.asked()).decide(scene.grant('live/a', { release }));
      peer.send(opening);
      await scene.settle();
      for (const activity of scene.session.activities())
        if (activity.verb === 'publish') activity.revoke('enough');
      await scene.settle();
      expect(scene.said('bug')).toEqual([expect.stringContaining('planned')]);
      expect(scene.registry.get('live/a')?.source).toBeUndefined();
    });

    test('that fails when it is replaced is no harm to who takes over', async () => {
      const { scene, peer } = await asking();
      const release = (): never => {
        throw new Error('planned');
      };
      (await scene.asked()).decide(scene.grant('live/a', { release }));
      peer.send(opening);
      await scene.settle();
      const { source } = scene.publish(opening);
      await scene.settle();
      expect(scene.said('bug')).toEqual([expect.stringContaining('planned')]);
      expect(scene.registry.get('live/a')?.source).toBe(source);
    });

    test('by a grant that ends can be found by it as long as it goes on', async () => {
      const { scene, peer } = await asking();
      (await scene.asked()).decide(scene.grant('live/a', { until: 60_000 }));
      peer.send(opening);
      await scene.settle();
      expect([...scene.granted].map(({ verb, until }) => [verb, until])).toEqual([['publish', 60_000]]);
      peer.socket.destroy();
      await scene.settle();
      expect(scene.granted.size).toBe(0);
    });

    test('is told that it may not any more', async () => {
      const { scene, peer } = await live();
      for (const activity of scene.session.activities())
        if (activity.verb === 'publish') activity.revoke('enough');
      await scene.settle();
      expect(peer.heard).toMatch(words.revoked);
      expect(scene.said('unpublish')).toEqual(['stopped publishing live/a after 0 s: enough']);
      expect(scene.registry.get('live/a')?.source).toBeUndefined();
    });

    test('is told that the relay lets it go', async () => {
      const { scene, peer } = await live();
      scene.session.dismiss('the relay is shutting down');
      await scene.settle();
      expect(peer.heard).toMatch(words.stopped);
      expect(scene.log.find('unpublish', { reason: 'shutdown' })).toHaveLength(1);
    });
  });
}
