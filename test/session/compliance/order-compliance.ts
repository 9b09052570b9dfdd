import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ComplianceScene, type Pending } from '../../support/compliance-scene.ts';
import type { Peer, PublishingPeer } from './peers.ts';

/** What may happen to a session at any time, by itself or to what is around it. */
const happenings = {
  granted: ({ scene, pending }: Course) => allow(scene, pending),
  refused: ({ pending }: Course) => pending?.decide({ refused: 'access', description: 'no' }),
  failed: ({ pending }: Course) => pending?.fail(new Error('planned')),
  'stream begins': ({ scene, course }: Course) => {
    course.publication ??= scene.publish('VH1@0 K1@0').publication;
  },
  'stream is lost': ({ course }: Course) => leave(course, 'lost'),
  'stream ends': ({ course }: Course) => leave(course, 'ended'),
  'peer leaves': ({ peer }: Course) => peer.socket.destroy(),
  'peer ends': ({ peer }: Course) => peer.socket.end(),
  'peer sends media': ({ peer }: Course) => ('send' in peer ? peer.send('VH1@0 K1@0') : undefined),
  'peer stops': ({ peer }: Course) => ('end' in peer ? peer.end() : undefined),
  revoked: ({ scene }: Course) => {
    for (const session of scene.sessions)
      for (const activity of [...session.activities()]) activity.revoke('enough');
  },
  dismissed: ({ scene }: Course) => {
    for (const session of [...scene.sessions]) session.dismiss('the relay is shutting down');
  },
  'a while passes': ({ scene }: Course) => scene.pass(3000),
  'a long time passes': ({ scene }: Course) => scene.pass(16_000),
} satisfies Record<string, (course: Course) => unknown>;

interface Course {
  readonly scene: ComplianceScene;
  readonly peer: Peer | PublishingPeer;
  readonly pending: Pending | undefined;
  readonly course: { publication: ReturnType<ComplianceScene['publish']>['publication'] | undefined };
}

function allow(scene: ComplianceScene, pending: Pending | undefined): void {
  if (pending?.isAnswered === false) pending.decide(scene.grant());
}

function leave(course: Course['course'], how: 'ended' | 'lost'): void {
  course.publication?.leave(how);
  course.publication = undefined;
}

type Happening = keyof typeof happenings;

/** In whatever order verdict, peer and stream come and go, everything is given back once and told once. */
export function describeOrders<P extends Peer>(
  what: string,
  open: (scene: ComplianceScene) => Promise<P>,
  ask: (peer: P) => void,
): void {
  test(`${what}: every order of verdict, peer's leave and stream's end`, async () => {
    const names = Object.keys(happenings) as Happening[];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...names), fc.boolean()), { minLength: 1, maxLength: 7 }),
        async (happened) => {
          const scene = new ComplianceScene();
          const peer = await open(scene);
          ask(peer);
          await scene.settle();
          const pending = scene.pending.shift();
          const course = { publication: undefined };
          for (const [name, isSettled] of happened) {
            await happenings[name]({ scene, peer, pending, course });
            if (isSettled) await scene.settle();
          }
          await scene.settle();
          peer.socket.destroy();
          allow(scene, pending);
          leave(course, 'ended');
          await scene.settle();
          for (const session of [...scene.sessions]) session.destroy();
          await scene.pass(30_000);

          const bugs = scene.said('bug').filter((text) => !text.includes('planned'));
          expect(bugs).toEqual([]);
          expect(scene.releases).toEqual(scene.releases.map(() => 1));
          expect(scene.events.filter((event) => event === 'accepted').length).toBeLessThanOrEqual(1);
          expect(scene.events.filter((event) => event === 'closed')).toEqual(['closed']);
          expect(scene.events.at(-1)).toBe('closed');
          const left = scene.events.filter((event) => event.startsWith('player left'));
          expect(left.length).toBe(scene.said('play').length);
          expect(scene.said('play-end').length).toBe(scene.said('play').length);
          expect(scene.said('unpublish').length).toBe(scene.said('publish').length);
          expect(scene.publications).toEqual(scene.said('publish').flatMap(() => ['begun', 'over']));
          expect([...scene.registry.streams()].map(({ key, state }) => `${key} ${state}`)).toEqual([]);
          scene.registry.close();
          expect(scene.clock.pending).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });
}
