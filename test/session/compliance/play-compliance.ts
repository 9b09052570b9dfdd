import { describe, expect, test } from 'vitest';
import { ComplianceScene, deadlines } from '../../support/compliance-scene.ts';
import type { Peer } from './peers.ts';

/** How a protocol says what happens to a play. */
export interface PlayWords {
  readonly started: RegExp;
  readonly refused: RegExp;
  readonly challenged: RegExp;
  readonly notFound: RegExp;
  readonly ended: RegExp;
  readonly revoked: RegExp;
  readonly revokedWaiting: RegExp;
  readonly stopped: RegExp;
  readonly stoppedWaiting: RegExp;
  readonly format: RegExp;
  readonly formatWaiting: RegExp;
  /** How relays are told which others bring the stream, where that is not in data messages of FLV. */
  readonly path?: RegExp;
  /** Whether silent peers are asked whether they are there. */
  readonly pings: boolean;
}

const opening = 'VH1@0 AH1@0 K1@0 P1@40';

/** Where a relay has left off. */
const marks = [
  { timestamp: 40, hash: '9f86d081884c7d65' },
  { timestamp: 35, hash: '0a1b2c3d4e5f6071' },
];

interface Play {
  readonly scene: ComplianceScene;
  readonly peer: Peer;
}

function fail(): never {
  throw new Error('planned');
}

/** How many coded frames of video it got: they are too small to be cut by any framing. */
function videoCount({ received }: Peer): number {
  return (
    Buffer.from(received, 'latin1')
      .toString('hex')
      .match(/[12]701000000/g)?.length ?? 0
  );
}

/** How far somebody may say to have come who has not. */
const untrue = [
  { what: 'a time that is to come', said: 'frame;4294960000-9f86d081884c7d65' },
  { what: 'frames that nobody has', said: 'keyframe;0-9f86d081884c7d65;40-9f86d081884c7d65' },
];

/** What is no word about that. */
const garbage = [
  { what: 'a number', said: '1' },
  { what: 'no frame', said: 'frame' },
  { what: 'a time before all', said: 'frame;-1-9f86d081884c7d65' },
  { what: 'a time that is too large', said: 'frame;4294967296-9f86d081884c7d65' },
  { what: 'something behind it', said: 'frame;0-9f86d081884c7d65; drop' },
  { what: 'too many frames', said: `frame${';0-9f86d081884c7d65'.repeat(9)}` },
  { what: 'a long text', said: 'frame;'.repeat(1000) },
];

/** What holds for a play in every protocol. */
export function describePlay(
  open: (scene: ComplianceScene, resume?: string) => Promise<Peer>,
  words: PlayWords,
): void {
  /** @param resume - where the peer says that it left off */
  async function asking(resume?: string): Promise<Play> {
    const scene = new ComplianceScene();
    const peer = await open(scene, resume);
    peer.play();
    return { scene, peer };
  }

  async function waiting(): Promise<Play> {
    const play = await asking();
    (await play.scene.asked()).decide(play.scene.grant());
    await play.scene.settle();
    return play;
  }

  async function playing(script = opening): Promise<Play & ReturnType<ComplianceScene['publish']>> {
    const play = await asking();
    const publisher = play.scene.publish(script);
    (await play.scene.asked()).decide(play.scene.grant());
    await play.scene.pass(100);
    return { ...play, ...publisher };
  }

  describe('a verdict', () => {
    test('is asked for with everything that is known', async () => {
      const { scene } = await asking();
      const { request } = await scene.asked();
      expect(request).toMatchObject({
        verb: 'play',
        readings: [{ key: 'live/a', query: '' }],
        address: '192.0.2.1',
        isTls: false,
        session: 'c1',
        path: ['downstream'],
        intent: 'begin',
      });
      expect(scene.session.role).toBe('pending');
    });

    test('of no is told, counted and logged, and no play', async () => {
      const { scene, peer } = await asking();
      (await scene.asked()).decide({ refused: 'access', description: 'not from there' });
      await scene.settle();
      expect(peer.heard).toMatch(words.refused);
      expect(peer.heard).toContain('not from there');
      expect(scene.events).toContain('rejected: access');
      expect(scene.events).not.toContain('accepted');
      expect(scene.log.find('refused', { reason: 'access' })).toHaveLength(1);
      expect([...scene.registry.streams()]).toEqual([]);
    });

    test('that asks for credentials is told, and not counted as refused', async () => {
      const { scene, peer } = await asking();
      (await scene.asked()).decide({ challenges: ['Basic realm="x"'], description: 'who are you' });
      await scene.settle();
      expect(peer.heard).toMatch(words.challenged);
      expect(scene.log.find('refused')).toEqual([]);
    });

    test('that never comes costs the connection in time', async () => {
      const { scene, peer } = await asking();
      const { signal } = await scene.asked();
      await scene.pass(deadlines.idleMs - 1);
      expect(signal.aborted).toBe(false);
      await scene.pass(1);
      expect([signal.aborted, peer.socket.closed || peer.socket.readableEnded]).toEqual([true, true]);
      expect(scene.log.find('deadline', { missed: 'decision about the request' })).toHaveLength(1);
    });

    test('that fails is a bug of ours and costs the connection', async () => {
      const { scene } = await asking();
      (await scene.asked()).fail(new Error('the rule is broken'));
      await scene.settle();
      expect(scene.said('bug')).toEqual([expect.stringContaining('the rule is broken')]);
      expect(scene.session.role).toBe('pending');
    });

    test.each([
      { who: 'a relay', path: ['downstream'], resume: { from: 'frame', marks } },
      { who: 'one that is believed to be none', path: [], resume: undefined },
    ])('of yes, to $who that says where it left off', async ({ path, resume }) => {
      const { scene } = await asking(
        `frame;${marks.map((mark) => `${mark.timestamp}-${mark.hash}`).join(';')}`,
      );
      (await scene.asked()).decide(scene.grant('live/a', { path }));
      await scene.settle();
      expect(scene.plays).toEqual([{ resume, address: '192.0.2.1' }]);
    });

    test.each([
      ...untrue.map((word) => ({ ...word, counts: true })),
      ...garbage.map((word) => ({ ...word, counts: false })),
    ])(
      'of yes, to a relay that says with $what where it left off: it begins as any',
      async ({ said, counts }) => {
        const { scene, peer } = await asking(said);
        scene.publish(opening);
        (await scene.asked()).decide(scene.grant('live/a', { path: ['downstream'] }));
        await scene.pass(100);
        expect(scene.session.role).toBe('relay');
        expect(videoCount(peer)).toBe(2);
        expect(scene.plays.map(({ resume }) => resume !== undefined)).toEqual([counts]);
        expect([scene.said('bug'), scene.said('protocol-error')]).toEqual([[], []]);
      },
    );

    test('whose stream cannot be had, by a bug of ours, is given back', async () => {
      const { scene } = await asking();
      Object.assign(scene.streams, {
        play() {
          throw new Error('no streams');
        },
      });
      (await scene.asked()).decide(scene.grant());
      await scene.settle();
      expect(scene.said('bug')[0]).toContain('no streams');
      expect(scene.session.role).toBe('pending');
      expect(scene.releases.slice(-1)).toEqual([1]);
    });

    test.each(['yes', 'no'])(
      'of %s that comes when the session is closing changes nothing',
      async (verdict) => {
        const { scene } = await asking();
        const { signal, decide } = await scene.asked();
        scene.session.dismiss('the relay is shutting down');
        expect(signal.aborted).toBe(true);
        decide(verdict === 'yes' ? scene.grant() : { refused: 'access', description: 'no' });
        await scene.settle();
        expect(scene.releases.slice(-1)).not.toEqual([0]);
        expect([...scene.registry.streams()]).toEqual([]);
        expect([scene.events, scene.said('play'), scene.said('refused')]).toEqual([[], [], []]);
      },
    );

    test('that is missed costs this connection alone, whatever fails then', async () => {
      const { scene } = await asking();
      await scene.asked();
      const { session } = scene;
      const destroy = session.destroy.bind(session);
      session.destroy = () => {
        session.destroy = destroy;
        throw new Error('planned');
      };
      await scene.pass(deadlines.idleMs);
      expect(scene.said('bug')).toEqual([expect.stringContaining('planned')]);
    });

    test('nobody waits for any more is given back', async () => {
      const { scene, peer } = await asking();
      const { signal, decide } = await scene.asked();
      peer.socket.destroy();
      await scene.settle();
      expect(signal.aborted).toBe(true);
      decide(scene.grant());
      await scene.settle();
      expect(scene.releases.slice(-1)).toEqual([1]);
      expect(scene.events).toEqual(['closed']);
      expect([...scene.registry.streams()]).toEqual([]);
    });
  });

  describe('a player that waits', () => {
    test('is accepted, is told when the stream comes, and gets it', async () => {
      const { scene, peer } = await waiting();
      expect(scene.session.role).toBe('waiting');
      expect(scene.said('play')).toEqual(['waits for live/a']);
      scene.publish(opening);
      await scene.pass(100);
      expect(scene.session.role).toBe('player');
      expect(peer.heard).toMatch(words.started);
      expect(videoCount(peer)).toBe(2);
      expect(scene.events).toEqual(['accepted', 'first media']);
    });

    test('is told in time that it does not come', async () => {
      const { scene, peer } = await waiting();
      await scene.pass(15_000);
      expect(peer.heard).toMatch(words.notFound);
      expect(scene.events).toContain('player left: not-found');
      expect(scene.said('play-end')).toEqual([
        'stopped waiting for live/a after 15 s: the stream did not come',
      ]);
      expect(scene.releases.slice(-1)).toEqual([1]);
    });

    test('is told that the relay stops', async () => {
      const { scene, peer } = await waiting();
      scene.registry.close();
      await scene.settle();
      expect(peer.heard).toMatch(words.stoppedWaiting);
      expect(scene.events).toContain('player left: shutdown');
    });

    test('is told that it may not any more', async () => {
      const { scene, peer } = await waiting();
      for (const activity of scene.session.activities())
        if (activity.verb === 'play') activity.revoke('enough');
      await scene.settle();
      expect(peer.heard).toMatch(words.revokedWaiting);
      expect(scene.events).toContain('player left: revoked');
    });

    test('is refused what it cannot be sent', async () => {
      const { scene, peer } = await waiting();
      scene.publish(opening, { name: 'another' });
      await scene.settle();
      expect(peer.heard).toMatch(words.formatWaiting);
      expect(scene.events).toContain('rejected: format');
      expect(scene.releases.slice(-1)).toEqual([1]);
    });

    test('leaves', async () => {
      const { scene, peer } = await waiting();
      peer.socket.destroy();
      await scene.settle();
      expect(scene.events).toEqual(['accepted', 'player left: closed', 'closed']);
      expect(scene.releases.slice(-1)).toEqual([1]);
      expect([...scene.registry.streams()]).toEqual([]);
    });
  });

  describe('a player that is there', () => {
    test('gets the stream at once, and what comes after', async () => {
      const { scene, peer, publication } = await playing();
      expect(scene.said('play')).toEqual(['plays live/a']);
      expect([videoCount(peer), scene.session.role]).toEqual([2, 'player']);
      publication.leave('lost');
      scene.publish('VH2@0 K2@0');
      await scene.pass(100);
      expect(videoCount(peer)).toBe(3); // whoever publishes
    });

    test('shows what it does', async () => {
      const { scene } = await playing();
      const activities = [...scene.session.activities()].filter(({ verb }) => verb === 'play');
      expect(activities).toMatchObject([{ key: 'live/a', identity: undefined }]);
    });

    test('is told of the end', async () => {
      const { scene, peer, publication } = await playing();
      publication.leave('ended');
      await scene.settle();
      expect(peer.heard).toMatch(words.ended);
      expect(scene.events).toContain('player left: ended');
      expect(scene.said('play-end')).toEqual(['stopped playing live/a after 0 s: the stream ended']);
      expect(scene.releases.slice(-1)).toEqual([1]);
    });

    test('whose end fails costs no other one its end', async () => {
      const scene = new ComplianceScene();
      for (const release of [() => fail(), () => {}]) {
        (await open(scene)).play();
        (await scene.asked()).decide(scene.grant('live/a', { release }));
      }
      const { publication } = scene.publish(opening);
      await scene.pass(100);
      publication.leave('ended');
      await scene.settle();
      expect(scene.said('bug')).toEqual([expect.stringContaining('planned')]);
      expect(scene.log.find('play-end', { reason: 'ended' })).toHaveLength(2);
    });

    test('is told that the stream goes on in what it cannot be sent', async () => {
      const { scene, peer } = await playing();
      scene.publish(opening, { name: 'another' });
      await scene.settle();
      expect(peer.heard).toMatch(words.format);
      expect(scene.events).toContain('player left: format');
      expect(scene.said('play-end')).toEqual([
        'stopped playing live/a after 0 s: the stream is not available in this format',
      ]);
    });

    test('is told that the relay stops', async () => {
      const { scene, peer } = await playing();
      scene.registry.close();
      await scene.settle();
      expect(peer.heard).toMatch(words.stopped);
      expect(scene.events).toContain('player left: shutdown');
    });

    describe('is asked again', () => {
      /** A play that goes by what was shown, when it is asked about again after a minute. */
      async function askedAgain() {
        const play = await asking();
        const { scene } = play;
        const first = await scene.asked();
        const again = { request: { ...first.request, intent: 'again' }, everyMs: 60_000 } as const;
        first.decide(scene.grant('live/a', { again, identity: 'ann' }));
        await scene.settle();
        const [activity] = [...scene.granted];
        if (activity === undefined) throw new Error('nothing ends');
        expect(activity.recheckAt).toBe(scene.clock.now() + 60_000);
        const asked = activity.askAgain?.();
        return { ...play, activity, again, asked, question: await scene.asked() };
      }

      test('with what it showed, and goes on with a new end where it may', async () => {
        const { scene, activity, again, asked, question } = await askedAgain();
        expect(question.request).toEqual(again.request);
        expect(activity.askAgain?.()).toBeUndefined(); // once at a time
        question.decide(scene.grant('live/a', { again, identity: 'ann', until: 90_000 }));
        await asked;
        expect([activity.until, activity.recheckAt]).toEqual([90_000, scene.clock.now() + 60_000]);
        expect(scene.releases.slice(-2)).toEqual([0, 1]);
        expect(scene.said('play-end')).toEqual([]);
      });

      test.each([
        { why: 'it may not', verdict: () => ({ refused: 'credentials', description: 'no more' }) as const },
        { why: 'it has to show more', verdict: () => ({ challenges: ['Basic'], description: 'no more' }) },
      ])('and ends with the sentence where $why', async ({ verdict }) => {
        const { scene, asked, question } = await askedAgain();
        question.decide(verdict());
        await asked;
        await scene.settle();
        expect(scene.said('play-end')).toEqual(['stopped waiting for live/a after 0 s: no more']);
        expect([scene.granted.size, scene.releases.slice(-1)]).toEqual([0, [1]]);
      });

      test.each([{ identity: 'bob' }, { key: 'live/b', identity: 'ann' }])(
        'and ends where the answer is about another: %o',
        async (changes) => {
          const { scene, again, asked, question } = await askedAgain();
          question.decide(scene.grant('live/a', { again, ...changes }));
          await asked;
          expect(scene.said('play-end')[0]).toContain('the server knows you otherwise now: connect again');
        },
      );

      test('and ends where there is no answer in time; what comes late is given back', async () => {
        const { scene, asked, question } = await askedAgain();
        scene.publish(opening);
        await scene.pass(deadlines.idleMs - 1);
        expect(scene.said('play-end')).toEqual([]);
        await scene.pass(1);
        question.fail(question.signal.reason);
        await asked;
        expect(scene.said('play-end')[0]).toContain('the server could not decide in time');
      });

      test('and nobody waits for the answer when it is over', async () => {
        const { scene, peer, asked, question } = await askedAgain();
        peer.socket.destroy();
        await scene.settle();
        expect(question.signal.aborted).toBe(true);
        question.decide({ refused: 'access', description: 'no more' });
        await asked;
        expect(scene.said('play-end')[0]).toContain('it left');
      });
    });

    test('by a grant that ends can be found by it as long as it plays', async () => {
      const { scene, peer } = await asking();
      (await scene.asked()).decide(scene.grant('live/a', { until: 60_000 }));
      await scene.settle();
      expect([...scene.granted].map(({ verb, key, until }) => [verb, key, until])).toEqual([
        ['play', 'live/a', 60_000],
      ]);
      peer.socket.destroy();
      await scene.settle();
      expect(scene.granted.size).toBe(0);
    });

    test('by one that does not is not looked at again and again', async () => {
      const { scene } = await playing();
      expect(scene.granted.size).toBe(0);
    });

    test('is told that it may not any more, and gets no more', async () => {
      const { scene, peer, publication } = await playing();
      for (const activity of scene.session.activities())
        if (activity.verb === 'play') activity.revoke('enough');
      publication.leave('lost');
      scene.publish('VH2@0 K2@0');
      await scene.pass(100);
      expect(peer.heard).toMatch(words.revoked);
      expect(videoCount(peer)).toBe(2);
      expect(scene.events).toContain('player left: revoked');
      expect(scene.releases.slice(-1)).toEqual([1]);
    });

    test('whose socket takes nothing is let go', async () => {
      const { scene, peer, publication } = await playing();
      peer.socket.pause();
      publication.leave('lost');
      const { publication: next } = scene.publish('VH2@0 K2@0:200000');
      await scene.pass(16_500);
      next.announcePath();
      await scene.pass(1000);
      expect(scene.said('stalled')).toEqual(['took no data of live/a for too long and was disconnected']);
      expect(scene.events).toContain('player left: stalled');
      expect(scene.events).toContain('closed');
    });

    test('leaves', async () => {
      const { scene, peer } = await playing();
      peer.socket.destroy();
      await scene.settle();
      expect(scene.events).toEqual(['accepted', 'first media', 'player left: closed', 'closed']);
      expect(scene.registry.get('live/a')?.broadcast.fanOut.playerCount).toBe(0);
      expect(scene.releases.slice(-1)).toEqual([1]);
    });

    if (words.pings) {
      test('is asked whether it is still there when nothing moves', async () => {
        const { scene, peer } = await playing();
        await scene.pass(deadlines.pingMs * 2);
        expect(peer.heard).toMatch(/ping|frame 9/);
        await scene.pass(deadlines.pingMs);
        expect(scene.log.find('deadline', { missed: 'answer to a ping' })).toHaveLength(1);
        expect(scene.events).toContain('player left: timeout');
      });
    }
  });

  describe('a relay', () => {
    test('that is believed is told which relays bring the stream', async () => {
      const { scene, peer } = await asking();
      scene.publish(opening);
      (await scene.asked()).decide(scene.grant('live/a', { path: ['downstream'] }));
      await scene.pass(100);
      expect(scene.session.role).toBe('relay');
      expect([...(scene.registry.get('live/a')?.relaysWaiting ?? [])]).toEqual(['downstream']);
      expect(peer.received).toMatch(words.path ?? /streampumpPath.*here/s);
    });

    test('that cannot be told of another path is no harm to the stream', async () => {
      const { scene } = await asking();
      const { publication } = scene.publish(opening);
      (await scene.asked()).decide(scene.grant('live/a', { path: ['downstream'] }));
      await scene.pass(100);
      Object.defineProperty(scene.streams, 'relayId', { get: fail });
      publication.announcePath();
      await scene.settle();
      expect(scene.said('bug')).toEqual([expect.stringContaining('planned')]);
      expect(scene.registry.get('live/a')?.state).toBe('live');
    });

    test('that only says so is a player like any other', async () => {
      const { scene, peer } = await playing();
      expect(scene.session.role).toBe('player');
      expect([...(scene.registry.get('live/a')?.relaysWaiting ?? [])]).toEqual([]);
      expect(peer.received).not.toContain('here');
    });
  });
}
