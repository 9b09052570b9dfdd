import type { Disturbance } from './disturbance.ts';

const locked = {
  match: 'locked/**',
  verbs: ['play'],
  require: [{ type: 'key', values: ['sesame-sesame-sesame'] }],
};

let reloads = 0;

/** The config is changed and read again; every second time it is as it was. */
export const configReload: Disturbance = {
  about: 'the config is changed and read again by SIGHUP',
  async happen(_stage, { relay }) {
    for (let time = 0; time < 2; time++) {
      const isChanged = reloads++ % 2 === 0;
      await relay.reload({
        play: { waitMs: isChanged ? 2500 : 3000 },
        cache: { maxDurationMs: isChanged ? 20_000 : 30_000 },
        access: { rules: isChanged ? [locked] : [] },
      });
    }
    return [];
  },
};
