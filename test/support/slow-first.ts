import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take a worker longest: begun last, they would keep one busy while the others have nothing to do. Those come first
 * that wait most, beside those that work.
 */
const slow = [
  'test/load-tester/planted-faults.test.ts',
  'test/load-tester/player-ends.test.ts',
  'test/cli.test.ts',
  'test/hostile/honest-slow-players.test.ts',
  'test/hostile/lock-out.test.ts',
  'test/hostile/slow-peers.test.ts',
  'test/interop/rtmpt.test.ts',
  'test/interop/obs.test.ts',
  'test/interop/access-matrix.test.ts',
  'test/interop/browser-restart.test.ts',
  'test/interop/package.test.ts',
  'test/interop/upgrade.test.ts',
  'test/interop/mmsh-push.test.ts',
  'test/interop/chain-faults.test.ts',
  'test/interop/drain.test.ts',
  'test/interop/mmsh-change.test.ts',
  'test/interop/soak.test.ts',
  'test/interop/ctl.test.ts',
  'test/budget/random-sessions.test.ts',
];

/** Begins with the files that take longest; a fresh clone knows nothing of their times. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = slow.findIndex((name) => moduleId.endsWith(name));
      return at < 0 ? slow.length : at;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
