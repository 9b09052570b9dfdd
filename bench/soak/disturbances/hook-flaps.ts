import { LoadError } from '../../../load-tester/load-error.ts';
import { bbbPath } from '../../../test/support/media.ts';
import { hookMoods } from '../hook-back-end.ts';
import { publishFile } from '../programme.ts';
import type { StageRelay } from '../stage.ts';
import { type Disturbance, unless } from './disturbance.ts';

const WHILE_MS = 150;

/** The back end that is asked answers with errors, hangs, answers nonsense, is gone and works again. */
export const hookFlaps: Disturbance = {
  about:
    'the hook server answers 500, hangs, answers nonsense, is gone and comes back, while it is asked about plays and publications',
  isCommon: true,
  async happen({ hook, relays }) {
    const moods = hookMoods.filter((mood) => mood !== 'works');
    const unserved: string[] = [];
    for (const mood of [...moods, 'works'] as const) {
      await hook.turn(mood);
      const served = await Promise.all(relays.map(askAbout));
      if (!served.every(Boolean)) unserved.push(mood); // config says: who cannot be asked about is let in
    }
    return unless(
      unserved.length === 0,
      `somebody was not served though hooks may be unavailable: ${unserved.join(', ')}`,
    );
  },
};

/** @returns whether everybody was served */
async function askAbout({ relay, guests }: StageRelay): Promise<boolean> {
  const key = relay.key('hooked', 'guest');
  try {
    const published = await publishFile(bbbPath, `rtmp://127.0.0.1:${relay.port('rtmp')}/${key}`);
    const visits = relay.waysTo(key, 'flv').map((url) => guests.visit(url, WHILE_MS));
    const served = await Promise.all(visits);
    await published.close();
    return served.every(Boolean);
  } catch (error) {
    if (error instanceof LoadError) return false;
    throw error;
  }
}
