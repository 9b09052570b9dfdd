/**
 * Keeps V8's young generation small; imported for its effect, before anything else. A relay allocates little that lives long,
 * so a large one only holds memory: with 1,500 players it was 48 MB more, and no faster.
 */
import { setFlagsFromString } from 'node:v8';

for (const flag of ['--semi-space-growth-factor=1', '--min-semi-space-size=1', '--max-semi-space-size=4']) {
  setFlagsFromString(flag);
}
