import type { FleetExplanation } from '../../../service/house/overview/fleet-explanation.ts';
import type { Line } from '../terminal/line.ts';
import { whyLines } from '../terminal/why-lines.ts';

/** Where a player would be sent and why, for people. @param width - columns */
export function choiceLines({ verdict, url, relays }: FleetExplanation, width: number): readonly Line[] {
  const findings = relays.map(({ relay, verdict: is, text }) => ({
    about: relay,
    ok: is === 'chosen' ? true : is === 'equal' || is === 'lower' ? null : false,
    text,
  }));
  return whyLines({ verdict: url === null ? verdict : `${verdict} (${url})`, findings }, width);
}
