import { type Disturbance, unless } from './disturbance.ts';

/** The other one lives as long as the relay, so that it is seen whether it grows. */
export const MORTAL_WORKER = 1;
const COME_BACK_MS = 15_000;

/** One of two workers dies with all of its sessions. */
export const workerKills: Disturbance = {
  about: 'one of two workers dies with all of its sessions; another takes its place',
  needs: 'crew',
  async happen(_stage, { relay, seats }) {
    if (relay.workers < 2) return [];
    await relay.killWorker(MORTAL_WORKER);
    const playAgain = await seats.allPlay(COME_BACK_MS);
    return unless(playAgain, 'players of a worker that died do not play again');
  },
};
