import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a worker longest: begun last, they would keep one busy while the others have nothing to do. */
const slow = [
  'test/interop/access-matrix.test.ts',
  'test/interop/upgrade.test.ts',
  'test/interop/browser-restart.test.ts',
  'test/interop/package.test.ts',
  'test/interop/soak.test.ts',
  'test/interop/drain.test.ts',
  'test/budget/random-sessions.test.ts',
];

/** Begins with the files that take longest; a fresh clone knows nothing of their times. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification): boolean => slow.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}
