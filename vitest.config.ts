import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { sharingFiles } from './test/support/sharing-files.ts';
import { SlowFirst } from './test/support/slow-first.ts';

const sharing = sharingFiles();

const config: ViteUserConfig = defineConfig({
  test: {
    // One process per test file, but for the quick ones and those that have everything in other processes or close it: what it
    // leaves open cannot reach the next.
    pool: 'forks',
    maxWorkers: 3, // a third of their time they wait
    setupFiles: ['test/support/no-leftovers.ts'],
    hookTimeout: 30_000,
    maxConcurrency: 3, // of tests that say so: they wait more than they work
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/interop/**', 'test/budget/**', ...sharing],
          testTimeout: 60_000, // on a busy machine what takes three seconds may take thirty
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'quick',
          include: sharing,
          isolate: false, // what they import takes longer than what they do
          testTimeout: 120_000, // property tests compute: on a busy machine that takes long
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'interop',
          globalSetup: ['test/support/package-folder.ts'],
          include: ['test/interop/**/*.test.ts'],
          exclude: ['test/interop/obs.test.ts'],
          isolate: false, // as with the quick ones
          testTimeout: 60_000,
          maxWorkers: 4, // they wait for real time more than they work
          maxConcurrency: 2,
          sequence: { groupOrder: 1 }, // real players keep real time: not beside the property tests
        },
      },
      {
        extends: true,
        test: {
          name: 'obs',
          include: ['test/interop/obs.test.ts'],
          testTimeout: 90_000, // it draws, decodes and encodes in software
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'budget',
          globalSetup: ['test/support/swarm/built-project.ts'],
          include: ['test/budget/**/*.test.ts'],
          maxWorkers: 2, // what is measured is processor time, and much of the time they wait
          maxConcurrency: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

export default config;
